"""Results of searches, found again by the content of what was asked."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.space import MapSpace
from hwsim.errors import ConfigError, Fault
from hwsim.fingerprint import SOURCES
from hwsim.result.write import write_bytes

FOLDER_VARIABLE = "HWSIM_CACHE_DIR"
MOST = 4096  # results in memory; what was not asked for longest goes first


class KeptWarning(UserWarning):
    """A file of kept results could not be used; the search ran instead."""


def content_key(problem: Problem, space: MapSpace, objective: Objective, strategy: str, seed: int) -> str:
    """Return a hash of everything that decides the outcome of a search, the source of the models included."""
    asked = [problem.dims, problem.stride, problem.dilation, space.key(), list(map(float, objective.weights())), strategy, seed,
             SOURCES]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class Kept:
    """Results by key, ``most`` of them in memory and, with a folder, each as a JSON file.

    Several processes may share a folder: a file appears whole or not at all, and says the same whoever wrote it. A file that
    is of no use is told with a KeptWarning and overwritten.

    Raises
    ------
    ConfigError
        A folder that is none and cannot be made.
    """

    def __init__(self, folder: Path | None = None, most: int = MOST) -> None:
        self.folder, self.most = folder, most
        self._memory: OrderedDict[str, Any] = OrderedDict()
        self._lock, self._asked = threading.Lock(), dict[str, threading.Lock]()
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigError(Fault(f"mappings cannot be kept here: {error.strerror}", file=str(folder))) from error

    @contextmanager
    def one_at_a_time(self, key: str) -> Iterator[None]:
        """Let other threads that ask for the same wait, so that they find it."""
        with self._lock:
            lock = self._asked.setdefault(key, threading.Lock())
        try:
            with lock:
                yield
        finally:
            with self._lock:
                self._asked.pop(key, None)

    def get(self, key: str, read: Callable[[Any], Any]) -> Any:
        """Return what was put under a key, or None.

        read : makes a value of the plain ones of a file; raises where they are none.
        """
        with self._lock:
            if key in self._memory:
                self._memory.move_to_end(key)
                return self._memory[key]
        if self.folder is None:
            return None
        file = self.folder / f"{key}.json"
        try:
            value = read(json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ConfigError, ArithmeticError, LookupError, OSError, RecursionError, TypeError, ValueError) as error:
            warnings.warn(f"{file}: not a kept mapping, searched again: {error}", KeptWarning, stacklevel=2)
            return None
        self._remember(key, value)
        return value

    def put(self, key: str, value: Any, plain: object) -> None:
        """Keep a value, in the folder as ``plain``; where that cannot be written it is told with a KeptWarning."""
        self._remember(key, value)
        if self.folder is not None:
            try:
                write_bytes(self.folder / f"{key}.json", json.dumps(plain).encode())
            except ConfigError as error:
                warnings.warn(f"mapping not kept: {error}", KeptWarning, stacklevel=2)

    def _remember(self, key: str, value: Any) -> None:
        with self._lock:
            self._memory[key] = value
            while len(self._memory) > self.most:
                self._memory.popitem(last=False)


def kept_of_process() -> Kept:
    """Return the results of this process; in the folder ``mappings`` of HWSIM_CACHE_DIR too, where that is set."""
    return _in_folder(os.environ.get(FOLDER_VARIABLE, ""))


@lru_cache(maxsize=8)
def _in_folder(folder: str) -> Kept:
    try:
        return Kept(Path(folder).expanduser() / "mappings" if folder else None)
    except ConfigError as error:
        raise ConfigError([Fault(str(fault), path=FOLDER_VARIABLE) for fault in error.faults]) from error
