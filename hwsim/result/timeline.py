"""TaskTimeline: when every task of a run was ready, queued, started and ended, with names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault, nearest, shortened
from hwsim.result.lanes import lanes

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TaskTimeline:
    """Tasks of one run as arrays; N tasks that ran, E changes of the buffer pools.

    Attributes
    ----------
    resources, resource_kinds : unique name and kind (``fixed``, ``rate``, ``dram``) of each resource.
    peak_bytes_per_s : of each resource; 0 where none is known, or where it moves nothing.
    kernels, jobs, actions : names; an action is what a task does: "load filter", "compute", "store ofmap".
    resource, kernel, job, action : (N,) index into the names; -1 for none (not ``resource``).
    ready_s, queued_s, start_s, end_s : (N,) dependences met; buffer space taken and in the queue of the resource; first and
        last moment of service. None before the one in front of it, none below 0.
    moved_bytes : (N,) bytes the task moves.
    pools : unique name and credits of each buffer pool.
    pool_units : what a credit of each pool is: ``bytes``, ``tiles``; () for plain credits.
    pool, pool_time_s, pool_delta : (E,) index of the pool, time, and credits taken (> 0) or given back (< 0).
    priority : (N,) more urgent ones have smaller numbers; () for all of one.
    cut_s : begin and end of the part that is looked at; None for the whole run. The columns hold all tasks either way; what
        is computed from them is of this part, the half-open interval ``span_s``, alone.

    Raises
    ------
    ValueError
        Arrays that do not fit together: a fault of the engine, not of the input.
    """

    resources: tuple[str, ...]
    resource_kinds: tuple[str, ...]
    peak_bytes_per_s: tuple[float, ...]
    kernels: tuple[str, ...]
    jobs: tuple[str, ...]
    actions: tuple[str, ...]
    resource: Ints
    kernel: Ints
    job: Ints
    action: Ints
    ready_s: Floats
    queued_s: Floats
    start_s: Floats
    end_s: Floats
    moved_bytes: Ints
    pools: tuple[tuple[str, int], ...]
    pool: Ints
    pool_time_s: Floats
    pool_delta: Ints
    pool_units: tuple[str, ...] = ()
    priority: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    cut_s: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        rows = ("resource", "kernel", "job", "action", "ready_s", "queued_s", "start_s", "end_s", "moved_bytes")
        if len({getattr(self, name).shape for name in rows}) > 1 or self.resource.ndim != 1:
            raise ValueError("the columns of a timeline differ in length")
        if not self.pool.shape == self.pool_time_s.shape == self.pool_delta.shape:
            raise ValueError("the columns of pool changes differ in length")
        if not len(self.resources) == len(self.resource_kinds) == len(self.peak_bytes_per_s):
            raise ValueError("the resources of a timeline have names, kinds and peaks of different number")
        pools = tuple(name for name, _ in self.pools)
        if len(self.pool_units) not in (0, len(self.pools)) or self.priority.size not in (0, self.resource.size):
            raise ValueError("a timeline has units of all pools or of none, and so priorities of tasks")
        for what, names in (("resources", self.resources), ("pools", pools)):
            if len(set(names)) < len(names):
                raise ValueError(f"two {what} of a timeline have one name")
        for what, index, names, least in (
            ("resource", self.resource, self.resources, 0), ("kernel", self.kernel, self.kernels, -1),
            ("job", self.job, self.jobs, -1), ("action", self.action, self.actions, -1), ("pool", self.pool, pools, 0),
        ):
            if index.size and not least <= index.min() <= index.max() < len(names):
                raise ValueError(f"a {what} of a timeline is none of its {len(names)}")
        if not ((self.ready_s >= 0) & (self.ready_s <= self.queued_s) & (self.queued_s <= self.start_s)
                & (self.start_s <= self.end_s)).all():
            raise ValueError("a task of a timeline starts before it is ready or ends before it starts")

    def __repr__(self) -> str:
        begin, end = self.span_s
        return (f"TaskTimeline({np.count_nonzero(self.served()):,} tasks on {len(self.resources)} resources, "
                f"{begin:.6g} s to {end:.6g} s)")

    @property
    def span_s(self) -> tuple[float, float]:
        """Begin and end of the part that is looked at: ``cut_s``, or 0 and the end of the last task."""
        return self.cut_s or (0.0, float(self.end_s.max(initial=0.0)))

    def window(self, start_s: float, end_s: float) -> TaskTimeline:
        """Return the part from ``start_s`` to ``end_s``.

        Raises
        ------
        ConfigError
            The window is empty or ends before it starts.
        """
        if not start_s < end_s:
            raise ConfigError(Fault("a window ends after it starts", value=f"{start_s:g} s to {end_s:g} s"))
        return replace(self, cut_s=(float(start_s), float(end_s)))

    def only(self, kernels: Sequence[str]) -> TaskTimeline:
        """Return the tasks of these kernels, over the same time; the pools stay those of all tasks."""
        for name in kernels:
            _index(self.kernels, name, "kernel")
        chosen = [index for index, name in enumerate(self.kernels) if name in set(kernels)]
        rows = np.isin(self.kernel, chosen)
        return replace(
            self, resource=self.resource[rows], kernel=self.kernel[rows], job=self.job[rows], action=self.action[rows],
            ready_s=self.ready_s[rows], queued_s=self.queued_s[rows], start_s=self.start_s[rows], end_s=self.end_s[rows],
            moved_bytes=self.moved_bytes[rows], priority=self.priority[rows] if self.priority.size else self.priority,
            cut_s=self.span_s)

    def frame(self) -> pd.DataFrame:
        """Return one row a task that waited or was served in ``span_s``, in the order of the arrays.

        Columns: ``resource, kernel, job, action, ready_s, queued_s, start_s, end_s, moved_bytes``, and two waits:
        ``buffer_wait_s`` (ready to queued: for buffer space), ``queue_wait_s`` (queued to start: for the resource).
        """
        import pandas as pd

        rows = self._touching(self.ready_s)
        return pd.DataFrame({
            **{name: _named(codes, names) for name, codes, names in (
                ("resource", self.resource, self.resources), ("kernel", self.kernel, self.kernels),
                ("job", self.job, self.jobs), ("action", self.action, self.actions))},
            "ready_s": self.ready_s, "queued_s": self.queued_s, "start_s": self.start_s, "end_s": self.end_s,
            "moved_bytes": self.moved_bytes, "buffer_wait_s": self.queued_s - self.ready_s,
            "queue_wait_s": self.start_s - self.queued_s})[rows]

    def lanes(self) -> Ints:
        """Return (N,) the lane of each served task on its resource: 0, or more where tasks of a resource overlap."""
        lane, rows = np.zeros(self.resource.size, np.int64), self.served()
        lane[rows] = lanes(self.resource[rows], self.start_s[rows], self.end_s[rows])
        return lane

    def served(self) -> NDArray[np.bool_]:
        """Return (N,) whether some of the service of each task is in ``span_s``."""
        return self._touching(self.start_s)

    def busy_s(self) -> Floats:
        """Return (resources,) the seconds in which at least one task was served."""
        start, end = np.clip(self.start_s, *self.span_s), np.clip(self.end_s, *self.span_s)
        order = np.lexsort((start, self.resource))
        busy = np.zeros(len(self.resources))
        for one in np.split(order, np.flatnonzero(np.diff(self.resource[order])) + 1):
            if one.size:
                reached = np.maximum.accumulate(end[one])
                gaps = np.maximum(start[one][1:] - reached[:-1], 0.0).sum()
                busy[self.resource[one[0]]] = reached[-1] - start[one[0]] - gaps
        return busy

    def queue_length(self, resource: str) -> tuple[Floats, Ints]:
        """Return the tasks waiting in the queue of ``resource`` as a step function (times, values).

        ``values[i]`` holds from ``times[i]`` to ``times[i + 1]``, the last one to the end of ``span_s``.
        """
        here = self.resource == _index(self.resources, resource, "resource")
        ones = np.ones(np.count_nonzero(here), np.int64)
        return _steps(np.concatenate([self.queued_s[here], self.start_s[here]]), np.concatenate([ones, -ones]), self.span_s)

    def occupancy(self, pool: str) -> tuple[Floats, Ints]:
        """Return the credits of ``pool`` in use as a step function, as ``queue_length`` does."""
        here = self.pool == _index([name for name, _ in self.pools], pool, "pool")
        return _steps(self.pool_time_s[here], self.pool_delta[here], self.span_s)

    def bandwidth(self, resource: str, bins: int) -> tuple[Floats, Floats]:
        """Return ``bins`` + 1 edges over ``span_s`` and the mean bytes per second that ``resource`` moves between them.

        Notes
        -----
        Of the tasks that a resource serves at one time the most urgent share it evenly and the others stand still: what a
        ``rate`` server does. Assumes it of a ``dram`` server too, whose rate changes with its rows: what would exceed its peak
        then is counted as moved later.
        """
        index = _index(self.resources, resource, "resource")
        here = (self.resource == index) & (self.moved_bytes > 0)
        start, end, moved = self.start_s[here], self.end_s[here], self.moved_bytes[here].astype(np.float64)
        edges = np.linspace(*self.span_s, bins + 1)
        lasting = end > start
        if self.cut_s is not None:
            moved[~lasting & (start >= self.cut_s[1])] = 0.0  # the last bin would take them
        at, moved_at = _moved(start[lasting], end[lasting], moved[lasting],
                              self.priority[here][lasting] if self.priority.size else self.priority)
        if self.resource_kinds[index] == "dram" and self.peak_bytes_per_s[index]:
            moved_at = _below_peak(at, moved_at, self.peak_bytes_per_s[index])
        by_edge = np.interp(edges, at, moved_at)
        at_once = np.histogram(start[~lasting], edges, weights=moved[~lasting])[0] if edges[0] < edges[-1] else 0.0
        width = np.diff(edges)
        rate = np.divide(np.diff(by_edge) + at_once, width, out=np.zeros(bins), where=width > 0)
        return edges, np.maximum(rate, 0.0)

    def _touching(self, since_s: Floats) -> NDArray[np.bool_]:
        """Return (N,) whether the time from ``since_s`` to the end of each task has a part in ``span_s``."""
        if self.cut_s is None:
            return np.ones(self.resource.size, np.bool_)
        begin, end = self.cut_s
        return (since_s < end) & ((self.end_s > begin) | (self.start_s >= begin))


def _index(names: Sequence[str], name: str, what: str) -> int:
    if name not in names:
        raise ConfigError(Fault(f"unknown {what}", value=repr(name), nearest=nearest(name, names),
                                allowed=shortened(names, f"the {what}s of the timeline")))
    return list(names).index(name)


def _named(codes: Ints, names: Sequence[str]) -> pd.Categorical[str]:
    """Return names by their index; several indices may have one name, and -1 is a missing value."""
    import pandas as pd

    distinct = list(dict.fromkeys(names))
    first = np.array([*map(distinct.index, names), -1])
    return pd.Categorical.from_codes(first[codes], pd.Index(distinct, dtype=object))


def _steps(times: Floats, deltas: Ints, span: tuple[float, float]) -> tuple[Floats, Ints]:
    """Return the running sum of ``deltas`` from the begin of ``span``, without steps that change nothing."""
    at, where = np.unique(np.concatenate([[span[0]], np.maximum(times, span[0])]), return_inverse=True)
    change = np.zeros(at.size, np.int64)
    np.add.at(change, where[1:], deltas)
    values = np.cumsum(change)
    kept = np.concatenate([[True], (np.diff(values) != 0) & (at[1:] < span[1])])
    return at[kept], values[kept]


def _moved(start: Floats, end: Floats, moved: Floats, priority: Ints) -> tuple[Floats, Floats]:
    """Return times and the bytes moved until each by tasks of which the most urgent share a server evenly.

    Each of the k most urgent tasks moves at a k-th of the server's rate, so on a clock of its priority that runs at a k-th of
    time, and stands while a more urgent task is served, each moves its bytes evenly. A task that never has its turn, as no
    engine would have it, moves them evenly in time. No priorities are one.
    """
    if not start.size:
        return np.zeros(1), np.zeros(1)
    at, where = np.unique(np.concatenate([start, end]), return_inverse=True)
    first, last, length = where[: start.size], where[start.size :], np.diff(at)
    free, moved_at = np.ones(length.size, np.bool_), np.zeros(at.size)
    for here in [priority == urgency for urgency in np.unique(priority)] or [np.ones(start.size, np.bool_)]:
        served = np.bincount(first[here], minlength=at.size)
        served -= np.bincount(last[here], minlength=at.size)
        served = np.cumsum(served)[:-1]
        ticks = np.divide(length, served, out=np.zeros(length.size), where=free & (served > 0))
        clock = np.concatenate([[0.0], np.cumsum(ticks)])
        turn = clock[last] > clock[first]
        for rows, pace in ((here & turn, ticks), (here & ~turn, length)):
            if rows.any():
                moved_at += _evenly(pace, first[rows], last[rows], moved[rows])
        free &= served == 0
    return at, moved_at


def _evenly(ticks: Floats, first: Ints, last: Ints, moved: Floats) -> Floats:
    """Return the bytes moved until each edge of ``ticks`` by tasks from edge ``first`` to ``last``, evenly over their ticks."""
    clock = np.concatenate([[0.0], np.cumsum(ticks)])
    rate = moved / (clock[last] - clock[first])
    change = np.bincount(first, rate, clock.size) - np.bincount(last, rate, clock.size)
    return np.concatenate([[0.0], np.cumsum(np.cumsum(change)[:-1] * ticks)])


def _below_peak(times: Floats, moved_at: Floats, peak_bytes_per_s: float) -> Floats:
    """Return bytes moved until each time that never grow faster than the peak: later if need be, but for the last ones."""
    could = peak_bytes_per_s * (times - times[0])
    later = could + np.minimum.accumulate(moved_at - could)
    return np.asarray(np.maximum(later, moved_at[-1] - (could[-1] - could)))
