"""Cuts scenarios into chunks of about equal time, keeps workers busy with them, and survives workers that die."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault, HwsimError
from hwsim.sweeps.evaluate import Rows, evaluate
from hwsim.sweeps.frame import Outcome
from hwsim.sweeps.keeper import Keeper
from hwsim.sweeps.plan import Plan
from hwsim.sweeps.pool import Pool

Ints = NDArray[np.int64]
_AIM_S = 0.5  # of a chunk: what a killed worker costs, and small beside what sending it costs
_FIRST, _MOST = 1024, 1 << 16  # points of the first chunk of a table, and of any
_ALONE_S = 2.0  # what takes no longer does not start processes
_AHEAD = 2  # chunks a worker


class Dispatch:
    """Runs the points of a plan that are not known yet."""

    def __init__(self, plan: Plan, outcome: Outcome, keeper: Keeper | None, pool: Pool, strict: bool,
                 advance: Callable[[int], object]) -> None:
        self.plan, self.outcome, self.keeper, self.pool = plan, outcome, keeper, pool
        self.strict, self.advance = strict, advance
        self._point_s: dict[bool, float] = {}  # seconds a point, of tables and of single runs
        self._left = 0
        self._alone_s = 0.0
        self._flying: dict[Future[Rows], tuple[int, Ints]] = {}
        self._suspects: deque[tuple[int, Ints]] = deque()  # chunks that were under way when a worker died

    def run(self) -> None:
        """Run all points; interrupted, what has finished is kept."""
        self._fail_if_strict()
        todo, finished = self._chunks(), False
        try:
            while True:
                more = self._start(todo)
                if not self._flying and not more:
                    break
                if self._flying:
                    self._collect()
            finished = True
        finally:
            self.pool.close(now=not finished)

    def _chunks(self) -> Iterator[tuple[int, Ints]]:
        order = np.argsort(self.plan.scenario_of, kind="stable")
        of = self.plan.scenario_of[order]
        ready = (of >= 0) & ~self.outcome.known[order]
        order, of = order[ready], of[ready]
        self._left = len(order)
        ends = np.flatnonzero(np.diff(of)) + 1
        for points in np.split(order, ends) if len(order) else ():
            scenario = int(self.plan.scenario_of[points[0]])
            start = 0
            while start < len(points):
                size = self._size(self.plan.scenarios[scenario].table)
                yield scenario, points[start:start + size]
                start += size

    def _size(self, table: bool) -> int:
        point_s = self._point_s.get(table)
        if point_s is None:
            return _FIRST if table else 1
        fair = -(-self._left // (self.pool.workers * _AHEAD))  # the last chunks end together
        return max(1, min(_MOST, int(_AIM_S / max(point_s, 1e-9)), fair))

    def _start(self, todo: Iterator[tuple[int, Ints]]) -> bool:
        """Start chunks until workers are busy; return whether there may be more."""
        if self._suspects:
            if not self._flying:  # one by one: whose worker dies again is known
                self._fly(*self._suspects.popleft())
            return True
        while len(self._flying) < self.pool.workers * _AHEAD:
            following = next(todo, None)
            if following is None:
                return False
            if self._here(following[0]):
                self._take(*following, evaluate(self.plan.chunk(*following)))
            else:
                self._fly(*following)
        return True

    def _here(self, scenario: int) -> bool:
        """Tell whether to run a chunk in this process: single runs, while they do not seem to take long."""
        if self.pool.given is not None or self.plan.scenarios[scenario].table:
            return False
        rest_s = self._left * self._point_s.get(False, 0.0)
        return self.pool.workers == 1 or self._alone_s < _ALONE_S or rest_s < _ALONE_S

    def _fly(self, scenario: int, points: Ints) -> None:
        try:
            future = self.pool.submit(self.plan.chunk(scenario, points))
        except BrokenExecutor as error:
            self._suspects.append((scenario, points))
            self._after_death(error)
            return
        self._flying[future] = scenario, points

    def _collect(self) -> None:
        done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
        for future in done:
            scenario, points = self._flying.pop(future)
            error = future.exception()
            if error is None:
                self._take(scenario, points, future.result())
            elif isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
                self._blame(scenario, points, alone=not self._flying and len(done) == 1)
                self._after_death(error)
                return
            else:
                raise error

    def _after_death(self, error: BaseException) -> None:
        for future, (scenario, points) in list(self._flying.items()):
            if future.done() and future.exception() is None:
                self._take(scenario, points, future.result())
            else:
                self._suspects.append((scenario, points))
        self._flying.clear()
        try:
            self.pool.renew()
        except BrokenExecutor:
            if type(error).__name__ != "KilledWorker":
                kept = "; what has finished is in the journal" if self.keeper else ""
                raise HwsimError(f"the executor broke: {error}; {self._left:,} points are left{kept}") from error

    def _blame(self, scenario: int, points: Ints, *, alone: bool) -> None:
        """Run a chunk again whose worker died; halve it where nothing else ran, give up a point that kills its worker."""
        if not alone:
            self._suspects.append((scenario, points))
        elif len(points) > 1:
            half = len(points) // 2
            self._suspects.extend([(scenario, points[:half]), (scenario, points[half:])])
        else:
            self._left -= 1
            self.outcome.errors[int(points[0])] = (
                "its worker process died: killed, or out of memory; not kept, the next call tries again")
            self.advance(1)
            self._fail_if_strict()

    def _take(self, scenario: int, points: Ints, rows: Rows) -> None:
        table = self.plan.scenarios[scenario].table
        self._point_s[table] = rows.seconds / len(points)
        if not table:
            self._alone_s += rows.seconds
        self._left -= len(points)
        self.outcome.values[points] = rows.values
        self.outcome.known[points] = True
        for i, reason in rows.errors.items():
            self.outcome.errors[int(points[i])] = reason
        if rows.extras:
            self.outcome.extras |= {point: extra for point, extra in zip(points.tolist(), rows.extras, strict=True) if extra}
        if self.keeper is not None:
            self.keeper.keep(scenario, points, rows)
        self.advance(len(points))
        self._fail_if_strict()

    def _fail_if_strict(self) -> None:
        if self.strict and self.outcome.errors:
            point = min(self.outcome.errors)
            raise ConfigError(Fault(self.outcome.errors[point], path=f"point {point}"))
