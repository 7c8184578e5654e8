"""What changed between two results."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hwsim.result.columns import LAYER_COLUMNS, RESULT_COLUMNS
from hwsim.result.table import aligned
from hwsim.result.write import record

if TYPE_CHECKING:
    import pandas as pd

    from hwsim.result.result import Result

_FRAME_COLUMNS = ["item", "layer", "quantity", "unit", "before", "after", "change", "ratio"]
_UNITS = {c.name: c.unit for c in (*LAYER_COLUMNS, *RESULT_COLUMNS)}


@dataclass(frozen=True, eq=False, repr=False)
class Diff:
    """The values in which two results differ.

    Attributes
    ----------
    before, after : titles of the two results.
    frame : one row a value that differs: ``item`` (total, provenance, layer), ``layer`` (name, or ""), ``quantity``,
        ``unit``, ``before``, ``after``, ``change`` (after - before) and ``ratio`` (after / before), NaN where a
        value is text, missing or zero. A layer that only one result has is one row of quantity ``present``.
    """

    before: str
    after: str
    frame: pd.DataFrame

    def __repr__(self) -> str:
        if self.frame.empty:
            return f"{self.before} -> {self.after}: no difference"
        blocks = [f"{self.before} -> {self.after}"]
        rows = self.frame[self.frame["item"] != "layer"].to_dict(orient="records")
        blocks.append(_table("quantity", [(row["quantity"], row) for row in rows]))
        layers = self.frame[self.frame["item"] == "layer"]
        shown = layers[layers["quantity"].isin(["cycles", "present"])]
        shown = shown.reindex(shown["change"].abs().sort_values(ascending=False, kind="stable").index)
        if not layers.empty:
            blocks.append(f"{layers['layer'].nunique()} layers differ; cycles of those whose time changed most")
        if not shown.empty:
            top = shown.head(10).to_dict(orient="records")
            blocks.append(_table("layer", [(row["layer"], row) for row in top]))
        return "\n".join(blocks)


def diff(a: Result, b: Result) -> Diff:
    """Return what changed from ``a`` to ``b``; layers are matched by name."""
    import pandas as pd

    rows = [(*where, before, after, *_distance(before, after))
            for where, before, after in _pairs(record(a), record(b)) if before != after]
    frame = pd.DataFrame(rows, columns=_FRAME_COLUMNS)
    frame = frame.astype({"before": object, "after": object, "change": float, "ratio": float})
    before, after = (f"{r.workload} on {r.accelerator} ({r.fidelity})" for r in (a, b))
    return Diff(before, after, frame)


def _pairs(a: dict[str, Any], b: dict[str, Any]) -> Iterator[tuple[tuple[str, str, str, str], Any, Any]]:
    """Yield ((item, layer, quantity, unit), value before, value after) of everything both could have."""
    old, new = ({row["name"]: row for row in data.pop("layers")} for data in (a, b))
    before, after = dict(_flat(a)), dict(_flat(b))
    for path in dict.fromkeys([*before, *after]):
        item, quantity = ("provenance", path[11:]) if path.startswith("provenance.") else ("total", path)
        unit = _UNITS.get(path, _UNITS.get(path.split(".")[0], ""))
        yield (item, "", quantity, unit), before.get(path), after.get(path)
    for layer in dict.fromkeys([*old, *new]):
        yield ("layer", layer, "present", ""), _yes(layer in old), _yes(layer in new)
        if layer in old and layer in new:
            for c in LAYER_COLUMNS:
                yield ("layer", layer, c.name, c.unit), old[layer][c.name], new[layer][c.name]


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) of nested mappings; the version stands in the provenance already."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):  # resources and jobs, by name
            for entry in value:
                yield from _flat({k: v for k, v in entry.items() if k != "name"}, f"{prefix}{key}.{entry['name']}.")
        elif prefix + key != "hwsim_version":
            yield prefix + key, "; ".join(value) if isinstance(value, list) else value


def _distance(before: Any, after: Any) -> tuple[float, float]:
    if isinstance(before, (int, float)) and isinstance(after, (int, float)):
        return after - before, after / before if before else math.nan
    return math.nan, math.nan


def _table(first: str, rows: Sequence[tuple[str, Mapping[Any, Any]]]) -> str:
    def cell(value: Any, form: str) -> str:
        if isinstance(value, str):
            return value
        return "" if value is None or math.isnan(value) else format(value, form)

    cells = [(name, cell(row["before"], ".5g"), cell(row["after"], ".5g"), cell(row["change"], "+.3g"),
              cell(row["ratio"], ".3f"), row["unit"]) for name, row in rows]
    return aligned((first, "before", "after", "change", "ratio", "unit"), cells, left=(0, 5))
