"""write_report: the points of a sweep as one HTML file."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwsim.errors import ConfigError, Fault
from hwsim.report.columns import as_data, axes_of, is_number, reasons
from hwsim.report.part import part
from hwsim.result.write import replacing
from hwsim.sweeps.totals import TOTALS

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 200_000  # of a page
_REASONS = 100


def write_report(frame: pd.DataFrame, path: str | Path, *, title: str = "Sweep",
                 provenance: Mapping[str, object] | None = None) -> None:
    """Write the frame of a sweep as one HTML file: counts, reasons of failures, Pareto front, heat map, table.

    The file has its data, style and script inside and loads nothing: it opens from any folder, without a network. Numbers
    have seven digits. Of more than 200,000 rows the page holds a part and says so: the Pareto fronts of latency, energy, area
    and power, and rows drawn evenly from all others; its counts are of all.

    Parameters
    ----------
    frame : of ``hwsim.sweep``, or what a query found in a journal.
    provenance : further lines that say where the points come from, e.g. ``{"date": "2026-03-14"}``; the version of hwsim is
        always among them.

    Raises
    ------
    ConfigError
        No rows, two columns of the same name, or a file that cannot be written.
    """
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    faults = [Fault("two columns have this name", value=repr(name)) for name in twice]
    if not len(frame) or not names:
        faults.append(Fault("a report has at least one row", file=str(path)))
    if faults:
        raise ConfigError(faults)
    named = frame.set_axis(names, axis=1)
    texts = {name: named[name].map(str, na_action="ignore") for name in names if not is_number(named[name])}
    text = page(named.assign(**texts), title, dict(provenance or {}))
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", errors="replace")


def page(frame: pd.DataFrame, title: str, provenance: Mapping[str, object]) -> str:
    """Return the file's text."""
    from hwsim import __version__

    shown, which = part(frame, _ROWS)
    counted, others = reasons(frame, _REASONS)
    data = {
        "points": len(frame), "shown": len(shown), "part": which,
        "failed": int(frame["error"].notna().sum()) if "error" in frame.columns else 0,
        "reasons": counted, "other_reasons": others,
        "provenance": [("hwsim", __version__), *((str(name), str(text)) for name, text in provenance.items())],
        **_first(frame), "columns": as_data(shown)}
    # inside <script> only "<" could end it or begin a comment; JSON has it in texts alone
    written = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    here = Path(__file__).parent
    pieces = {"title": html.escape(title), "data": written, "style": (here / "report.css").read_text("utf-8"),
              "script": (here / "report.js").read_text("utf-8")}
    return re.sub(r"\{\{(\w+)\}\}", lambda found: pieces[found[1]], (here / "report.html").read_text("utf-8"))


def _first(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the columns that the pictures show first."""
    numbers = [name for name in frame.columns if is_number(frame[name]) and frame[name].notna().any()]
    axes = axes_of(frame)
    varied = {name: frame[name].nunique(dropna=False) for name in axes}
    measured = [name for name in numbers if name not in axes]
    ranked = [name for name in ("latency_s", "energy_j", "area_mm2", *TOTALS, *measured, *numbers) if name in numbers]
    ranked = list(dict.fromkeys(ranked)) or [""]
    # axes of numbers over texts, those of most values first
    by_size = sorted(axes, key=lambda name: (varied[name] > 1, name in numbers, varied[name]), reverse=True)
    few = [name for name in axes if 1 < varied[name] <= 9]
    return {"front": {"front-x": ranked[0], "front-y": ranked[min(1, len(ranked) - 1)], "colour": few[0] if few else ""},
            "map": {"map-x": by_size[0] if by_size else "", "map-y": by_size[1] if len(by_size) > 1 else "",
                    "value": ranked[0]}}
