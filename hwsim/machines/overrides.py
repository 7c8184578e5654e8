"""Reading design points: the described value of a dotted path, or a column of values over points."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator, Section
from hwsim.arch.load import load_accelerator
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.machines.points import PointTable

Floats = NDArray[np.float64]


def numeric_paths(accelerator: Accelerator, roots: Iterable[str]) -> tuple[str, ...]:
    """Return the dotted paths of all numbers, switches and choices below ``roots`` that the description sets or defaults."""

    def walk(value: Any, path: str) -> Iterable[str]:
        if isinstance(value, Section):
            for name in type(value).model_fields:
                yield from walk(getattr(value, name), f"{path}.{name}")
        elif isinstance(value, dict):
            for name, entry in value.items():
                yield from walk(entry, f"{path}.{name}")
        elif isinstance(value, (bool, int, float, str)):
            yield path

    return tuple(p for root in roots for p in walk(getattr(accelerator, root), root))


def check_points(accelerator: Accelerator, points: PointTable, paths: tuple[str, ...]) -> None:
    """Raise ConfigError for a path that cannot vary, or a value that the description would refuse.

    Allowed values are ranges and short lists of choices, so the extremes (or the distinct choices) are checked.
    """
    faults = [
        Fault("not a parameter that points may vary", path=path, allowed=", ".join(paths), nearest=nearest(path, paths))
        for path in points.overrides if path not in paths
    ]
    if faults:
        raise ConfigError(faults)
    for path, values in points.overrides.items():
        described = read(accelerator, path)
        whole = isinstance(described, int)
        if values.dtype.kind not in "fiub" and isinstance(described, (int, float)):
            faults.append(Fault("a column of numbers holds plain numbers in SI units", path=path, value=repr(str(values[0]))))
            continue
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            faults.append(Fault("not a finite number", path=path))
            continue
        if values.dtype.kind == "f" and whole and (values != np.floor(values)).any():
            faults.append(Fault("not a whole number", path=path, value=str(values[values != np.floor(values)][0])))
            continue
        choices = values.dtype.kind in "UOb" or path == "technology.node_nm"
        extremes = np.unique(values) if choices else np.array([values.min(), values.max()])
        for value in dict.fromkeys(extremes.tolist()):
            try:
                load_accelerator(accelerator, {path: int(value) if whole and not isinstance(value, (bool, str)) else value})
            except ConfigError as error:
                faults.extend(error.faults)
    if faults:
        raise ConfigError(faults)


def read(accelerator: Accelerator, path: str) -> Any:
    """Return the described value at a dotted path that exists."""
    value: Any = accelerator
    for key in path.split("."):
        if isinstance(value, dict):
            value = value[int(key) if key.isdigit() else key]  # peaks are keyed by width
            continue
        value = getattr(value, key)
    return value


def at_point(accelerator: Accelerator, points: PointTable, point: int) -> Accelerator:
    """Return the description with the values of one of the points."""
    values = {path: column[point].item() for path, column in points.overrides.items()}
    whole = {path for path in values if isinstance(read(accelerator, path), int) and isinstance(values[path], float)}
    return load_accelerator(accelerator, {path: int(value) if path in whole else value for path, value in values.items()})


class PointReader:
    """Values of dotted paths for a slice of points: (1,) arrays where nothing varies, (slice,) where a column does."""

    def __init__(self, accelerator: Accelerator, points: PointTable, start: int, stop: int) -> None:
        self.accelerator = accelerator
        self.points = points
        self.window = slice(start, stop)
        self.count = stop - start

    def __call__(self, path: str, codes: dict[str, int] | None = None) -> Floats:
        """Return the values at ``path`` as float64; choices are replaced by their ``codes``."""
        values = self.points.overrides.get(path)
        raw = [read(self.accelerator, path)] if values is None else values[self.window]
        if codes is not None:
            raw = [codes[str(value)] for value in raw]
        return np.asarray(raw, np.float64)
