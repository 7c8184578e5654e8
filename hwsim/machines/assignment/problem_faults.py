"""What is wrong with an assignment problem: every fault at once, layers and sub-accelerators by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hwsim.errors import Fault

if TYPE_CHECKING:
    from hwsim.machines.assignment.problem import AssignmentProblem

NAMED = 3  # layers that one fault names


def problem_faults(problem: AssignmentProblem) -> list[Fault]:
    """Return every fault; where the arrays do not fit together only those that say so."""
    shape = list(_shapes(problem))
    return shape or [*_values(problem), *_dependences(problem)]


def _shapes(problem: AssignmentProblem) -> Iterator[Fault]:
    cells = problem.latency_s.shape
    if len(cells) != 2 or 0 in cells:
        yield Fault("a row a layer and a column a sub-accelerator are needed, at least one of each", path="problem.latency_s",
                    value=f"shape {cells}")
        return
    layers, subs = cells
    for name in ("energy_j", "offchip_bytes"):
        if getattr(problem, name).shape != cells:
            yield Fault("not of the shape of latency_s", path=f"problem.{name}", value=f"shape {getattr(problem, name).shape}",
                        allowed=f"shape {cells}")
    if problem.sub_bandwidth_bytes_per_s.shape != (subs,):
        yield Fault("one value a sub-accelerator is needed", path="problem.sub_bandwidth_bytes_per_s",
                    value=f"shape {problem.sub_bandwidth_bytes_per_s.shape}", allowed=f"shape ({subs},)")
    for name, wanted in (("names", layers), ("jobs", layers), ("sub_names", subs)):
        given = getattr(problem, name)
        if len(given) != wanted:
            yield Fault("wrong number of names", path=f"problem.{name}", value=str(len(given)), allowed=str(wanted))
    starts = problem.depends_start
    if (starts.size != layers + 1 or starts[0] != 0 or starts[-1] != problem.depends_on.size
            or (np.diff(starts) < 0).any()):
        yield Fault(f"compressed rows do not add up: one row for each of {layers} layers", path="problem.depends_start",
                    value=f"{starts.size - 1} rows")


def _values(problem: AssignmentProblem) -> Iterator[Fault]:
    for name, given in (("names", problem.names), ("sub_names", problem.sub_names)):
        doubled = [text for text, count in Counter(given).items() if count > 1]
        if doubled:
            yield Fault("names must differ", path=f"problem.{name}", value=", ".join(doubled[:NAMED]) + _more(len(doubled)))
    feasible = problem.feasible
    for name in ("latency_s", "energy_j", "offchip_bytes"):
        values = getattr(problem, name)
        wrong = ~(values >= 0)
        if name == "offchip_bytes":
            wrong |= feasible & ~np.isfinite(values)
        if wrong.any():
            where = [f"{values[i, s]:g} of {problem.names[i]} on {problem.sub_names[s]}" for i, s in np.argwhere(wrong)[:NAMED]]
            yield Fault("out of range", path=f"problem.{name}", value=", ".join(where) + _more(int(wrong.sum())),
                        allowed=">= 0 and finite" if name == "offchip_bytes" else ">= 0, inf where the layer cannot run")
    nowhere = np.flatnonzero(~feasible.any(axis=1))
    if nowhere.size:
        yield Fault("no sub-accelerator can run the layer", path="problem.latency_s",
                    value=", ".join(problem.names[i] for i in nowhere[:NAMED]) + _more(nowhere.size))
    if not problem.bandwidth_bytes_per_s > 0:
        yield Fault("out of range", path="problem.bandwidth_bytes_per_s", value=f"{problem.bandwidth_bytes_per_s:g}",
                    allowed="> 0")
    slow = np.flatnonzero(~(problem.sub_bandwidth_bytes_per_s > 0))
    if slow.size:
        yield Fault("out of range", path="problem.sub_bandwidth_bytes_per_s", value=", ".join(
            f"{problem.sub_bandwidth_bytes_per_s[s]:g} of {problem.sub_names[s]}" for s in slow[:NAMED]), allowed="> 0")


def _dependences(problem: AssignmentProblem) -> Iterator[Fault]:
    from hwsim.machines.assignment.problem import topological_order

    outside = (problem.depends_on < 0) | (problem.depends_on >= problem.layers)
    if outside.any():
        yield Fault("no such layer to wait for", path="problem.depends_on",
                    value=", ".join(map(str, problem.depends_on[outside][:NAMED])) + _more(int(outside.sum())),
                    allowed=f"0 to {problem.layers - 1}")
        return
    left = sorted(set(range(problem.layers)) - set(topological_order(problem.predecessors())))
    if left:
        yield Fault("layers wait for each other in a circle, or for such layers", path="problem.depends_on",
                    value=", ".join(problem.names[i] for i in left[:NAMED]) + _more(len(left)))


def _more(count: int) -> str:
    return f" and {count - NAMED} more" if count > NAMED else ""
