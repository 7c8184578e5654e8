"""Where chunks run: here, in threads, in processes of this machine, or wherever an executor of somebody else has them run."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from hwsim.errors import ConfigError, Fault
from hwsim.sweeps.evaluate import Rows, evaluate
from hwsim.sweeps.scenario import Chunk, Measure


class Pool:
    """An executor, how many chunks it runs at a time, and what to do when it breaks."""

    def __init__(self, executor: Executor | None, workers: int | None) -> None:
        self.given = executor
        self.workers = workers or _workers_of(executor)
        self._own: Executor | None = None
        self._threads: Executor | None = None

    def submit(self, chunk: Chunk) -> Future[Rows]:
        """Start a chunk: arrays in threads, as compiled code lets them run side by side, others in processes."""
        if self.given is not None:
            return self.given.submit(evaluate, chunk)
        if chunk.scenario.table:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self.workers)
            return self._threads.submit(evaluate, chunk)
        with _nothing_of_main(chunk.scenario.measure):
            if self._own is None:
                self._own = ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"))
            return self._own.submit(evaluate, chunk)

    def renew(self) -> None:
        """Replace the processes after one of them died.

        Raises
        ------
        BrokenExecutor
            The executor was given by somebody else.
        """
        if self._own is None:
            raise BrokenExecutor("the executor given is broken")
        self._own.shutdown(wait=False, cancel_futures=True)
        self._own = None

    def close(self, *, now: bool) -> None:
        """End own workers; with ``now`` without the chunks that have not begun."""
        for executor in (self._own, self._threads):
            if executor is not None:
                executor.shutdown(wait=not now, cancel_futures=now)


def _workers_of(executor: Executor | None) -> int:
    """Return how many chunks an executor runs at a time, as far as it tells."""
    if executor is None:
        return os.cpu_count() or 1
    client = getattr(executor, "_client", None)  # of dask.distributed
    if client is not None:
        return max(1, sum(int(threads) for threads in client.nthreads().values()))
    return int(getattr(executor, "_max_workers", None) or os.cpu_count() or 1)


def check_travels(measure: Measure | None, executor: Executor | None) -> None:
    """Raise ConfigError for a function that other processes cannot be given."""
    if measure is not None and not callable(measure):
        raise ConfigError(Fault("a function of a Result that returns numbers by name", path="measure",
                                value=repr(measure)[:60]))
    if measure is None or isinstance(executor, ThreadPoolExecutor):
        return
    try:
        pickle.dumps(measure)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ConfigError(Fault(
            f"this function cannot be sent to other processes: {error}", path="measure",
            value=getattr(measure, "__qualname__", repr(measure)),
            allowed="a function at the top of a module; or executor=concurrent.futures.ThreadPoolExecutor()")) from error


@contextmanager
def _nothing_of_main(measure: Measure | None) -> Iterator[None]:
    """Start workers without the user's script: spawn would run it again in each, guarded by ``__main__`` or not."""
    main: Any = sys.modules["__main__"]
    if measure is not None and getattr(measure, "__module__", "") == "__main__":
        yield
        return
    spec, file = getattr(main, "__spec__", None), main.__dict__.pop("__file__", None)
    main.__spec__ = None
    try:
        yield
    finally:
        main.__spec__ = spec
        if file is not None:
            main.__file__ = file
