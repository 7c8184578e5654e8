"""The heterogeneous assignment problem: which sub-accelerator runs which layer, and when.

    problem = AssignmentProblem.of(latency_s, energy_j, offchip_bytes, 25.6e9, depends=[[], [0], [], [2]])
    best = assign(problem, "energy", limit_s=2e-3)
    print(best.gap, event(to_schedule(best)).makespan_s)
"""

from hwsim.machines.assignment.assign import assign
from hwsim.machines.assignment.contention import to_schedule
from hwsim.machines.assignment.problem import AssignmentProblem
from hwsim.machines.assignment.solution import Assignment

__all__ = ["Assignment", "AssignmentProblem", "assign", "to_schedule"]
