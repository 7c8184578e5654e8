"""What the reader of a heterogeneous result must know."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hwsim.arch.description import Accelerator
from hwsim.dataflow.columns import COST
from hwsim.machines.heterogeneous.run import PartRun
from hwsim.machines.machine import Machine
from hwsim.machines.points import Floats
from hwsim.technology.sram import is_extrapolated
from hwsim.units import si


def run_notes(whole: Accelerator, machines: Mapping[str, Machine], costs: Floats, run: PartRun) -> tuple[str, ...]:
    """Return how good the assignment is, what parts cannot run, and processes that the technology models do not reach."""
    nodes = {machine.accelerator.technology.node_nm for machine in machines.values()} - {whole.technology.node_nm}
    return (*_assignment(run), *_unable(costs, run), *(
        f"energy and area at {node} nm are extrapolated" for node in sorted(nodes) if is_extrapolated(node)))


def _assignment(run: PartRun) -> list[str]:
    answer = run.assignment
    limit = f" within {si(answer.limit_s, 's', 4)}" if np.isfinite(answer.limit_s) else ""
    best = "none is better" if answer.proven else f"at most {100 * answer.gap:.2g} % above the best there can be"
    notes = [f"{len(answer.sub)} kernels assigned for least {answer.objective}{limit} ({answer.method}): {best}"]
    if run.timeline is not None and run.latency_s > answer.limit_s * (1 + 1e-9):
        notes.append(f"with waits for each other's off-chip traffic parts take {si(run.latency_s, 's', 4)}: beyond the limit")
    return notes


def _unable(costs: Floats, run: PartRun) -> list[str]:
    """Return a note for every part that cannot run some of the kernels, which others then do."""
    notes, problem = [], run.assignment.problem
    for part, latency_s in zip(problem.sub_names, costs[:, :, COST["latency_s"]], strict=True):
        missing = [problem.names[kernel] for kernel in np.flatnonzero(~np.isfinite(latency_s))]
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            notes.append(f"{part} cannot run {', '.join(missing[:3])}{more}; other parts do")
    return notes
