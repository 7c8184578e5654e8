"""A space: the points of a sweep as codes into the values of every axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault

Codes = NDArray[np.int32]
ABSENT = -1
MOST_POINTS = 50_000_000  # bounds memory: 4 bytes a point and axis
Point = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Space:
    """Points of a sweep.

    Attributes
    ----------
    values : axis -> its distinct values.
    codes : (points, axes) int32, which value a point has on every axis; ABSENT where it leaves the axis as described.

    Axes
    ----
    ``accelerator`` (templates, paths or descriptions), ``workload`` (names, paths or networks), ``batch``, ``fidelity``,
    ``workload.NAME`` (a builder's parameter), and dotted paths of a template (``array.rows``). An axis that an accelerator
    does not have is left out for it.
    """

    values: Mapping[str, tuple[Any, ...]]
    codes: Codes

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes."""
        return tuple(self.values)

    def __len__(self) -> int:
        return len(self.codes)

    def point(self, index: int) -> dict[str, Any]:
        """Return the values of one point, without the axes that it leaves out."""
        codes = self.codes[index].tolist()
        return {axis: entries[code] for (axis, entries), code in zip(self.values.items(), codes, strict=True) if code != ABSENT}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self.point(index) for index in range(len(self)))

    def where(self, keep: Callable[[Point], object]) -> Space:
        """Return the points for which ``keep(point)`` is true.

        Raises
        ------
        ConfigError
            ``keep`` raises; the text says on which point and why.
        """
        kept = np.zeros(len(self), np.bool_)
        for index, point in enumerate(self):
            try:
                kept[index] = bool(keep(MappingProxyType(point)))
            except Exception as error:
                near = f"; its axes are {', '.join(point)}" if isinstance(error, KeyError) else ""
                raise ConfigError(Fault(f"the condition of where() raised {type(error).__name__}: {error}{near}",
                                        path=f"point {index}", value=shown(point))) from error
        return Space(self.values, self.codes[kept])

    def __or__(self, other: Space) -> Space:
        """Return the points of both, those of ``other`` after, each once; axes that one lacks are left as described there."""
        values = {axis: list(entries) for axis, entries in self.values.items()}
        mapped = np.full((len(other), len(values.keys() | other.values.keys())), ABSENT, np.int32)
        for axis in other.values:
            values.setdefault(axis, [])
        for column, (axis, entries) in enumerate(values.items()):
            if axis not in other.values:
                continue
            own = {identity(entry): code for code, entry in enumerate(entries)}
            table = []
            for entry in other.values[axis]:
                code = own.setdefault(identity(entry), len(entries))
                if code == len(entries):
                    entries.append(entry)
                table.append(code)
            theirs = other.codes[:, other.axes.index(axis)]
            mapped[:, column] = np.where(theirs == ABSENT, ABSENT, np.array([*table, 0], np.int32)[theirs])
        mine = np.full((len(self), mapped.shape[1]), ABSENT, np.int32)
        mine[:, :len(self.axes)] = self.codes
        both = np.concatenate([mine, mapped])
        return Space(frozen(values), both[first_of_each(both)])

    def __repr__(self) -> str:
        axes = ", ".join(f"{axis} ({len(entries)})" for axis, entries in self.values.items())
        return f"Space({len(self):,} points; {axes})"


def first_of_each(codes: NDArray[Any]) -> NDArray[np.intp]:
    """Return the rows that are not equal to an earlier one, in order."""
    if not len(codes):
        return np.empty(0, np.intp)
    rows = np.ascontiguousarray(codes).view([("", codes.dtype)] * codes.shape[1]).ravel()
    return np.sort(np.unique(rows, return_index=True)[1])


def frozen(values: Mapping[str, Iterable[Any]]) -> Mapping[str, tuple[Any, ...]]:
    """Return axes and values that nobody can change."""
    return MappingProxyType({axis: tuple(entries) for axis, entries in values.items()})


def axis_values(axis: object, entries: object) -> tuple[list[Any], list[Fault]]:
    """Return the values of an axis and what is wrong with them."""
    if not isinstance(axis, str) or not axis:
        return [], [Fault("the name of an axis is a text", value=repr(axis))]
    if isinstance(entries, str) or not isinstance(entries, Iterable):
        return [], [Fault("an axis is a list of values", path=axis, value=repr(entries), allowed=f"[{entries!r}]")]
    found = [entry.item() if isinstance(entry, np.generic) else entry for entry in entries]
    if not found:
        return [], [Fault("an axis without values leaves no point", path=axis)]
    first = {identity(entry): at for at, entry in reversed(list(enumerate(found)))}
    return found, [Fault("the same value twice", path=axis, value=shown(entry)) for at, entry in enumerate(found)
                   if first[identity(entry)] != at]


def check_size(count: float) -> None:
    """Raise ConfigError for more points than one space may have."""
    if count > MOST_POINTS:
        raise ConfigError(Fault(f"a space of {count:,.0f} points", allowed=f"at most {MOST_POINTS:,}; sweep it in parts"))


def shown(value: object) -> str:
    """Return a value as text for messages, descriptions by their names."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={shown(entry)}" for key, entry in value.items())
    name = getattr(value, "name", None)
    return name if isinstance(name, str) else repr(value)


def identity(entry: Any) -> object:
    """Return what tells two values apart: 1, 1.0 and True are different, descriptions are themselves."""
    if isinstance(entry, Sequence) and not isinstance(entry, str):
        return (type(entry), tuple(identity(part) for part in entry))
    return (type(entry), entry) if isinstance(entry, str | bool | int | float) else id(entry)
