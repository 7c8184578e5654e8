"""NetworkBuilder: write a network as code, one call a layer; every front end and family uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hwsim.errors import ConfigError, Fault
from hwsim.workload.network import Layer, Network
from hwsim.workload.ops import (
    Concat,
    Conv,
    ConvTranspose,
    Gather,
    MatMul,
    Move,
    Normalise,
    Operator,
    Pointwise,
    Pool,
    Reduce,
    Reshape,
    Resize,
    Softmax,
)
from hwsim.workload.tensor import Shape, Tensor

Pads = int | Sequence[int] | Sequence[tuple[int, int]]


def _axes(value: int | Sequence[int], count: int) -> tuple[int, ...]:
    return (value,) * count if isinstance(value, int) else tuple(value)


def _pads(value: Pads, count: int) -> tuple[tuple[int, int], ...]:
    if isinstance(value, int):
        return ((value, value),) * count
    return tuple((p, p) if isinstance(p, int) else (int(p[0]), int(p[1])) for p in value)


class NetworkBuilder:
    """Collects tensors and layers; every method returns the name of the tensor it made.

    Parameters
    ----------
    name : of the network.
    activation_bits, weight_bits : element widths; None means 32-bit floating point that a machine runs in its own width.

    Raises
    ------
    ConfigError
        From any method, with the layer's name, where shapes do not fit.
    """

    def __init__(self, name: str, *, activation_bits: int | None = None, weight_bits: int | None = None) -> None:
        self.name = name
        self._bits = {"activation": activation_bits, "input": activation_bits, "weight": weight_bits}
        self.tensors: dict[str, Tensor] = {}
        self.layers: list[Layer] = []
        self._counts: dict[str, int] = {}
        self._names: set[str] = set()

    def shape(self, tensor: str) -> Shape:
        """Return the shape of a tensor made so far."""
        return self.tensors[tensor].shape

    def unique(self, stem: str) -> str:
        """Reserve and return ``stem``, or ``stem_2``, ... where it is taken."""
        name = stem
        while name in self._names:
            self._counts[stem] = self._counts.get(stem, 1) + 1
            name = f"{stem}_{self._counts[stem]}"
        self._names.add(name)
        return name

    def tensor(self, tensor: Tensor) -> str:
        """Add a tensor as it is (front ends that know widths and densities)."""
        self.tensors[tensor.name] = tensor
        return tensor.name

    def _tensor(self, name: str, shape: Shape, role: str) -> str:
        bits = self._bits[role]
        return self.tensor(Tensor(name, shape, bits or 32, bits is not None, role))  # type: ignore[arg-type]

    def input(self, name: str, shape: Sequence[int]) -> str:
        """Add a network input."""
        return self._tensor(name, tuple(shape), "input")

    def weight(self, name: str, shape: Sequence[int]) -> str:
        """Add a constant."""
        return self._tensor(name, tuple(shape), "weight")

    def add_layer(self, op: Operator, inputs: Sequence[str], name: str | None = None) -> str:
        """Append ``op`` and return its first output (more outputs: ``name.1``, ``name.2``)."""
        return self._append(op, inputs, self.unique(name or op.kind))

    def _append(self, op: Operator, inputs: Sequence[str], name: str) -> str:
        tensors = [self.tensors[n] for n in inputs]
        try:
            shapes = op.infer(tensors)
        except ValueError as error:
            raise ConfigError(Fault(str(error), path=f"{self.name}.{name}")) from None
        outputs = tuple(self._tensor(f"{name}.out{i or ''}", s, "activation") for i, s in enumerate(shapes))
        self.layers.append(Layer(name, op, tuple(inputs), outputs))
        return outputs[0]

    def conv(
        self, x: str, out_channels: int, kernel: int | Sequence[int], *, stride: int | Sequence[int] = 1,
        pads: Pads | None = None, dilation: int | Sequence[int] = 1, groups: int = 1, bias: bool = False,
        name: str = "conv",
    ) -> str:
        """Convolution; ``pads=None`` keeps the size at stride 1 (odd kernels: (k - 1) / 2 a side)."""
        shape = self.shape(x)
        axes = len(shape) - 2
        k, d = _axes(kernel, axes), _axes(dilation, axes)
        pairs = tuple((dd * (kk - 1) // 2,) * 2 for kk, dd in zip(k, d, strict=True)) if pads is None else _pads(pads, axes)
        op = Conv(_axes(stride, axes), pairs, d, groups)
        stem = self.unique(name)
        weights = [self.weight(f"{stem}.weight", (out_channels, shape[1] // groups, *k))]
        if bias:
            weights.append(self.weight(f"{stem}.bias", (out_channels,)))
        return self._append(op, (x, *weights), stem)

    def conv_transpose(
        self, x: str, out_channels: int, kernel: int | Sequence[int], *, stride: int | Sequence[int] = 1, pads: Pads = 0,
        output_padding: int | Sequence[int] = 0, groups: int = 1, bias: bool = False, name: str = "conv_transpose",
    ) -> str:
        """Transposed convolution."""
        shape = self.shape(x)
        axes = len(shape) - 2
        op = ConvTranspose(_axes(stride, axes), _pads(pads, axes), (1,) * axes, _axes(output_padding, axes), groups)
        stem = self.unique(name)
        weights = [self.weight(f"{stem}.weight", (shape[1], out_channels // groups, *_axes(kernel, axes)))]
        if bias:
            weights.append(self.weight(f"{stem}.bias", (out_channels,)))
        return self._append(op, (x, *weights), stem)

    def linear(self, x: str, out_features: int, *, bias: bool = True, name: str = "linear") -> str:
        """Fully connected layer over the last axis."""
        stem = self.unique(name)
        weights = [self.weight(f"{stem}.weight", (self.shape(x)[-1], out_features))]
        if bias:
            weights.append(self.weight(f"{stem}.bias", (out_features,)))
        return self._append(MatMul(), (x, *weights), stem)

    def matmul(self, a: str, b: str, *, transpose_b: bool = False, name: str = "matmul") -> str:
        """Product of two activations."""
        return self.add_layer(MatMul(transpose_b=transpose_b), (a, b), name)

    def attention(self, q: str, k: str, v: str, *, name: str = "attention") -> str:
        """Scaled dot-product attention over (batch, heads, tokens, width): two batched products and a softmax."""
        scores = self.matmul(q, k, transpose_b=True, name=f"{name}.scores")
        return self.matmul(self.softmax(scores, name=f"{name}.softmax"), v, name=f"{name}.context")

    def pointwise(self, function: str, *inputs: str, name: str | None = None) -> str:
        """Element-by-element function (see POINTWISE)."""
        return self.add_layer(Pointwise(function), inputs, name or function)

    def add(self, a: str, b: str, *, name: str = "add") -> str:
        """Sum of two tensors (a residual)."""
        return self.pointwise("add", a, b, name=name)

    def relu(self, x: str, *, name: str = "relu") -> str:
        """Rectifier."""
        return self.pointwise("relu", x, name=name)

    def softmax(self, x: str, *, axis: int = -1, name: str = "softmax") -> str:
        """Softmax over one axis."""
        return self.add_layer(Softmax((axis,)), (x,), name)

    def norm(self, x: str, function: str = "layer", *, name: str | None = None) -> str:
        """Normalisation with scale (and shift, but for rms); statistics a token (layer, rms) or constant (batch)."""
        shape = self.shape(x)
        channels = shape[-1] if function in ("layer", "rms") else shape[1]
        elements = self.tensors[x].elements
        rows = {"layer": elements // channels, "rms": elements // channels, "instance": shape[0] * channels, "group": shape[0]}
        stem = self.unique(name or f"{function}_norm")
        weights = [self.weight(f"{stem}.scale", (channels,))]
        if function != "rms":
            weights.append(self.weight(f"{stem}.shift", (channels,)))
        return self._append(Normalise(function, rows.get(function, 0)), (x, *weights), stem)

    def pool(
        self, x: str, kernel: int | Sequence[int], *, stride: int | Sequence[int] | None = None, pads: Pads = 0,
        function: str = "max", ceil_mode: bool = False, name: str = "pool",
    ) -> str:
        """Pooling; the stride defaults to the kernel."""
        axes = len(self.shape(x)) - 2
        k = _axes(kernel, axes)
        s = k if stride is None else _axes(stride, axes)
        return self.add_layer(Pool(function, k, s, _pads(pads, axes), (1,) * axes, ceil_mode), (x,), name)

    def global_average(self, x: str, *, keepdims: bool = False, name: str = "global_average") -> str:
        """Mean over the spatial axes; (N, C) unless ``keepdims``."""
        axes = tuple(range(2, len(self.shape(x))))
        return self.add_layer(Reduce("mean", axes, keepdims), (x,), name)

    def reshape(self, x: str, shape: Sequence[int], *, name: str = "reshape") -> str:
        """View under another shape; one size may be -1."""
        fixed = [s for s in shape if s != -1]
        rest = self.tensors[x].elements
        for s in fixed:
            rest //= s
        return self.add_layer(Reshape(tuple(rest if s == -1 else s for s in shape)), (x,), name)

    def transpose(self, x: str, order: Sequence[int], *, name: str = "transpose") -> str:
        """Permute axes (moves data, but for moves of size-1 axes)."""
        shape = self.shape(x)
        out = tuple(shape[i] for i in order)
        moved = [i for i in order if shape[i] > 1]
        op: Operator = Reshape(out) if moved == sorted(moved) else Move("transpose", (out,))
        return self.add_layer(op, (x,), name)

    def move(self, x: str, shape: Sequence[int], *, function: str = "copy", name: str | None = None) -> str:
        """Copy into another shape (pad, slice, shift, shuffle, depth to space)."""
        return self.add_layer(Move(function, (tuple(shape),)), (x,), name or function)

    def split(self, x: str, sizes: Sequence[int], *, axis: int = 1, name: str = "split") -> list[str]:
        """Cut along an axis; returns a tensor a piece."""
        shape = self.shape(x)
        shapes = tuple(tuple(size if i == axis % len(shape) else s for i, s in enumerate(shape)) for size in sizes)
        self.add_layer(Move("split", shapes), (x,), name)
        return list(self.layers[-1].outputs)

    def concat(self, xs: Sequence[str], *, axis: int = 1, name: str = "concat") -> str:
        """Join along an axis."""
        return self.add_layer(Concat(axis), tuple(xs), name)

    def resize(self, x: str, size: Sequence[int], *, function: str = "nearest", name: str = "resize") -> str:
        """Interpolate the spatial axes to ``size``."""
        return self.add_layer(Resize(function, (*self.shape(x)[:2], *size)), (x,), name)

    def embedding(self, indices: str, rows: int, width: int, *, name: str = "embedding") -> str:
        """Table look-up with a constant table (rows, width)."""
        stem = self.unique(name)
        return self._append(Gather(), (self.weight(f"{stem}.weight", (rows, width)), indices), stem)

    def build(self, outputs: str | Sequence[str], *, provenance: Mapping[str, str] | None = None,
              notes: Sequence[str] = ()) -> Network:
        """Return the finished network."""
        names = (outputs,) if isinstance(outputs, str) else tuple(outputs)
        return Network(self.name, tuple(self.layers), self.tensors, names, provenance or {}, tuple(notes))
