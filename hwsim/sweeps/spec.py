"""A sweep as a YAML file.

::

    grid: {accelerator: [tpu_v1, eyeriss], array.rows: [16, 32], batch: [1, 8]}   every combination
    sample: {count: 500, method: sobol, seed: 1, axes: {clock_hz: {from: 200 MHz, to: 1 GHz, scale: log}}}
    spaces: [{grid: {...}}, {sample: {...}}]                                      instead: all of these one after the other
    where: [array.rows >= array.cols, batch < 16]                                 points that keep all of these
    accelerator: tpu_v1                                                           of points without such an axis; also
    workload: resnet50                                                            fidelity and seed
    columns: [filter_offchip_bytes]                                               sums over layers that are wanted too
    store: runs.db                                                                the journal, beside this file
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.sweeps.condition import SIGNS, Condition
from hwsim.sweeps.grid import grid
from hwsim.sweeps.sample import sample
from hwsim.sweeps.space import Space
from hwsim.yamlfile import Document, read_yaml

_KEYS = ("grid", "sample", "spaces", "where", "accelerator", "workload", "fidelity", "seed", "columns", "store")
_PLAIN = {"accelerator": str, "workload": str, "fidelity": str, "seed": int, "store": str}
_SAMPLE = ("axes", "count", "method", "seed")


@dataclass(frozen=True)
class Spec:
    """What a file asks for: the points, and the arguments of ``sweep`` that it gives."""

    space: Space
    arguments: Mapping[str, Any]


def read_spec(path: str | Path) -> Spec:
    """Read a sweep.

    Raises
    ------
    ConfigError
        Every fault with file and line.
    """
    document = read_yaml(Path(path))
    return _Reader(document, Path(path).parent).spec()


class _Reader:
    def __init__(self, document: Document, folder: Path) -> None:
        self.document, self.data, self.folder = document, document.data, folder
        self.faults: list[Fault] = []

    def spec(self) -> Spec:
        self._known((), self.data, _KEYS)
        given = [key for key in ("grid", "sample", "spaces") if key in self.data]
        if len(given) != 1:
            self._fault((), "one of grid, sample and spaces says which points", value=", ".join(given) or "none of them")
        listed = self.data.get("spaces", [])
        if not isinstance(listed, list):
            self._fault(("spaces",), "a list of grids and samples", value=repr(listed))
            listed = []
        parts = [self._space((), self.data)] if given and given != ["spaces"] else [
            self._space(("spaces", i), entry) for i, entry in enumerate(listed)]
        texts = self._list("where")
        conditions = [Condition.of(str(text)) for text in texts]
        axes = {axis for part in parts if part is not None for axis in part.axes}
        for i, (condition, text) in enumerate(zip(conditions, texts, strict=True)):
            if condition is None or (not ({condition.left, condition.right} & axes) and axes):
                self._fault(("where", i), "a comparison of an axis with another or a value", value=repr(text),
                            allowed=f"AXIS SIGN VALUE, a sign one of {' '.join(SIGNS)}; axes are {', '.join(sorted(axes))}")
        arguments: dict[str, Any] = {key: self.data[key] for key in _PLAIN if key in self.data}
        for key, value in arguments.items():
            if type(value) is not _PLAIN[key]:
                self._fault((key,), "a whole number" if _PLAIN[key] is int else "a text", value=repr(value))
        if columns := tuple(str(column) for column in self._list("columns")):
            arguments["columns"] = columns
        if self.faults:
            raise ConfigError(self.faults)
        for key in ("accelerator", "workload", "store"):
            if key in arguments:
                arguments[key] = self._beside(arguments[key], made=key == "store")
        space = reduce(operator.or_, (part for part in parts if part is not None))
        for condition in conditions:
            assert condition is not None
            space = space.where(condition)
        return Spec(space, arguments)

    def _space(self, path: tuple[str | int, ...], entry: Any) -> Space | None:
        given = [key for key in ("grid", "sample") if isinstance(entry, Mapping) and key in entry]
        if len(given) != 1:
            self._fault(path, "a grid or a sample", value=repr(entry)[:60])
            return None
        key = given[0]
        inner, where = entry[key], (*path, key)
        if not isinstance(inner, Mapping):
            self._fault(where, "a mapping", value=repr(inner)[:60])
            return None
        try:
            if key == "grid":
                return grid({axis: self._sources(axis, values) for axis, values in inner.items()})
            self._known(where, inner, _SAMPLE)
            axes = inner.get("axes")
            if not isinstance(axes, Mapping):
                self._fault((*where, "axes"), "a mapping of ranges and choices", value=repr(axes)[:60])
                return None
            return sample({axis: self._range((*where, "axes", axis), axis, values) for axis, values in axes.items()},
                          inner.get("count", 0), **{name: inner[name] for name in ("method", "seed") if name in inner})
        except ConfigError as error:
            axes_at = (*where, "axes") if key == "sample" else where
            self.faults += [replace(fault, file=self.document.file, line=self.document.line((*axes_at, fault.path)),
                                    path=fault.path or key) for fault in error.faults]
            return None

    def _sources(self, axis: str, values: Any) -> Any:
        if axis in ("accelerator", "workload") and isinstance(values, list):
            return [self._beside(value) if isinstance(value, str) else value for value in values]
        return values

    def _range(self, path: tuple[str | int, ...], axis: str, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return self._sources(axis, values)
        self._known(path, values, ("from", "to", "scale"))
        scale = values.get("scale", "linear")
        if scale not in ("linear", "log"):
            self._fault((*path, "scale"), "unknown scale", value=repr(scale), allowed="linear, log")
        ends = (values.get("from"), values.get("to"))
        return (*ends, "log") if scale == "log" else ends

    def _list(self, key: str) -> list[Any]:
        values = self.data.get(key, [])
        if isinstance(values, list):
            return values
        self._fault((key,), "a list", value=repr(values))
        return []

    def _beside(self, name: str, *, made: bool = False) -> str:
        """Return a path from the file's folder on, where there is such a file or it is to be made; names stay."""
        path = self.folder / name
        return str(path) if made or path.is_file() else name

    def _known(self, path: tuple[str | int, ...], entry: Mapping[Any, Any], keys: tuple[str, ...]) -> None:
        for key in entry:
            if key not in keys:
                self._fault((*path, key), "unknown key", allowed=", ".join(keys), near=nearest(str(key), keys))

    def _fault(self, path: tuple[str | int, ...], message: str, *, value: str | None = None, allowed: str | None = None,
               near: str | None = None) -> None:
        line = self.document.line(path)
        self.faults.append(Fault(message, self.document.file, line, ".".join(map(str, path)), value, allowed, near))
