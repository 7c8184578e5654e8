"""Symbols: what needs room in a memory, from which step to which, and how many bytes it moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault

Kind = Literal["weight", "activation", "kv", "scratch"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A run of bytes that keeps its address while it lives.

    Attributes
    ----------
    name : unique in its table; of a storage that in-place operators hand from tensor to tensor, the first tensor's.
    kind : weight, activation (network inputs and outputs too), kv (a cache that outlives the network's run) or scratch.
    size_bytes : bytes reserved for it, > 0.
    first, last : steps (inclusive) in which it lives.
    read_bytes, write_bytes : moved by the kernels over the whole run.
    accesses : transfers that make up this traffic; each pays a tier's latency.
    profile : bytes in use at each step, where an in-place operator leaves a smaller tensor; () means ``size_bytes`` always.
    tensors : names of the tensors that share it.
    """

    name: str
    kind: Kind
    size_bytes: int
    first: int
    last: int
    read_bytes: float = 0.0
    write_bytes: float = 0.0
    accesses: float = 0.0
    profile: tuple[int, ...] = ()
    tensors: tuple[str, ...] = ()

    @property
    def traffic_bytes(self) -> float:
        """Bytes moved over the run, reads and writes."""
        return self.read_bytes + self.write_bytes

    @property
    def density(self) -> float:
        """Bytes moved a byte stored."""
        return self.traffic_bytes / self.size_bytes

    def used_bytes(self) -> Ints:
        """Return the bytes in use at each of its steps."""
        steps = self.last - self.first + 1
        return np.array(self.profile, np.int64) if self.profile else np.full(steps, self.size_bytes, np.int64)


@dataclass(frozen=True, slots=True)
class SymbolTable:
    """The symbols of a run and the names of its steps.

    Raises
    ------
    ConfigError
        A name used twice, an empty symbol, a lifetime outside the steps.
    """

    steps: tuple[str, ...]
    symbols: tuple[Symbol, ...]

    def __post_init__(self) -> None:
        faults = [] if self.steps else [Fault("a run needs at least one step")]
        seen: set[str] = set()
        for s in self.symbols:
            if s.name in seen:
                faults.append(Fault("two symbols of this name", path=s.name))
            seen.add(s.name)
            if s.size_bytes <= 0 or s.read_bytes < 0 or s.write_bytes < 0:
                faults.append(Fault("a symbol holds at least one byte and moves none less than none", path=s.name))
            if not 0 <= s.first <= s.last < len(self.steps):
                faults.append(Fault("lives outside the run", path=s.name, value=f"{s.first}..{s.last}",
                                    allowed=f"0..{len(self.steps) - 1}"))
            elif s.profile and (len(s.profile) != s.last - s.first + 1 or max(s.profile) != s.size_bytes):
                faults.append(Fault("the profile has a value a step and its largest is the size", path=s.name))
        if faults:
            raise ConfigError(faults)

    def live_bytes(self, kinds: Collection[Kind] = KINDS) -> Ints:
        """Return the bytes in use at each step by symbols of these kinds."""
        return live_bytes((s for s in self.symbols if s.kind in kinds), len(self.steps))

    def peak_bytes(self, kinds: Collection[Kind] = KINDS) -> int:
        """Return the largest of ``live_bytes``: no placement in one memory needs less."""
        return int(self.live_bytes(kinds).max())

    def only(self, *kinds: Kind) -> SymbolTable:
        """Return the table of the symbols of these kinds."""
        return replace(self, symbols=tuple(s for s in self.symbols if s.kind in kinds))

    def plus(self, symbols: Iterable[Symbol]) -> SymbolTable:
        """Return the table with further symbols."""
        return replace(self, symbols=(*self.symbols, *symbols))


def live_bytes(symbols: Iterable[Symbol], steps: int) -> Ints:
    """Return the bytes that ``symbols`` use at each of ``steps`` steps."""
    live = np.zeros(steps, np.int64)
    for s in symbols:
        live[s.first : s.last + 1] += s.used_bytes()
    return live


def kv_cache(
    name: str, *, layers: int, kv_heads: int, head_width: int, tokens: int, bits: int = 16, steps: int, new_tokens: int = 1,
    sequences: int = 1,
) -> Symbol:
    """Return the key-value cache of a decoder: keys and values of ``tokens`` tokens, live over all ``steps``.

    A run reads the whole cache once and writes the keys and values of ``new_tokens`` tokens.
    """
    token_bytes = 2 * layers * kv_heads * head_width * bits * sequences / 8
    return Symbol(name, "kv", int(np.ceil(token_bytes * tokens)), 0, steps - 1, token_bytes * tokens,
                  token_bytes * new_tokens, 2 * layers * sequences, tensors=(name,))
