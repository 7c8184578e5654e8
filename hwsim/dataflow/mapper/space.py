"""Which mappings a machine allows: what its levels hold, where loops run side by side, what is fixed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from math import inf

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.columns import DIM, DIMS, FILTER, IFMAP, OFMAP, OPERANDS, RELEVANT
from hwsim.dataflow.loopnest.levels import Level, LevelTable
from hwsim.errors import ConfigError, Fault, nearest

AXES = ("x", "y")


@dataclass(frozen=True)
class FanOut:
    """Instances side by side on one axis, between a level and the next inner one (or the MACs).

    Attributes
    ----------
    below : name of the level that feeds them.
    axis : "x" or "y" of the whole array.
    size : instances.
    dims : dims that may be unrolled, one or two at a time.
    required : (dim, factor) unrolled as they are, the factor cut to the size of the dim; ``dims`` then says nothing.
    full : only unrollings over the most instances, of what required ones elsewhere leave of the dims.
    """

    below: str
    axis: str
    size: int
    dims: tuple[str, ...] = DIMS
    required: tuple[tuple[str, int], ...] = ()
    full: bool = False


@dataclass(frozen=True)
class FixedFactor:
    """Iterations of the temporal loop of a dim just inside a level, fixed by hand (cut to what is left of the dim)."""

    level: str
    dim: str
    factor: int


@dataclass(frozen=True)
class FixedOrder:
    """Temporal loops just inside a level in this order, outer to inner; dims not named stay outside of them."""

    level: str
    dims: tuple[str, ...]


@dataclass(frozen=True)
class MapSpace:
    """The freedom of a machine.

    Attributes
    ----------
    levels : memories, outermost first, and MACs.
    holds : by operand of OPERANDS, by level: whether the level holds it. An operand starts from (the ofmap stays at) the
        outermost that does, which then has room for all of it beside ``capacity_bits``. Memories of one operand each at
        the same depth are levels one after the other.
    fan_outs : where loops run side by side.
    factors, orders : fixed by hand.
    imperfect : tiles may leave a rest at the end of a dim; else they divide it.
    uneven : operands of one level may have their tiles begin at different places. Nothing may be fixed by hand then, and
        the strategy ``pruned`` alone makes use of it.
    optional : by operand, by level: a level that holds the operand may be passed by; none where it is empty. ``uneven`` alone.

    Raises
    ------
    ConfigError
        With everything that contradicts itself or does not exist.

    Notes
    -----
    Where the space is not uneven, all operands that a level holds have their tiles begin at the same place of the nest. Inside
    a level come its temporal loops, then the loops on its fan-outs: those stand inside of the tiles of the level and outside
    of the tiles of the next, of every operand.
    """

    levels: LevelTable
    holds: tuple[tuple[bool, ...], ...]
    fan_outs: tuple[FanOut, ...] = ()
    factors: tuple[FixedFactor, ...] = ()
    orders: tuple[FixedOrder, ...] = ()
    imperfect: bool = True
    uneven: bool = False
    optional: tuple[tuple[bool, ...], ...] = ()

    def __post_init__(self) -> None:
        if faults := [*self._shape(), *self._fan_outs(), *self._fixed(), *self._uneven()]:
            raise ConfigError(faults)

    def _uneven(self) -> Iterator[Fault]:
        if self.uneven and (self.factors or self.orders):
            yield Fault("factors and orders fixed by hand are of levels whose operands share their boundaries", path="uneven",
                        value="yes", allowed="no")
        if not self.optional:
            return
        if not self.uneven:
            yield Fault("levels that may be passed by are searched in uneven spaces alone", path="optional", allowed="none")
        if [len(row) for row in self.optional] != [len(self.levels.levels)] * len(OPERANDS):
            yield Fault("one entry for each operand and level", path="optional",
                        allowed=f"{len(OPERANDS)} rows of {len(self.levels.levels)}")
        elif any(may[row.index(True)] for may, row in zip(self.optional, self.holds, strict=True) if any(row)):
            yield Fault("the level that an operand starts from is not passed by", path="optional")

    def _shape(self) -> Iterator[Fault]:
        depth = len(self.levels.levels)
        if len(set(self.levels.names)) != depth:
            yield Fault("two levels have one name", path="levels", value=", ".join(self.levels.names))
        if len(self.holds) != len(OPERANDS) or {len(row) for row in self.holds} != {depth}:
            yield Fault("one entry for each operand and level", path="holds", allowed=f"{len(OPERANDS)} rows of {depth}")
            return
        for operand, row in zip(OPERANDS, self.holds, strict=True):
            if not any(row):
                yield Fault("no level holds the operand", path=f"holds.{operand}", value="no")
                continue
            above = self.levels.names[:row.index(True)]
            for fan in self.fan_outs:
                if fan.below in above and fan.size > 1:
                    yield Fault("an operand starts from a level of which there are several", path=f"holds.{operand}",
                                value=self.levels.names[row.index(True)], allowed=f"a level not below {fan.below}")

    def _fan_outs(self) -> Iterator[Fault]:
        names, seen = self.levels.names, set()
        sizes = {(level, axis): 1 for level in names for axis in AXES}
        for i, fan in enumerate(self.fan_outs):
            where = f"fan_outs[{i}]"
            yield from self._known_level(fan.below, f"{where}.below")
            if fan.axis not in AXES:
                yield Fault("unknown axis", path=f"{where}.axis", value=fan.axis, allowed="x, y")
            if fan.size < 1:
                yield Fault("at least one instance", path=f"{where}.size", value=str(fan.size))
            for dim in (*fan.dims, *(dim for dim, _ in fan.required)):
                yield from _known_dim(dim, where)
            if len({dim for dim, _ in fan.required}) != len(fan.required):
                yield Fault("a dim is required twice", path=f"{where}.required", value=str(fan.required))
            product = 1
            for _, factor in fan.required:
                product *= factor
                if factor < 1:
                    yield Fault("at least one instance", path=f"{where}.required", value=str(factor))
            if product > fan.size:
                yield Fault("required loops need more instances than there are", path=f"{where}.required", value=str(product),
                            allowed=f"at most {fan.size}")
            if (fan.below, fan.axis) in seen:
                yield Fault("two fan-outs on one axis below one level", path=where, value=f"{fan.below}, {fan.axis}")
            seen.add((fan.below, fan.axis))
            sizes[fan.below, fan.axis] = fan.size
        yield from self._instances(sizes)

    def _instances(self, sizes: dict[tuple[str, str], int]) -> Iterator[Fault]:
        for axis in AXES:
            product = 1
            for level in self.levels.levels:
                there = getattr(level, f"instances_{axis}")
                if product > there:
                    yield Fault(f"fan-outs reach more instances of {level.name} on {axis} than there are", path="fan_outs",
                                value=str(product), allowed=f"at most {there}")
                product *= sizes[level.name, axis]
            there = getattr(self.levels.datapath, f"macs_{axis}")
            if product > there:
                yield Fault(f"fan-outs reach more MACs on {axis} than there are", path="fan_outs", value=str(product),
                            allowed=f"at most {there}")

    def _fixed(self) -> Iterator[Fault]:
        seen: dict[tuple[str, str], int] = {}
        for i, fixed in enumerate(self.factors):
            where = f"factors[{i}]"
            yield from self._known_level(fixed.level, f"{where}.level")
            yield from _known_dim(fixed.dim, f"{where}.dim")
            if fixed.factor < 1:
                yield Fault("a loop runs at least once", path=f"{where}.factor", value=str(fixed.factor))
            if fixed.level == self.levels.names[0]:
                yield Fault("the outermost loops run as often as the inner ones leave", path=where, value=fixed.level)
            before = seen.setdefault((fixed.level, fixed.dim), fixed.factor)
            if before != fixed.factor:
                yield Fault(f"two factors for {fixed.dim} in {fixed.level}", path=where, value=f"{before} and {fixed.factor}")
        ordered = set()
        for i, order in enumerate(self.orders):
            where = f"orders[{i}]"
            yield from self._known_level(order.level, f"{where}.level")
            for dim in order.dims:
                yield from _known_dim(dim, f"{where}.dims")
            if len(set(order.dims)) != len(order.dims) or order.level in ordered:
                yield Fault("one place for a dim, one order for a level", path=where,
                            value=f"{order.level}: {' '.join(order.dims)}")
            ordered.add(order.level)

    def _known_level(self, name: str, path: str) -> Iterator[Fault]:
        if name not in self.levels.names:
            yield Fault("unknown level", path=path, value=name, allowed=", ".join(self.levels.names),
                        nearest=nearest(name, self.levels.names))

    def held(self) -> NDArray[np.bool_]:
        """Return ``holds`` as an array (operands, levels)."""
        return np.array(self.holds, np.bool_)

    def free(self) -> NDArray[np.bool_]:
        """Return (levels, dims): whether a temporal loop of the dim just inside the level can matter.

        Between two levels without a fan-out, loops that leave the only operand of the inner level as it is could as well
        run inside it: nothing that any level holds or moves would change.
        """
        allowed = np.ones((len(self.levels.names), len(DIMS)), np.bool_)
        fans = {fan.below for fan in self.fan_outs if fan.size > 1}
        fixed = {fixed.level for fixed in self.factors} | {order.level for order in self.orders}
        held = self.held()
        for m in range(2, len(self.levels.names)):
            name = self.levels.names[m - 1]
            alone = [o for o in (FILTER, IFMAP, OFMAP) if held[o, m]]
            if len(alone) == 1 and name not in fans and not {name, self.levels.names[m]} & fixed:
                allowed[m - 1] = [dim in RELEVANT[OPERANDS[alone[0]]] for dim in DIMS]
        return allowed

    def key(self) -> list[object]:
        """Return plain values that say everything about the space, for a content hash."""
        return [[*("inf" if (value := getattr(level, field.name)) == inf else value
                   for field in fields(Level))] for level in self.levels.levels] + [
            [getattr(self.levels.datapath, field.name) for field in fields(self.levels.datapath)], self.holds,
            [[fan.below, fan.axis, fan.size, sorted(fan.dims, key=DIM.__getitem__), sorted(fan.required),
              fan.full]
             for fan in self.fan_outs],
            sorted([f.level, f.dim, f.factor] for f in self.factors), [[order.level, order.dims] for order in self.orders],
            self.imperfect, self.uneven, self.optional]


def _known_dim(name: str, path: str) -> Iterator[Fault]:
    if name not in DIM:
        yield Fault("unknown dim", path=path, value=name, allowed=", ".join(DIMS))
