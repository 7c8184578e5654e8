"""List scheduling of a fixed assignment, and the search over assignments: compiled, serial, the same for the same input.

Work is counted in layers looked at, and a search ends when its share is used up: no clock decides.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

INSERT, EARLIEST = 0, 1  # rules: the most urgent ready layer in the first gap for it; or of the ready layers that start first
THRESHOLD = 1.0  # times the share of one layer of many: how much dearer a first step may be
SAME = 1e-12  # relative: less is rounding


class Instance(NamedTuple):
    """A problem as the kernel takes it.

    ``duration_s, energy_j, bus_s`` are (layers, subs), ``bus_s`` the share of the shared bandwidth's time;
    ``before_*`` and ``after_*`` are compressed rows of predecessors and successors; ``topological`` orders the layers.
    """

    duration_s: Floats
    energy_j: Floats
    bus_s: Floats
    before_start: Ints
    before_on: Ints
    after_start: Ints
    after_on: Ints
    topological: Ints


class Workspace(NamedTuple):
    """What the list scheduler writes on; (layers,) but for ``free_s`` (subs,).

    ``previous`` and ``following`` (layers + subs,) are the layers of each sub-accelerator in the order of time, as rings
    that begin and end at ``layers + sub``.
    """

    start_s: Floats
    end_s: Floats
    rank_s: Floats
    left: Ints
    ready: Ints
    free_s: Floats
    previous: Ints
    following: Ints


class Goal(NamedTuple):
    """What is least: ``makespan ** time_power * energy ** energy_power``, where the makespan is within ``limit_s``."""

    time_power: int
    energy_power: int
    limit_s: float


@njit(nogil=True)
def _insert(i: int, ring: int, duration_s: float, space: Workspace) -> tuple[float, int]:
    """Link layer ``i`` into its ring at the first gap from ``start_s[i]`` on; return its start and the steps walked."""
    steps = 0
    behind = ring  # the layer that goes after i
    while space.previous[behind] != ring and space.end_s[space.previous[behind]] > space.start_s[i]:
        behind = space.previous[behind]
        steps += 1
    begin = space.start_s[i]
    while behind != ring and begin + duration_s > space.start_s[behind]:
        begin = max(begin, space.end_s[behind])
        behind = space.following[behind]
        steps += 1
    ahead = space.previous[behind]
    space.following[ahead] = space.previous[behind] = i
    space.previous[i], space.following[i] = ahead, behind
    return begin, steps


@njit(nogil=True)
def list_schedule(sub: Ints, urgency_s: Floats, rule: int, instance: Instance, space: Workspace) -> tuple[float, float, int]:
    """Start every layer as early as the rule lets it; return makespan, energy and work.

    Rank is the longest way from the start of a layer to the end of all, plus ``urgency_s`` of the layer.
    """
    n = sub.size
    work = 2 * n
    bus_s = 0.0
    energy_j = 0.0
    for k in range(n - 1, -1, -1):
        i = instance.topological[k]
        longest = 0.0
        for e in range(instance.after_start[i], instance.after_start[i + 1]):
            longest = max(longest, space.rank_s[instance.after_on[e]])
        space.rank_s[i] = longest + instance.duration_s[i, sub[i]] + urgency_s[i]
        space.start_s[i] = 0.0
        space.left[i] = instance.before_start[i + 1] - instance.before_start[i]
        bus_s += instance.bus_s[i, sub[i]]
        energy_j += instance.energy_j[i, sub[i]]
    for ring in range(n, n + space.free_s.size):
        space.previous[ring] = space.following[ring] = ring
    waiting = 0
    for k in range(n):
        if space.left[instance.topological[k]] == 0:
            space.ready[waiting] = instance.topological[k]
            waiting += 1
    space.free_s[:] = 0.0
    makespan_s = bus_s
    while waiting > 0:
        best = -1
        best_s = 0.0
        for k in range(waiting):
            i = space.ready[k]
            at_s = max(space.start_s[i], space.free_s[sub[i]]) if rule == EARLIEST else 0.0
            if best < 0 or at_s < best_s:
                best, best_s = k, at_s
            elif at_s == best_s:
                j = space.ready[best]
                if space.rank_s[i] > space.rank_s[j] or (space.rank_s[i] == space.rank_s[j] and i < j):
                    best = k
        work += waiting
        i = space.ready[best]
        waiting -= 1
        space.ready[best] = space.ready[waiting]
        if rule == EARLIEST:
            begin = max(space.start_s[i], space.free_s[sub[i]])
        else:
            begin, steps = _insert(i, n + sub[i], instance.duration_s[i, sub[i]], space)
            work += steps
        end = begin + instance.duration_s[i, sub[i]]
        space.start_s[i] = begin
        space.end_s[i] = end
        space.free_s[sub[i]] = end
        makespan_s = max(makespan_s, end)
        for e in range(instance.after_start[i], instance.after_start[i + 1]):
            j = instance.after_on[e]
            space.start_s[j] = max(space.start_s[j], end)
            space.left[j] -= 1
            if space.left[j] == 0:
                space.ready[waiting] = j
                waiting += 1
    return makespan_s, energy_j, work


@njit(nogil=True)
def price(makespan_s: float, energy_j: float, goal: Goal, over_limit_j: float) -> tuple[float, float]:
    """Return what is least, and what decides between equals; beyond the limit more than any energy within it."""
    if makespan_s > goal.limit_s:
        return over_limit_j * makespan_s / goal.limit_s, energy_j
    value = makespan_s**goal.time_power * energy_j**goal.energy_power
    return value, makespan_s if goal.energy_power else energy_j


@njit(nogil=True)
def eased(makespan_s: float, energy_j: float, goal: Goal) -> float:
    """Return a price that a search may cross the limit by: the value, times one and five times the share beyond the limit."""
    beyond = max(makespan_s / goal.limit_s - 1.0, 0.0)
    return (makespan_s**goal.time_power * energy_j**goal.energy_power) * (1.0 + 5.0 * beyond)


@njit(nogil=True)
def less(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Return whether price ``a`` is less than ``b`` by more than rounding."""
    if a[0] < b[0] * (1.0 - SAME):
        return True
    return a[0] <= b[0] * (1.0 + SAME) and a[1] < b[1] * (1.0 - SAME)


@njit(nogil=True, cache=True)
def cheapen(
    sub: Ints, urgency_s: Floats, rule: int, moves: Ints, instance: Instance, space: Workspace, limit_s: float, budget: int,
) -> int:
    """Move layers in the order of ``moves`` (M, 2: layer, sub) where that saves energy within ``limit_s``, until none does."""
    work = 0
    changed = True
    while changed and work < budget:
        changed = False
        for m in range(moves.shape[0]):
            i, to = moves[m]
            was = sub[i]
            if instance.energy_j[i, to] < instance.energy_j[i, was]:
                sub[i] = to
                makespan_s, _, done = list_schedule(sub, urgency_s, rule, instance, space)
                work += done
                if makespan_s <= limit_s:
                    changed = True
                else:
                    sub[i] = was
            if work >= budget:
                break
    return work


@njit(nogil=True, cache=True)
def search(
    sub: Ints, urgency_s: Floats, rule: int, instance: Instance, space: Workspace, goal: Goal, over_limit_j: float,
    budget: int,
) -> tuple[float, float]:
    """Improve ``sub`` and ``urgency_s`` in place by threshold accepting; return the price of what they end as.

    A step moves a layer, swaps two layers' sub-accelerators, or makes a layer more or less urgent. It is kept if the price
    grows by less than a threshold that sinks to zero; the best met is what is left in the end.
    """
    n, subs = instance.duration_s.shape
    makespan_s, energy_j, work = list_schedule(sub, urgency_s, rule, instance, space)
    best = price(makespan_s, energy_j, goal, over_limit_j)
    now = eased(makespan_s, energy_j, goal)
    best_sub, best_urgency_s = sub.copy(), urgency_s.copy()
    seed = np.uint64(88172645463325252)
    while work < budget:
        seed ^= seed << np.uint64(13)
        seed ^= seed >> np.uint64(7)
        seed ^= seed << np.uint64(17)
        i = int((seed >> np.uint64(8)) % np.uint64(n))
        j = int((seed >> np.uint64(28)) % np.uint64(n))
        kind = int((seed >> np.uint64(48)) % np.uint64(4))
        work += 1
        was_i, was_j, was_urgency_s = sub[i], sub[j], urgency_s[i]
        if kind == 0:  # another urgency, at most a twentieth of the makespan
            urgency_s[i] = (j / n - 0.5) * 0.1 * min(makespan_s, goal.limit_s)
        elif kind == 1:
            able = np.isfinite(instance.duration_s[i, was_j]) and np.isfinite(instance.duration_s[j, was_i])
            if was_i == was_j or not able:
                continue
            sub[i], sub[j] = was_j, was_i
        else:
            to = (was_i + 1 + j % max(subs - 1, 1)) % subs
            if to == was_i or not np.isfinite(instance.duration_s[i, to]):
                continue
            sub[i] = to
        span_s, energy_j, done = list_schedule(sub, urgency_s, rule, instance, space)
        work += done
        found = price(span_s, energy_j, goal, over_limit_j)
        threshold = THRESHOLD * max(1.0 - work / (0.9 * budget), 0.0) / n
        cost = eased(span_s, energy_j, goal)
        if cost <= now * (1.0 + threshold):
            now, makespan_s = cost, span_s
            if less(found, best):
                best = found
                best_sub[:], best_urgency_s[:] = sub, urgency_s
        else:
            sub[i], sub[j], urgency_s[i] = was_i, was_j, was_urgency_s
    sub[:], urgency_s[:] = best_sub, best_urgency_s
    return best


@njit(nogil=True, cache=True)
def run_list(sub: Ints, urgency_s: Floats, rule: int, instance: Instance, space: Workspace) -> tuple[float, float]:
    """Return makespan and energy of one list schedule; starts and ends are left in ``space``."""
    makespan_s, energy_j, _ = list_schedule(sub, urgency_s, rule, instance, space)
    return makespan_s, energy_j
