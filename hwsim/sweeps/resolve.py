"""The axes of a space against what they name: which apply where, and their values in SI units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.machines.overrides import numeric_paths
from hwsim.machines.simulate import FIDELITIES
from hwsim.sweeps.overrides import all_in_si, applies
from hwsim.sweeps.scenario import Measure
from hwsim.sweeps.sources import PARAMETER, Networks, load_all, unknown_axis
from hwsim.sweeps.space import ABSENT, Space, first_of_each

Ints = NDArray[np.int64]
NOT_PATHS = ("accelerator", "workload", "batch", "fidelity")
_ROOTS = ("clock_hz", "technology", "array", "pe_array", "buffers", "memories", "vector_unit", "noc", "roofline", "parts")


@dataclass(frozen=True)
class Common:
    """What every point of a sweep has unless an axis says otherwise; see ``sweep``."""

    accelerator: Accelerator | str | None = None
    workload: Any = None
    fidelity: str = "analytic"
    seed: int = 0
    policy: object = None
    sums: tuple[str, ...] = ()
    measure: Measure | None = None


class Axes:
    """Points whose axes all mean something.

    Attributes
    ----------
    values : axis -> values, as given. codes : (points, axes), each point once, ABSENT where an axis does not apply.
    accelerators, networks : what the points name, the default last. fidelities : the same.
    paths : axes that are dotted paths of a template.
    """

    def __init__(self, space: Space, common: Common) -> None:
        self.values, self.codes, self.common = dict(space.values), space.codes.copy(), common
        if not len(space):
            raise ConfigError(Fault("the space has no point", value=repr(space)))
        self.fidelities = (*self.values.get("fidelity", ()), common.fidelity)
        self._check_names()
        self.accelerators = load_all(self._sources("accelerator", common.accelerator))
        self.networks = Networks(self._sources("workload", common.workload))
        self.paths = [axis for axis in self.values if axis not in NOT_PATHS and not axis.startswith(PARAMETER)]
        self._drop_what_does_not_apply()
        self._si = {(a, path): all_in_si(accelerator, path, self.values[path])
                    for a, accelerator in enumerate(self.accelerators) for path in self.paths if applies(accelerator, path)}

    def __len__(self) -> int:
        return len(self.codes)

    def column(self, axis: str) -> Ints:
        """Return the codes of an axis, ABSENT everywhere where there is none."""
        if axis not in self.values:
            return np.full(len(self.codes), ABSENT, np.int64)
        return self.codes[:, list(self.values).index(axis)].astype(np.int64)

    @cached_property
    def accelerator(self) -> Ints:
        """Index of every point's accelerator."""
        return self._index("accelerator")

    @cached_property
    def workload(self) -> Ints:
        """Index of every point's workload."""
        return self._index("workload")

    @cached_property
    def fidelity(self) -> Ints:
        """Index of every point's fidelity."""
        return self._index("fidelity")

    def chosen(self, point: int) -> dict[str, Any]:
        """Return what a point says on its axes, dotted paths in SI units."""
        codes, a = self.codes[point].tolist(), int(self.accelerator[point])
        return {axis: (self._si[a, axis][0] if (a, axis) in self._si else self.values[axis])[code]
                for axis, code in zip(self.values, codes, strict=True) if code != ABSENT}

    def in_si(self, axis: str, accelerator: int | None = None) -> list[Any]:
        """Return the values of an axis, on one accelerator or the first that has it; numbers with a unit in SI."""
        found = [values for (a, path), (values, _) in self._si.items() if path == axis and accelerator in (None, a)]
        return found[0] if found else list(self.values[axis])

    def refusals(self) -> dict[int, str]:
        """Return, for points with values that their accelerator refuses, why."""
        found: dict[int, str] = {}
        for (a, path), (_, reasons) in self._si.items():
            for code, reason in reasons.items():
                for point in np.flatnonzero((self.accelerator == a) & (self.column(path) == code)).tolist():
                    found[point] = f"{found[point]}; {reason}" if point in found else reason
        return found

    def _index(self, axis: str) -> Ints:
        codes = self.column(axis)
        return np.where(codes == ABSENT, len(self.values.get(axis, ())), codes)

    def _sources(self, axis: str, default: Any) -> tuple[Any, ...]:
        """Return the values of an axis, the default last where points need it."""
        needed = axis not in self.values or (self.column(axis) == ABSENT).any()
        return (*self.values.get(axis, ()), *((default,) if needed else ()))

    def _check_names(self) -> None:
        faults = [Fault(f"points without {name}", allowed=f"an axis {name!r}, or {name}=... for all of them")
                  for name in ("accelerator", "workload") if None in self._sources(name, getattr(self.common, name))]
        faults += [Fault("unknown fidelity", path="fidelity", value=repr(fidelity), allowed=", ".join(FIDELITIES),
                         nearest=nearest(str(fidelity), FIDELITIES))
                   for fidelity in dict.fromkeys(self.fidelities) if fidelity not in FIDELITIES]
        if faults:
            raise ConfigError(faults)

    def _drop_what_does_not_apply(self) -> None:
        faults, changed = [], False
        for axis in self.values:
            if axis in self.paths:
                able, of = [applies(accelerator, axis) for accelerator in self.accelerators], self._index("accelerator")
            elif axis == "batch" or axis.startswith(PARAMETER):
                able, of = [self.networks.takes(w, axis) for w in range(len(self.networks.values))], self._index("workload")
            else:
                continue
            if not any(able):
                faults.append(unknown_axis(axis, self._known()))
            elif not all(able):
                self.codes[~np.array(able)[of], list(self.values).index(axis)] = ABSENT
                changed = True
        if faults:
            raise ConfigError(faults)
        if changed:
            self.codes = self.codes[first_of_each(self.codes)]

    def _known(self) -> list[str]:
        paths = (path for accelerator in self.accelerators for path in numeric_paths(accelerator, _ROOTS))
        return [*NOT_PATHS, *paths, *(PARAMETER + name for names in self.networks.parameters for name in names or ())]
