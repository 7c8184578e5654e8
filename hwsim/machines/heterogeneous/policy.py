"""What a heterogeneous run is asked for: the policy that ``simulate`` takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwsim.machines.assignment.assign import check_choices
from hwsim.machines.assignment.solution import Method, Objective


@dataclass(frozen=True, slots=True)
class Assign:
    """How kernels are assigned to the parts of a heterogeneous accelerator: ``simulate(..., policy=Assign("edp"))``.

    Attributes
    ----------
    objective : ``latency``: of the whole run; ``energy``: of all kernels, without the idle power of the whole; ``edp``: their
        product.
    limit_s : with ``energy``, the run is to take no longer than this (before parts wait for each other's off-chip traffic).
    method : ``milp``, ``enumerate``, ``heuristic`` or ``auto``; see ``hwsim.machines.assignment.assign``.
    branches : kernels of one network that do not need each other may run at the same time on different parts; without it a
        network is one kernel after the other, as on every other machine, and only networks run beside each other.
    time_limit_s : of each mixed integer program; one that is stopped makes the answer depend on the machine's speed.

    Raises
    ------
    ConfigError
        Unknown names, a time that is none, a limit with an objective that has none.
    """

    objective: Objective = "latency"
    limit_s: float = np.inf
    method: Method = "auto"
    branches: bool = False
    time_limit_s: float = 20.0

    def __post_init__(self) -> None:
        check_choices(self.objective, self.limit_s, self.method, self.time_limit_s)
