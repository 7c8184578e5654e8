"""Data movement, and the views that move nothing."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.onnx.value import Node, NotModelledError, Value, lowers
from hwsim.workload.ops import Concat, Gather, Move, Operator, Reshape, Resize


def _output(node: Node) -> Value:
    value = node.output()
    if value is None:
        raise NotModelledError(f"{node.op_type} whose first output nobody reads")
    return value


def permute(node: Node, x: Value, order: Sequence[int], suffix: str | None = None) -> Value:
    """Transpose ``x`` into the node's output, or into a value in between where ``suffix`` is given.

    Moving axes of size 1 leaves the bytes where they are: a view.
    """
    shape = tuple(x.dims[i] for i in order)
    moved = [i for i in order if x.dims[i] > 1]
    op: Operator = Reshape(shape) if moved == sorted(moved) else Move("transpose", (shape,))
    if suffix is not None:
        return node.step(suffix, op, x)
    node.emit(op, x)
    return _output(node)


@lowers("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout")
def view(node: Node) -> None:
    """The same bytes under another shape. Dropout does nothing at inference; its mask is not modelled."""
    node.emit(Reshape(_output(node).dims), node.input(0))


@lowers("Transpose")
def transpose(node: Node) -> None:
    """The default order reverses the axes."""
    rank = len(node.input(0).dims)
    permute(node, node.input(0), node.ints("perm") or tuple(reversed(range(rank))))


@lowers("Slice", "Pad", "Expand", "Tile", "DepthToSpace", "SpaceToDepth", "Trilu", "ReverseSequence", "CenterCropPad")
@lowers("OneHot", "EyeLike")
def move(node: Node) -> None:
    """Every output element is written once; an Expand, Tile, Pad or forward Slice that keeps the shape is a view."""
    x, shape = node.input(0), _output(node).dims
    steps = node.ints("steps", 4) if node.op_type == "Slice" and node.opset >= 10 else None
    keeps = node.op_type in ("Expand", "Tile", "Pad") or (node.op_type == "Slice" and all(s > 0 for s in steps or ()))
    if keeps and x.dims == shape:
        node.emit(Reshape(shape), x)
    else:
        node.emit(Move(node.op_type.lower(), (shape,)), x)


@lowers("Split")
def split(node: Node) -> None:
    """Pieces of one tensor; a split into one piece is a view."""
    shapes = tuple(v.dims for v in node.outputs if v is not None)
    if len(node.outputs) == 1:
        node.emit(Reshape(shapes[0]), node.input(0))
    else:
        node.emit(Move("split", shapes), node.input(0), outputs=[v for v in node.outputs if v is not None])


@lowers("Concat")
def concat(node: Node) -> None:
    """Inputs of size 0 contribute nothing; a single input is a view."""
    parts = [v for v in node.given() if v.elements > 0]
    if len(parts) == 1:
        node.emit(Reshape(parts[0].dims), parts[0])
    else:
        node.emit(Concat(int(node.attr("axis", 1))), *parts)


@lowers("Gather", "GatherElements", "GatherND")
def gather(node: Node) -> None:
    """Constant indices are a slice; computed ones read the rows they name (an embedding)."""
    x, indices, shape = node.input(0), node.input(1), _output(node).dims
    if indices.constant:
        node.emit(Move("slice", (shape,)), x)
    else:
        node.emit(Gather(shape), x, indices)


@lowers("Scatter", "ScatterElements", "ScatterND", "TensorScatter")
def scatter(node: Node) -> None:
    """Assumes the data tensor is copied and then updated."""
    node.emit(
        Move("scatter", (_output(node).dims,)), *(v for v in node.given() if not v.constant or v is node.inputs[0])
    )


@lowers("Resize", "Upsample")
def resize(node: Node) -> None:
    """Modes nearest, linear and cubic; sizes come from scales or sizes."""
    mode = str(node.attr("mode", "nearest"))
    mode = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}.get(mode, mode)
    if mode not in ("nearest", "linear", "cubic"):
        raise NotModelledError(f"{node.op_type} with mode {mode!r}")
    node.emit(Resize(mode, _output(node).dims), node.input(0))
