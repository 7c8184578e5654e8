"""Lifetimes of the storages of a network, layer by layer or in tiled stages, with in-place operators."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import get_args

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.memory.tiers.kernels import InPlace, Kernel, kernels_of
from hwsim.memory.tiers.stage import Stage
from hwsim.memory.tiers.symbol import Kind, Symbol, SymbolTable
from hwsim.workload.fusion import Fusion
from hwsim.workload.liveness import storage_of
from hwsim.workload.network import Network


@dataclass
class _Chain:
    """Tensors that live one after another at one address: (name, first step, last step, bytes)."""

    pieces: list[tuple[str, int, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Lifetimes:
    """What lives when, for any way to cut a network into stages.

    Attributes
    ----------
    network, kernels : the run; a step is a kernel.
    in_place : which operators write over an input that dies there: none, those that need of every input the place they
        write (sums, activations, row-wise statistics), or depthwise convolutions too, which keep one channel more
        (TinyEngine, Lin et al., NeurIPS 2020).
    activation_bits, weight_bits : widths of tensors that do not fix their own.
    kv : storages that are a cache: they live to the end.
    """

    network: Network
    kernels: tuple[Kernel, ...]
    in_place: InPlace = "never"
    activation_bits: int = 8
    weight_bits: int = 8
    kv: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, network: Network, *, activation_bits: int = 8, weight_bits: int = 8, fusion: Fusion = "epilogue",
        fold_moves: bool = True, in_place: InPlace = "never", kv: Collection[str] = (),
    ) -> Lifetimes:
        """Return the lifetimes of ``network`` run as kernels of ``fusion`` and ``fold_moves`` (see ``kernels_of``)."""
        faults = [Fault("unknown tensor", path=f"{network.name}.kv", value=repr(name), nearest=nearest(name, network.tensors))
                  for name in kv if name not in network.tensors]
        if in_place not in get_args(InPlace):
            faults.append(Fault("unknown choice", path="in_place", value=repr(in_place), allowed=", ".join(get_args(InPlace))))
        if faults:
            raise ConfigError(faults)
        owner = storage_of(network)
        caches = frozenset(owner[name] for name in kv)
        return cls(network, kernels_of(network, fusion, fold_moves), in_place, activation_bits, weight_bits, caches)

    def bytes_of(self, name: str, elements: int | None = None) -> int:
        """Return the stored bytes of a tensor, or of some of its elements."""
        t = self.network.tensors[name]
        bits = t.bits if t.quantised else self.weight_bits if t.role == "weight" else self.activation_bits
        return -(-(t.elements if elements is None else elements) * bits // 8)

    @cached_property
    def kept(self) -> frozenset[str]:
        """Storages that live to the end: network outputs and caches."""
        owner = storage_of(self.network)
        return self.kv | {owner[name] for name in self.network.outputs}

    @cached_property
    def spans(self) -> dict[str, tuple[int, int]]:
        """Storage -> first and last kernel; a network input lives from kernel 0, a cache input over the whole run."""
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for step, kernel in enumerate(self.kernels):
            for name in kernel.inputs:
                first.setdefault(name, 0)
                last[name] = step
            for name in kernel.outputs:
                first[name] = last[name] = step
        end = len(self.kernels) - 1
        return {name: (first[name], end if name in self.kept else last[name]) for name in first}

    @cached_property
    def _live_at(self) -> list[list[str]]:
        table: list[list[str]] = [[] for _ in self.kernels]
        for name, (first, last) in self.spans.items():
            for step in range(first, last + 1):
                table[step].append(name)
        return table

    def chains(self, stages: Sequence[Stage]) -> list[list[tuple[str, int, int, int]]]:
        """Return the (name, first, last, bytes) of tensors that share an address, over the steps of consecutive stages.

        Scratch space of an in-place kernel is a chain of one piece named ``kernel.scratch``.
        """
        begin, end = stages[0].first, stages[-1].last
        stage_of = {step: stage for stage in stages for step in range(stage.first, stage.last + 1)}
        chain_of: dict[str, _Chain] = {}
        for name in dict.fromkeys(n for step in range(begin, end + 1) for n in self._live_at[step]):
            first, last = (max(self.spans[name][0], begin), min(self.spans[name][1], end))
            head, tail = stage_of[first], stage_of[last]
            if name in head.tile_bytes:
                size = head.tile_bytes[name]
            else:  # tiles of it come and go: it is there for all of them
                size = self.bytes_of(name)
                first, last = head.first, tail.last
            chain_of[name] = _Chain([(name, first, last, size)])
        chains = list(chain_of.values())
        for step in range(begin, end + 1) if self.in_place != "never" else ():
            self._hand_over(step, stage_of[step], chain_of, chains)
        return [chain.pieces for chain in chains if chain.pieces]

    def _hand_over(self, step: int, stage: Stage, chain_of: dict[str, _Chain], chains: list[_Chain]) -> None:
        """Let the output of a kernel take the place of the largest input that may be overwritten."""
        kernel = self.kernels[step]
        dying = [
            name for name, parts in kernel.overwrites.items() if self.spans[name][1] == step and name not in self.kept
            and (not parts or self.in_place == "depthwise")
            and ((name in stage.tile_bytes) == (kernel.outputs[0] in stage.tile_bytes))
            and (stage.how == "whole" or name in stage.tile_bytes or name in stage.aligned)
        ]
        if not dying:
            return
        out = chain_of[kernel.outputs[0]]
        place = max((chain_of[name] for name in dying), key=lambda chain: chain.pieces[-1][3])
        name, first, last, size = out.pieces[0]
        if size > place.pieces[-1][3]:
            return
        parts = kernel.overwrites[place.pieces[-1][0]]
        if parts:
            chains.append(_Chain([(f"{kernel.name}.scratch", step, step, -(-size // parts))]))
        place.pieces.append((name, first, last, size))
        chain_of[name] = place
        out.pieces = []

    def peak_bytes(self, stages: Sequence[Stage]) -> int:
        """Return the most bytes of activations in use at a step of consecutive stages."""
        begin, end = stages[0].first, stages[-1].last
        live = [0] * (end - begin + 1)
        for pieces in self.chains(stages):
            for step, size in enumerate(_profile(pieces), pieces[0][1] - begin):
                live[step] += size
        return max(live)

    def table(self, stages: Sequence[Stage] = (), *, weights: bool = True, runs: float = 1.0) -> SymbolTable:
        """Return the symbols of the whole network.

        Parameters
        ----------
        stages : that cover the kernels; default every kernel whole.
        weights : with the constants, each live over the whole run.
        runs : how often the network runs; multiplies all traffic.

        Notes
        -----
        Assumes a kernel reads each input once and writes each output once (``Work.reads`` elements of it), once a tile
        for constants; halos of patches are not counted as reads.
        """
        stages = stages or self.whole()
        reads, writes, accesses = self._traffic(stages)
        symbols = []
        for pieces in self.chains(stages):
            names = tuple(name for name, *_ in pieces)
            sizes = _profile(pieces)
            kind: Kind = "scratch" if names[0] not in self.spans else "kv" if names[0] in self.kv else "activation"
            symbols.append(Symbol(
                names[0], kind, max(sizes), pieces[0][1], pieces[-1][2], runs * sum(reads.get(n, 0) for n in names),
                runs * sum(writes.get(n, 0) for n in names), runs * sum(accesses.get(n, 0) for n in names),
                sizes if len(set(sizes)) > 1 else (), names))
        if weights:
            used = dict.fromkeys(name for kernel in self.kernels for name in kernel.weights)
            symbols += [Symbol(name, "weight", self.bytes_of(name), 0, len(self.kernels) - 1, runs * reads[name], 0.0,
                               runs * accesses[name], tensors=(name,)) for name in used]
        return SymbolTable(tuple(kernel.name for kernel in self.kernels), tuple(symbols))

    def whole(self) -> tuple[Stage, ...]:
        """Return the stages of layer-by-layer execution."""
        return tuple(Stage(step, step, macs=self.macs(step), weight_read_bytes=self.weight_bytes(step))
                     for step in range(len(self.kernels)))

    def macs(self, step: int) -> int:
        """Return the multiply-accumulates of a kernel."""
        gemms = (self.network.works[index].gemm for index in self.kernels[step].layers)
        return sum(gemm.macs for gemm in gemms if gemm is not None)

    def weight_bytes(self, step: int) -> int:
        """Return the bytes of the constants of a kernel."""
        return sum(self.bytes_of(name) for name in self.kernels[step].weights)

    def read_bytes(self, step: int) -> dict[str, int]:
        """Return storage -> bytes that a kernel reads of it: activations and constants, each once."""
        owner = storage_of(self.network)
        once: dict[str, int] = {}
        for index in self.kernels[step].layers:
            layer, work = self.network.layers[index], self.network.works[index]
            counts = work.reads or tuple(self.network.tensors[n].elements for n in layer.inputs)
            for name, count in zip(layer.inputs, counts, strict=True):
                once[owner[name]] = max(once.get(owner[name], 0), self.bytes_of(name, count))
        return {name: once[name] for name in (*self.kernels[step].inputs, *self.kernels[step].weights)}

    def _traffic(self, stages: Sequence[Stage]) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
        """Return storage -> bytes read, bytes written, accesses."""
        reads: dict[str, float] = {}
        writes: dict[str, float] = {}
        accesses: dict[str, float] = {}
        for stage in stages:
            for step in range(stage.first, stage.last + 1):
                kernel = self.kernels[step]
                for name, size in self.read_bytes(step).items():
                    reads[name] = reads.get(name, 0.0) + size * (stage.count if name in kernel.weights else 1)
                    accesses[name] = accesses.get(name, 0.0) + (stage.count if size else 0)
                for name in kernel.outputs:
                    writes[name] = self.bytes_of(name)
                    accesses[name] = accesses.get(name, 0.0) + stage.count
        return reads, writes, accesses


def _profile(pieces: Sequence[tuple[str, int, int, int]]) -> tuple[int, ...]:
    """Return the bytes of a chain at each of its steps: of its largest tensor that lives then."""
    return tuple(max(size for _, first, last, size in pieces if first <= step <= last)
                 for step in range(pieces[0][1], pieces[-1][2] + 1))
