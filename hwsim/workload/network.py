"""Network: layers in execution order over named tensors, with totals, liveness and a content hash."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.units import binary_bytes, si
from hwsim.workload.ops import Operator, Work
from hwsim.workload.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Layer:
    """One operator applied to named tensors; ``inputs`` are in the operator's order, weights included."""

    name: str
    op: Operator
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """A workload: layers in an order in which they can run.

    Attributes
    ----------
    name : shown in results.
    layers : in execution order; every input is a network input, a weight or an earlier layer's output.
    tensors : name -> Tensor, every tensor any layer names.
    outputs : names of the tensors that leave the network.
    provenance : where it came from (file, builder, parameters, versions), text to text.
    notes : what the reader must know, e.g. operators counted as vector work.

    Raises
    ------
    ConfigError
        An unknown tensor, a tensor produced twice, a layer that runs before its input exists, shapes that do not fit.
    """

    name: str
    layers: tuple[Layer, ...]
    tensors: Mapping[str, Tensor]
    outputs: tuple[str, ...]
    provenance: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tensors", MappingProxyType(dict(self.tensors)))
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))
        faults = [Fault(message, path=f"{self.name}.{where}" if where else self.name) for where, message in self._faults()]
        if faults:
            raise ConfigError(faults)

    def __reduce__(self) -> tuple[object, ...]:  # read-only mappings do not travel to other processes, plain ones do
        return Network, (self.name, self.layers, dict(self.tensors), self.outputs, dict(self.provenance), self.notes)

    def _faults(self) -> Iterable[tuple[str, str]]:
        if not self.layers:
            yield "", "a network needs at least one layer"
        made = {name for name, t in self.tensors.items() if t.role != "activation"}
        seen: set[str] = set()
        for layer in self.layers:
            if layer.name in seen:
                yield layer.name, "two layers of this name"
            seen.add(layer.name)
            names = (*layer.inputs, *layer.outputs)
            missing = [n for n in names if n not in self.tensors]
            if missing:
                yield layer.name, f"unknown tensors {missing}"
                continue
            early = [n for n in layer.inputs if n not in made]
            if early:
                yield layer.name, f"runs before its inputs {early} exist"
            twice = [n for n in layer.outputs if n in made]
            if twice:
                yield layer.name, f"writes {twice} which exist already"
            made.update(layer.outputs)
            try:
                shapes = layer.op.infer(self.inputs_of(layer))
            except ValueError as error:
                yield layer.name, str(error)
                continue
            actual = tuple(self.tensors[n].shape for n in layer.outputs)
            if tuple(shapes[: len(actual)]) != actual:
                yield layer.name, f"output shapes {list(actual)} should be {list(shapes)}"
        for name in self.outputs:
            if name not in made:
                yield "", f"output {name!r} is never produced"

    def inputs_of(self, layer: Layer) -> list[Tensor]:
        """Return the input tensors of ``layer`` in operator order."""
        return [self.tensors[n] for n in layer.inputs]

    def outputs_of(self, layer: Layer) -> list[Tensor]:
        """Return the output tensors of ``layer``."""
        return [self.tensors[n] for n in layer.outputs]

    def with_densities(self, densities: Mapping[str, float]) -> Network:
        """Return the network whose named tensors have these shares of elements that are not zero, 0 to 1.

        Raises
        ------
        ConfigError
            With every unknown tensor and every share out of range.
        """
        faults = [Fault("no such tensor", path=f"{self.name}.{name}", nearest=nearest(name, self.tensors))
                  for name in densities if name not in self.tensors]
        faults += [Fault("a share of elements", path=f"{self.name}.{name}", value=str(value), allowed="0 to 1")
                   for name, value in densities.items() if not 0 <= value <= 1]
        if faults:
            raise ConfigError(faults)
        changed = {name: dataclasses.replace(self.tensors[name], density=value) for name, value in densities.items()}
        return dataclasses.replace(self, tensors={**self.tensors, **changed})

    @cached_property
    def works(self) -> tuple[Work, ...]:
        """The work of every layer, in order."""
        return tuple(layer.op.work(self.inputs_of(layer), self.outputs_of(layer)) for layer in self.layers)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the tensors that come from outside, in first-use order."""
        used = dict.fromkeys(n for layer in self.layers for n in layer.inputs)
        return tuple(n for n in used if self.tensors[n].role == "input")

    @cached_property
    def consumers(self) -> Mapping[str, tuple[int, ...]]:
        """Tensor name -> indices of the layers that read it."""
        table: dict[str, list[int]] = {name: [] for name in self.tensors}
        for index, layer in enumerate(self.layers):
            for name in dict.fromkeys(layer.inputs):
                table[name].append(index)
        return {name: tuple(rows) for name, rows in table.items()}

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates of one run."""
        return sum(work.gemm.macs for work in self.works if work.gemm is not None)

    @cached_property
    def parameters(self) -> int:
        """Number of constant elements."""
        return sum(t.elements for t in self.tensors.values() if t.role == "weight")

    @cached_property
    def weight_bytes(self) -> int:
        """Stored bytes of all constants."""
        return sum(t.size_bytes for t in self.tensors.values() if t.role == "weight")

    @cached_property
    def peak_activation_bytes(self) -> int:
        """Largest sum of live inputs and activations (stored widths) while any one layer runs."""
        from hwsim.workload.liveness import lifetimes

        spans = lifetimes(self)
        live = [0] * len(self.layers)
        for span in spans.values():
            for step in range(span.first, span.last + 1):
                live[step] += -(-span.bits // 8)
        return max(live)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (first 16 hex digits) of everything that can change a result."""
        def plain(value: Any) -> Any:
            return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else repr(value)

        digest = hashlib.sha256()
        for layer in self.layers:
            record = [layer.name, layer.op.kind, plain(layer.op), layer.inputs, layer.outputs]
            digest.update(json.dumps(record, sort_keys=True, default=plain).encode())
        for name in sorted(self.tensors):
            t = self.tensors[name]
            digest.update(repr((name, t.shape, t.bits, t.quantised, t.role, t.density)).encode())
            if t.stream is not None:
                digest.update(t.stream.rows.tobytes() + str(t.stream.row_bytes).encode())
        digest.update(repr(self.outputs).encode())
        return digest.hexdigest()[:16]

    def __repr__(self) -> str:
        return (
            f"Network({self.name!r}: {len(self.layers)} layers, {si(self.macs, 'MAC', 4)}, "
            f"{si(self.parameters, 'parameters', 4)}, weights {binary_bytes(self.weight_bytes)}, "
            f"peak live activations {binary_bytes(self.peak_activation_bytes)}, stored in {self._widths()})"
        )

    def _widths(self) -> str:
        bits = sorted({tensor.bits for tensor in self.tensors.values()}) or [0]
        return f"{bits[0]} bit" if len(bits) == 1 else f"{bits[0]} to {bits[-1]} bit"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(layer.name)}</td><td>{layer.op.kind}</td>"
            f"<td>{' , '.join('x'.join(map(str, t.shape)) for t in self.outputs_of(layer))}</td>"
            f"<td style='text-align:right'>{work.gemm.macs if work.gemm else 0:,}</td></tr>"
            for layer, work in list(zip(self.layers, self.works, strict=True))[:40]
        )
        more = len(self.layers) - 40
        tail = f"<tr><td colspan=4>… {more} more layers</td></tr>" if more > 0 else ""
        return (
            f"<b>{escape(repr(self))}</b><table><tr><th>layer</th><th>op</th><th>output shape</th><th>MACs</th></tr>"
            f"{rows}{tail}</table>"
        )
