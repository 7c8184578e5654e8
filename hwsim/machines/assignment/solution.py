"""An answer to an assignment problem: where and when each layer runs, and how far from the best it can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from hwsim.machines.assignment.problem import AssignmentProblem

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Objective = Literal["latency", "energy", "edp"]
Method = Literal["auto", "milp", "enumerate", "heuristic"]


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Sub-accelerator, start and end of every layer.

    Attributes
    ----------
    sub : (layers,) sub-accelerator of each layer.
    start_s, end_s : (layers,) when it runs if no layer slows another down.
    makespan_s : the last end, or the time in which the shared bandwidth moves all bytes where that is longer: no
        execution of this assignment in this order is faster, whatever it shares.
    energy_j : of all layers.
    lower_bound_s : no assignment at all has a shorter makespan.
    lower_bound_j : no assignment (that keeps to ``limit_s``) takes less energy.
    gap : how far the objective is above its bound, as a share (0.05: at most 5 % above the best).
    objective, limit_s : what was asked for.
    method : how it was found.
    proven : no assignment and order has an objective lower by more than a millionth.
    """

    problem: AssignmentProblem
    sub: Ints
    start_s: Floats
    end_s: Floats
    makespan_s: float
    energy_j: float
    lower_bound_s: float
    lower_bound_j: float
    gap: float
    objective: Objective
    limit_s: float
    method: str
    proven: bool

    @property
    def order(self) -> Ints:
        """Return (layers,) the layers as they start; each behind those it waits for, of those of no duration too."""
        place = np.empty(self.problem.layers, np.int64)
        place[self.problem.topological()] = np.arange(place.size)
        return np.lexsort((place, self.end_s, self.start_s))

    def frame(self) -> pd.DataFrame:
        """Return a row a layer, in the order of their start: name, job, sub, start_s, end_s, energy_j."""
        import pandas as pd

        problem, order = self.problem, self.order
        return pd.DataFrame({
            "name": [problem.names[i] for i in order], "job": [problem.jobs[i] for i in order],
            "sub": [problem.sub_names[self.sub[i]] for i in order], "start_s": self.start_s[order],
            "end_s": self.end_s[order], "energy_j": problem.energy_j[order, self.sub[order]]})
