"""Every assignment in every order: the oracle of the other methods on a few layers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault
from hwsim.machines.assignment.problem import AssignmentProblem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST_ASSIGNMENTS = 20_000
MOST_ORDERS = 6_000


def all_assignments(problem: AssignmentProblem) -> tuple[Ints, Floats, Floats, Ints]:
    """Return (A, layers) every assignment, (A,) its least makespan, (A,) its energy, (A, layers) an order that gives them.

    Starting the layers one after another in some order that respects the dependences, each as early as it can be, gives a
    shortest schedule for at least one such order; all are tried.

    Raises
    ------
    ConfigError
        More than 20,000 assignments or 6,000 orders.
    """
    choices = [np.flatnonzero(row).tolist() for row in problem.feasible]
    count = int(np.prod([float(len(row)) for row in choices]))
    if count > MOST_ASSIGNMENTS:
        raise ConfigError(Fault("too many assignments to enumerate", value=f"{count:,}", allowed=f"<= {MOST_ASSIGNMENTS:,}"))
    sub = np.array(list(product(*choices)), np.int64)
    every, durations = np.arange(count), problem.duration_s()
    seconds = np.stack([durations[i, sub[:, i]] for i in range(problem.layers)], axis=1)
    before = problem.predecessors()
    best_s, order = np.full(count, np.inf), np.zeros(sub.shape, np.int64)
    for tried, sequence in enumerate(_orders(before)):
        if tried == MOST_ORDERS:
            raise ConfigError(Fault("too many orders to enumerate", value=f"more than {MOST_ORDERS:,}"))
        free_s, end_s = np.zeros((count, problem.subs)), np.zeros(sub.shape)
        for i in sequence:
            begin_s = free_s[every, sub[:, i]]
            for other in before[i]:
                begin_s = np.maximum(begin_s, end_s[:, other])
            end_s[:, i] = free_s[every, sub[:, i]] = begin_s + seconds[:, i]
        makespan_s = end_s.max(axis=1)
        better = makespan_s < best_s
        best_s[better], order[better] = makespan_s[better], sequence
    layers = np.arange(problem.layers)
    bus_s = problem.offchip_bytes[layers, sub].sum(axis=1) / problem.bandwidth_bytes_per_s
    return sub, np.maximum(best_s, bus_s), problem.energy_j[layers, sub].sum(axis=1), order


def _orders(before: list[list[int]]) -> Iterator[list[int]]:
    """Every order in which each layer is behind those it waits for."""
    sequence: list[int] = []
    left = set(range(len(before)))

    def extend() -> Iterator[list[int]]:
        if not left:
            yield list(sequence)
        for i in sorted(left):
            if not left.intersection(before[i]):
                left.remove(i)
                sequence.append(i)
                yield from extend()
                sequence.pop()
                left.add(i)

    return extend()
