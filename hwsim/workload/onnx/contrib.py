"""Operators of the ``com.microsoft`` domain, as ONNX Runtime's optimiser and quantiser write them.

ONNX has no shape rules for them: output shapes come from the operators emitted here.
"""

from __future__ import annotations

import math

from hwsim.workload.onnx.attention import by_head, scaled_dot_product
from hwsim.workload.onnx.convolution import conv
from hwsim.workload.onnx.elementwise import pointwise
from hwsim.workload.onnx.value import Node, NotModelledError, Value, lowers
from hwsim.workload.ops import MatMul, Move, Normalise, Pointwise

_MS = "com.microsoft:"
_GELU = {_MS + "Gelu": "gelu", _MS + "FastGelu": "gelu", _MS + "BiasGelu": "gelu", _MS + "QuickGelu": "silu"}


@lowers(*_GELU)
def gelu(node: Node) -> None:
    """A second input is a bias, added first."""
    x = node.input(0)
    if node.maybe(1) is not None:
        x = node.step("bias", Pointwise("add"), x, node.input(1))
    pointwise(node, _GELU[node.op_type], x)


@lowers(_MS + "FusedMatMul")
def fused_matmul(node: Node) -> None:
    """Transposes of the last two axes and a scale."""
    if node.attr("transBatchA", 0) or node.attr("transBatchB", 0):
        raise NotModelledError("FusedMatMul with transposed batch axes")
    node.emit(MatMul(bool(node.attr("transA", 0)), bool(node.attr("transB", 0))), node.input(0), node.input(1))


@lowers(_MS + "FusedConv")
def fused_conv(node: Node) -> None:
    """The activation runs on the accumulators; it is not counted."""
    if len(node.given()) > 3:
        raise NotModelledError("FusedConv with a residual input")
    conv(node)


@lowers(_MS + "QLinearAdd", _MS + "QLinearMul")
def qlinear_binary(node: Node) -> None:
    """Inputs a, its scale and zero point, b and its two, the result's two."""
    node.emit(Pointwise("add" if node.op_type.endswith("Add") else "mul"), node.input(0), node.input(3))


@lowers(_MS + "SkipLayerNormalization", _MS + "SkipSimplifiedLayerNormalization")
def skip_layer_normalization(node: Node) -> None:
    """Sum of input, skip and maybe a bias, then normalisation; the fourth output is the sum."""
    rms = "Simplified" in node.op_type
    scales = 1 if rms else 2
    parts = [node.input(0), node.input(1), *(v for v in node.inputs[2 + scales:] if v is not None)]
    total = node.output(3)
    if total is None:
        total = node.step("sum", Pointwise("add"), *parts)
    else:
        node.emit(Pointwise("add"), *parts, suffix="sum", outputs=[total])
    weights = [v for v in node.inputs[2 : 2 + scales] if v is not None]
    node.emit(Normalise("rms" if rms else "layer", math.prod(total.dims[:-1])), total, *weights)


@lowers(_MS + "MultiHeadAttention")
def multi_head_attention(node: Node) -> None:
    """Inputs query, key, value (batch, tokens, heads x width), maybe biases; not packed and not cached."""
    q, k, v = node.input(0), node.maybe(1), node.maybe(2)
    if k is None or v is None or len(q.dims) != 3 or any(node.maybe(i) is not None for i in (4, 6, 7)):
        raise NotModelledError("MultiHeadAttention with packed inputs, a key mask or cached keys")
    heads = int(node.attr("num_heads", 0))
    bias = node.maybe(3)
    if bias is not None:
        q, k, v = (
            node.step(f"{s}_bias", Pointwise("add"), x, node.net.weight(node.label(f"{s}_bias"), bias, x.dims[2:]))
            for s, x in (("q", q), ("k", k), ("v", v))
        )
    split = [by_head(node, x, heads, s) for s, x in (("q", q), ("k", k), ("v", v))]
    scaled_dot_product(node, *split, heads=heads, kv_heads=heads, mask=node.maybe(5))


@lowers(_MS + "Attention")
def packed_attention(node: Node) -> None:
    """Input (batch, tokens, features), one weight for q, k, v, its bias; cached and masked forms are not modelled."""
    x, w = node.input(0), node.input(1)
    if any(node.maybe(i) is not None for i in (3, 4, 5)) or node.attr("qkv_hidden_sizes"):
        raise NotModelledError("com.microsoft Attention with a mask, cached keys or unequal widths")
    packed = node.step("qkv", MatMul(), x, w, *([b] if (b := node.maybe(2)) is not None else []))
    batch, tokens, wide = packed.dims
    shape = (batch, tokens, wide // 3)
    heads = int(node.attr("num_heads", 0))
    parts = [Value.of(node.net.temporary(node.label(s)), None, x.dtype) for s in ("q", "k", "v")]
    node.emit(Move("split", (shape,) * 3), packed, suffix="split", outputs=parts)
    split = [by_head(node, p, heads, f"{s}_heads") for s, p in zip(("q", "k", "v"), parts, strict=True)]
    scaled_dot_product(node, *split, heads=heads, kv_heads=heads)
