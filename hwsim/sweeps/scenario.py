"""What the points of a group have in common, and chunks of such points as they travel to workers."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hwsim.arch.description import Accelerator
from hwsim.result.result import Result
from hwsim.workload.network import Network

Measure = Callable[[Result], Mapping[str, float]]
# what decides a result; packages that only read results are left out
_MODEL = ("arch", "dataflow", "engine", "machines", "memory", "result", "technology", "workload", "sweeps")


@cache
def model_version() -> str:
    """Return 8 hex digits that change with any source file of the models."""
    found, root = 0, Path(__file__).parent.parent
    for package in _MODEL:
        for file in sorted((root / package).rglob("*.py")):
            found = zlib.crc32(file.read_bytes(), found)
    return f"{found:08x}"


@dataclass(frozen=True, eq=False)
class Scenario:
    """Points that differ only in dotted paths of their accelerator.

    Attributes
    ----------
    accelerator : with everything set that cannot vary within one table of points.
    network, fidelity, seed, policy : as of ``simulate``.
    sums : columns of layers whose sums are kept. measure : what else is kept of a result.
    table : whether all points are costed in one call; else each is simulated.
    identity : of all this; results of equal scenarios are equal.
    version : of the models that are to run it.
    """

    accelerator: Accelerator
    network: Network
    fidelity: str
    seed: int
    policy: object
    sums: tuple[str, ...]
    measure: Measure | None
    table: bool
    identity: bytes
    version: str = field(default_factory=model_version)


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some points of one scenario: ``count`` of them, ``overrides`` dotted path -> a value each."""

    scenario: Scenario
    count: int
    overrides: Mapping[str, Sequence[Any] | NDArray[Any]]

    def part(self, start: int, stop: int) -> Chunk:
        """Return some of its points."""
        return Chunk(self.scenario, stop - start, {path: values[start:stop] for path, values in self.overrides.items()})


def digest(*parts: object) -> bytes:
    """Return 16 bytes that identify texts, numbers and bytes."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        text = part if isinstance(part, bytes) else repr(part).encode()
        found.update(len(text).to_bytes(8, "little") + text)
    return found.digest()
