"""LayerTable: a network as arrays, the form in which machines cost it."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwsim.workload.fusion import Fusion, folded, fuse
from hwsim.workload.liveness import Span, keep_bytes, storage_of
from hwsim.workload.network import Layer, Network
from hwsim.workload.ops import Gemm, Work
from hwsim.workload.tensor import Tensor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# columns of LayerTable.kernels, one row a kernel
KERNEL_COLUMNS = (
    "m", "n", "k", "groups", "steps",  # the product (0 where the kernel has none)
    "scalesim_m",  # M with SCALE-Sim's rounded-up output size
    "macs",
    "a_bits", "b_bits", "out_bits",  # operand widths
    "a_bytes",  # bytes of A that are read at least once
    "b_bytes",  # bytes of B
    "b_constant",  # 1 where B is a weight, 0 where it is an activation
    "b_density",  # share of B's elements that are not zero
    "extra_weight_bytes",  # biases, scales, tables: read once
    "vector_ops", "special_ops",  # element-wise and row-wise work
    "vector_read_bytes",  # on-chip bytes the vector unit reads beside the array's results
    "out_bytes",
    "first",  # 1 for the first kernel that does anything
    # the same product as a convolution (see ``_window``): a plain product has M outputs of one 1x1 window in a row
    "images", "out_w", "out_h", "filter_w", "filter_h", "stride_w", "stride_h", "dilation_w", "dilation_h", "in_w", "in_h",
    "a_density", "out_density",  # shares of A's and of the results' elements that are not zero
)
KERNEL = {name: index for index, name in enumerate(KERNEL_COLUMNS)}
WINDOW_COLUMNS = KERNEL_COLUMNS[KERNEL["images"] : KERNEL["a_density"]]

# columns of LayerTable.io, one row a boundary activation of a kernel
IO_COLUMNS = ("kernel", "bytes", "keep_bytes", "is_output", "forced", "operand")
IO = {name: index for index, name in enumerate(IO_COLUMNS)}
OPERAND_A, OPERAND_B, OPERAND_OTHER = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class LayerTable:
    """Layers grouped into kernels, as float64 arrays.

    Attributes
    ----------
    names, ops : of the layers, in execution order.
    kernel_of : (layers,) kernel of each layer; a kernel is named after its first layer.
    layer_macs, layer_vector_ops, layer_special_ops : (layers,) work a layer, after folding.
    kernels : (kernels, len(KERNEL_COLUMNS)).
    io : (entries, len(IO_COLUMNS)), sorted by kernel: each activation that crosses a kernel's boundary, with the smallest
        on-chip buffer that keeps it between its producer and its last reader (``keep_bytes``). ``forced`` entries move
        off chip whatever is kept: a network input at its first reader, a network output.
    io_start : (kernels + 1,) first entry of each kernel.
    peak_bytes : buffer that keeps every activation of the network.
    needs_start, needs : kernels whose results each kernel reads, in compressed rows, all of them earlier ones.
    activation_bits, weight_bits : widths used for tensors that do not fix their own.
    """

    names: tuple[str, ...]
    ops: tuple[str, ...]
    kernel_of: Ints
    layer_macs: Floats
    layer_vector_ops: Floats
    layer_special_ops: Floats
    kernels: Floats
    io: Floats
    io_start: Ints
    peak_bytes: float
    needs_start: Ints
    needs: Ints
    activation_bits: int
    weight_bits: int

    @classmethod
    def of(cls, network: Network, *, activation_bits: int, weight_bits: int, fusion: Fusion = "epilogue") -> LayerTable:
        """Build the table of ``network`` for a machine whose own operand widths are given."""
        return _Tabulator(network, activation_bits, weight_bits, fusion).table()

    @property
    def kernel_count(self) -> int:
        """Number of kernels."""
        return int(self.kernels.shape[0])

    def column(self, name: str) -> Floats:
        """Return one kernel column."""
        return self.kernels[:, KERNEL[name]]

    def distinct(self, by_name: Container[str] = ()) -> tuple[LayerTable, Ints]:
        """Return the table of kernels that differ in anything but their name, and each kernel's row in it.

        by_name : names that make a difference.
        """
        seen: dict[tuple[bytes, str], int] = {}
        leads = np.unique(self.kernel_of, return_index=True)[1]
        inverse: list[int] = []
        chosen: list[int] = []
        for kernel in range(self.kernel_count):
            entries = self.io[self.io_start[kernel] : self.io_start[kernel + 1], 1:]
            name = self.names[leads[kernel]]
            key = self.kernels[kernel].tobytes() + entries.tobytes(), name if name in by_name else ""
            if key not in seen:
                seen[key] = len(chosen)
                chosen.append(kernel)
            inverse.append(seen[key])
        return self.take(chosen), np.array(inverse, np.int64)

    def take(self, chosen: list[int]) -> LayerTable:
        """Return the table of the chosen kernels, one layer row each (the first layer's name); each needs the one before it."""
        first = [int(np.flatnonzero(self.kernel_of == k)[0]) for k in chosen]
        rows = [self.io[self.io_start[k] : self.io_start[k + 1]].copy() for k in chosen]
        for position, entries in enumerate(rows):
            entries[:, 0] = position
        sums = [np.flatnonzero(self.kernel_of == k) for k in chosen]
        return LayerTable(
            tuple(self.names[i] for i in first), tuple(self.ops[i] for i in first), np.arange(len(chosen)),
            np.array([self.layer_macs[s].sum() for s in sums]), np.array([self.layer_vector_ops[s].sum() for s in sums]),
            np.array([self.layer_special_ops[s].sum() for s in sums]), np.ascontiguousarray(self.kernels[chosen]),
            np.concatenate([np.empty((0, len(IO_COLUMNS))), *rows]),
            np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64), self.peak_bytes,
            np.maximum(np.arange(-1, len(chosen)), 0), np.arange(len(chosen) - 1), self.activation_bits, self.weight_bits,
        )


def _constant_is_b(work: Work, ins: list[Tensor]) -> Work:
    """Return a product whose A is constant as the transposed product, whose B is: machines keep constants in B."""
    g = work.gemm
    if g is None or g.window is not None or g.steps > 1 or ins[g.a].role != "weight" or ins[g.b].role == "weight":
        return work
    return replace(work, gemm=replace(g, m=g.n, n=g.m, a=g.b, b=g.a))


def _window(gemm: Gemm, batch: int) -> dict[str, float]:
    """Return the window columns of a product; ``in_w`` and ``in_h`` are sizes of the input without its padding.

    Width is the last spatial axis, height the one before it. Assumes no reuse between positions along a third axis: they
    count as images, its taps as input channels.
    """
    w = gemm.window
    if w is None:
        return {"images": 1, "out_w": gemm.m, "out_h": 1, "filter_w": 1, "filter_h": 1, "stride_w": 1, "stride_h": 1,
                "dilation_w": 1, "dilation_h": 1, "in_w": gemm.m, "in_h": 1}
    found: dict[str, float] = {"images": batch * math.prod(w.size_out[:-2])}
    for axis, at in (("w", -1), ("h", -2)):
        there = len(w.size_out) >= -at
        for name, values in (("out", w.size_out), ("filter", w.kernel), ("stride", w.stride), ("dilation", w.dilation),
                             ("in", w.size_in)):
            found[f"{name}_{axis}"] = values[at] if there else 1
    return found


class _Tabulator:
    """Walks a network once and fills the arrays."""

    def __init__(self, network: Network, activation_bits: int, weight_bits: int, fusion: Fusion) -> None:
        self.network = network
        self.bits = {"weight": weight_bits, "input": activation_bits, "activation": activation_bits}
        self.kernel_of = fuse(network, fusion)
        self.folded = folded(network, self.kernel_of)
        self.count = max(self.kernel_of) + 1
        self.kernels = np.zeros((self.count, len(KERNEL_COLUMNS)))
        self.owner = storage_of(network)
        # a view of a constant is a constant
        self.tensors = {name: replace(t, role="weight") if network.tensors[self.owner[name]].role == "weight" else t
                        for name, t in network.tensors.items()}
        self.works = [_constant_is_b(work, self.inputs_of(layer))
                      for layer, work in zip(network.layers, network.works, strict=True)]

    def inputs_of(self, layer: Layer) -> list[Tensor]:
        return [self.tensors[name] for name in layer.inputs]

    def width(self, tensor: Tensor) -> int:
        return tensor.bits if tensor.quantised else self.bits[tensor.role]

    def size(self, tensor: Tensor, elements: int | None = None) -> float:
        return (tensor.elements if elements is None else elements) * self.width(tensor) / 8

    def put(self, kernel: int, **values: float) -> None:
        for name, value in values.items():
            self.kernels[kernel, KERNEL[name]] += value

    def executed(self) -> Iterator[tuple[int, Layer, Work, list[Tensor], tuple[int, ...]]]:
        """Yield every layer that is more than a view, with its work, its inputs and the elements it reads of each."""
        for index, (layer, work) in enumerate(zip(self.network.layers, self.works, strict=True)):
            if not work.view:
                ins = self.inputs_of(layer)
                yield index, layer, work, ins, work.reads or tuple(t.elements for t in ins)

    def table(self) -> LayerTable:
        network = self.network
        macs, vector, special = (np.zeros(len(network.layers)) for _ in range(3))
        made: dict[str, int] = {}  # storage -> kernel
        for index, layer, work, ins, reads in self.executed():
            kernel = self.kernel_of[index]
            b = ins[work.gemm.b] if work.gemm else None
            if work.gemm is not None and b is not None:
                g, a = work.gemm, ins[work.gemm.a]
                rounded = g.m
                if g.window is not None:
                    w = g.window
                    rounded = ins[g.a].shape[0]
                    for h, p, size, s in zip(w.size_in, w.pad_total, w.kernel, w.stride, strict=True):
                        rounded *= -(-(h + p - size + s) // s)
                self.put(
                    kernel, m=g.m, n=g.n, k=g.k, groups=g.groups, steps=g.steps, scalesim_m=rounded, macs=g.macs,
                    a_bits=self.width(a), b_bits=self.width(b), a_bytes=self.size(a, reads[g.a]), b_bytes=self.size(b),
                    b_constant=float(b.role == "weight"), a_density=a.density, b_density=b.density, **_window(g, a.shape[0]),
                )
                macs[index] = g.macs
            elif not self.folded[index]:
                vector[index], special[index] = work.vector_ops, work.special_ops
                for name, tensor, count in zip(layer.inputs, ins, reads, strict=True):
                    if made.get(self.owner[name]) != kernel and tensor.role != "weight":
                        self.put(kernel, vector_read_bytes=self.size(tensor, count) * work.passes)
            if work.gemm is not None:
                vector[index], special[index] = work.vector_ops, work.special_ops
            for tensor, count in zip(ins, reads, strict=True):
                gone = self.folded[index] and tensor is not ins[-1]  # a folded normalisation leaves a bias
                if tensor.role == "weight" and tensor is not b and not gone:
                    self.put(kernel, extra_weight_bytes=self.size(tensor, count))
            self.put(kernel, vector_ops=vector[index], special_ops=special[index])
            made.update((self.owner[name], kernel) for name in layer.outputs)
        self.kernels[min(made.values(), default=0), KERNEL["first"]] = 1.0
        io, start, peak, needs = self.boundary()
        return LayerTable(
            tuple(layer.name for layer in network.layers), tuple(layer.op.kind for layer in network.layers),
            np.array(self.kernel_of, np.int64), macs, vector, special, self.kernels, io, start, peak,
            np.cumsum([0, *map(len, needs)]), np.array([k for row in needs for k in sorted(row)], np.int64),
            self.bits["activation"], self.bits["weight"],
        )

    def boundary(self) -> tuple[Floats, Ints, float, list[set[int]]]:
        """Find the storages that cross kernel boundaries: their lifetimes in kernel steps, traffic, and who needs whom."""
        network, owner = self.network, self.owner
        made: dict[str, int] = {}
        readers: dict[str, dict[int, tuple[float, int]]] = {}  # storage -> kernel -> (bytes, operand)
        for index, layer, work, ins, reads in self.executed():
            kernel = self.kernel_of[index]
            for position, (name, tensor, count) in enumerate(zip(layer.inputs, ins, reads, strict=True)):
                root = owner[name]
                if network.tensors[root].role == "weight" or made.get(root) == kernel or count == 0:
                    continue
                operand = OPERAND_OTHER
                if work.gemm is not None and position in (work.gemm.a, work.gemm.b):
                    operand = OPERAND_A if position == work.gemm.a else OPERAND_B
                entry = readers.setdefault(root, {})
                if kernel not in entry or operand < entry[kernel][1]:
                    entry[kernel] = (self.size(tensor, count), operand)
            for name in layer.outputs:
                made[owner[name]] = kernel
        results = {owner[n] for n in network.outputs}
        crossing = [n for n in {**made, **readers} if n in results or n in readers]
        spans = {}
        for root in crossing:
            first = made.get(root, 0)
            last = self.count - 1 if root in results else max(readers[root])
            spans[root] = Span(first, last, int(self.size(network.tensors[root]) * 8))
        keep = keep_bytes(spans)
        rows = []
        for root in crossing:
            tensor = network.tensors[root]
            entries = readers.get(root, {})
            for position, kernel in enumerate(sorted(entries)):
                size, operand = entries[kernel]
                rows.append((kernel, size, keep[root], 0.0, float(tensor.role == "input" and position == 0), operand))
            if root in made:
                kernel = made[root]
                rows.append((kernel, self.size(tensor), keep[root], 1.0, float(root in results), OPERAND_OTHER))
                self.put(kernel, out_bytes=self.size(tensor))
                self.kernels[kernel, KERNEL["out_bits"]] = self.width(tensor)
                self.kernels[kernel, KERNEL["out_density"]] = tensor.density
        io = np.array(sorted(rows), np.float64).reshape(-1, len(IO_COLUMNS))
        start = np.searchsorted(io[:, 0], np.arange(self.count + 1)).astype(np.int64)
        needs: list[set[int]] = [set() for _ in range(self.count)]
        for root, entries in readers.items():
            for kernel in entries:
                needs[kernel].update({made[root]} & set(range(kernel)) if root in made else ())
        return io, start, max(keep.values(), default=0.0), needs
