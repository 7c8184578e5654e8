"""Kernels of several networks on the parts: who runs what, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hwsim.arch.description import Accelerator
from hwsim.dataflow.columns import COST, OFFCHIP
from hwsim.engine import event, task_timeline
from hwsim.engine.resource import TICK_S
from hwsim.machines.assignment import Assignment, AssignmentProblem, assign, to_schedule
from hwsim.machines.heterogeneous.parts import shared_memory
from hwsim.machines.heterogeneous.policy import Assign
from hwsim.machines.points import CostTable, Floats
from hwsim.machines.systolic_schedule import KernelRange
from hwsim.result.timeline import TaskTimeline
from hwsim.workload.table import LayerTable

ACTIONS = ("compute", "move off chip")


@dataclass(frozen=True, eq=False)
class PartRun:
    """When every kernel ran.

    Attributes
    ----------
    assignment : with the part of every kernel; times in it know nothing of what parts wait for each other.
    start_s, end_s : (kernels,)
    latency_s : of the whole run.
    timeline, busy_s : of the event engine: its tasks, and seconds in which each resource serves some.
    """

    assignment: Assignment
    start_s: Floats
    end_s: Floats
    latency_s: float
    timeline: TaskTimeline | None = None
    busy_s: Floats | None = None


def assigned(
    whole: Accelerator, costs: Floats, layers: LayerTable, jobs: Sequence[KernelRange], policy: Assign,
) -> Assignment:
    """Return the assignment of every kernel to one of the parts.

    Parameters
    ----------
    costs : (parts, kernels, len(COST_COLUMNS)), inf where a kernel cannot run.
    jobs : kernels of one network follow each other, or only those they need if the policy says so.
    """
    _, memory = shared_memory(whole)
    lead = np.unique(layers.kernel_of, return_index=True)[1]
    needs = np.split(layers.needs, layers.needs_start[1:-1])
    before: list[list[int]] = []
    for job in jobs:
        before += [needs[k].tolist() if policy.branches else [k - 1] if k > job.first else []
                   for k in range(job.first, job.stop)]
    problem = AssignmentProblem.of(
        costs[:, :, COST["latency_s"]].T, costs[:, :, COST["energy_j"]].T,
        costs[:, :, [COST[name] for name in OFFCHIP]].sum(axis=2).T, memory.bandwidth_bytes_per_s * memory.efficiency,
        depends=before, names=[layers.names[i] for i in lead],
        jobs=[job.name for job in jobs for _ in range(job.first, job.stop)], sub_names=list(whole.parts))
    return assign(problem, policy.objective, limit_s=policy.limit_s, method=policy.method, time_limit_s=policy.time_limit_s)


def one_after_another(whole: Accelerator, costs: CostTable, point: int) -> Assignment:
    """Return the kernels of one point on the parts that ``costs`` name, each after the one before it."""
    latency_s, energy_j = costs["latency_s"][point], costs["energy_j"][point]
    moved = sum((costs[name][point] for name in OFFCHIP), np.zeros(latency_s.size))
    sub = costs["part"][point].astype(np.int64)
    here = np.arange(len(whole.parts)) == sub[:, None]
    _, memory = shared_memory(whole)
    problem = AssignmentProblem.of(
        np.where(here, latency_s[:, None], np.inf), np.where(here, energy_j[:, None], np.inf),
        np.where(here, moved[:, None], 0.0), memory.bandwidth_bytes_per_s * memory.efficiency,
        depends=[[k - 1] if k else [] for k in range(sub.size)], sub_names=list(whole.parts))
    end_s = np.cumsum(problem.duration_s()[np.arange(sub.size), sub])
    total_s, total_j = float(end_s[-1]), float(energy_j.sum())
    start_s = np.concatenate([[0.0], end_s[:-1]])
    return Assignment(problem, sub, start_s, end_s, total_s, total_j, total_s, total_j, 0.0, "latency", np.inf, "given", True)


def run(assignment: Assignment, fidelity: str) -> PartRun:
    """Return when the kernels run: ``analytic`` as assigned, ``event`` with off-chip bandwidth that parts share."""
    if fidelity != "event":
        return PartRun(assignment, assignment.start_s, assignment.end_s, assignment.makespan_s)
    schedule = to_schedule(assignment)
    found = event(schedule)
    kernel, count = schedule.kernel[found.task], assignment.problem.layers
    start, end = np.full(count, np.iinfo(np.int64).max), np.zeros(count, np.int64)
    np.minimum.at(start, kernel, found.start)
    np.maximum.at(end, kernel, found.end)
    names = assignment.problem.jobs
    jobs = list(dict.fromkeys(names))
    shared = schedule.resource == assignment.problem.subs
    timeline = task_timeline(found, kernels=assignment.problem.names, actions=ACTIONS, action=shared.astype(np.int64),
                             jobs=jobs, job=np.array([jobs.index(names[k]) for k in schedule.kernel]))
    busy_s = np.asarray(found.totals().busy_ticks * TICK_S, np.float64)
    start_s, end_s = np.asarray(start * TICK_S, np.float64), np.asarray(end * TICK_S, np.float64)
    return PartRun(assignment, start_s, end_s, found.makespan_s, timeline, busy_s)
