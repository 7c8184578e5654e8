"""Convolutions, plain, quantised and transposed."""

from __future__ import annotations

from hwsim.workload.onnx.geometry import pads, per_axis
from hwsim.workload.onnx.value import Node, Value, lowers
from hwsim.workload.ops import Conv, ConvTranspose


def _operator(node: Node, x: Value, w: Value) -> Conv:
    space, kernel = x.dims[2:], w.dims[2:]
    stride, dilation = per_axis(node, "strides", len(space)), per_axis(node, "dilations", len(space))
    return Conv(stride, pads(node, space, kernel, stride, dilation), dilation, int(node.attr("group", 1)))


@lowers("Conv")
def conv(node: Node) -> None:
    """Input, weight and maybe a bias."""
    node.emit(_operator(node, node.input(0), node.input(1)), *node.given())


@lowers("ConvInteger")
def conv_integer(node: Node) -> None:
    """Zero points (inputs 2, 3) are part of the arithmetic."""
    node.emit(_operator(node, node.input(0), node.input(1)), node.input(0), node.input(1))


@lowers("QLinearConv")
def qlinear_conv(node: Node) -> None:
    """Inputs x, its scale and zero point, w and its two, y's two, maybe a bias; the widths are those of x, w, y."""
    x, w, bias = node.input(0), node.input(3), node.maybe(8)
    node.emit(_operator(node, x, w), x, w, *([bias] if bias is not None else []))


@lowers("ConvTranspose")
def conv_transpose(node: Node) -> None:
    """``output_shape`` fixes the padding instead of ``pads``; padding below zero is output padding."""
    x, w = node.input(0), node.input(1)
    space, kernel = x.dims[2:], w.dims[2:]
    axes = len(space)
    stride, dilation = per_axis(node, "strides", axes), per_axis(node, "dilations", axes)
    extra = [int(v) for v in node.attr("output_padding", [0] * axes)]
    auto = node.attr("auto_pad", "NOTSET")
    wanted = node.attr("output_shape") or (
        [h * s for h, s in zip(space, stride, strict=True)] if auto.startswith("SAME") else None
    )
    if wanted is None:
        pairs = pads(node, space, kernel, stride, dilation)
    else:
        whole = [s * (h - 1) + e + d * (k - 1) + 1
                 for h, s, e, d, k in zip(space, stride, extra, dilation, kernel, strict=True)]
        cut = [full - int(size) for full, size in zip(whole, wanted[-axes:], strict=True)]
        extra = [e + max(0, -c) for e, c in zip(extra, cut, strict=True)]
        pairs = tuple((max(0, c) // 2, max(0, c) - max(0, c) // 2) for c in cut)
    node.emit(ConvTranspose(stride, pairs, dilation, tuple(extra), int(node.attr("group", 1))), *node.given())
