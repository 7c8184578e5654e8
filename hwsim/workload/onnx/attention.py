"""Fused attention: its two products, the mask, and the softmax between them."""

from __future__ import annotations

from hwsim.workload.onnx.value import Node, Value, lowers
from hwsim.workload.ops import Concat, MatMul, Move, Pointwise, Reshape, Softmax


def scaled_dot_product(
    node: Node, q: Value, k: Value, v: Value, *, heads: int, kv_heads: int, mask: Value | None = None,
    softcap: bool = False,
) -> None:
    """Emit attention over q, k, v of (batch, heads, tokens, width); writes the node's first output.

    Query heads that share a key head are rows of one product with it, so each key is read once a group (grouped-query).
    The scale is folded into q. Assumes a causal mask saves no work.
    """
    batch, _, tokens, width = q.dims
    context, value_width = k.dims[2], v.dims[3]
    group = heads // kv_heads
    rows = node.step("q_rows", Reshape((batch, kv_heads, group * tokens, width)), q) if group > 1 else q
    scores = node.step("scores", MatMul(transpose_b=True), rows, k)
    if mask is not None or softcap:
        scores = node.step("scores_view", Reshape((batch, heads, tokens, context)), scores)
    if softcap:
        scores = node.step("softcap", Pointwise("tanh"), scores)
    if mask is not None:
        if mask.dims[-1] not in (1, context):  # shorter than the padded cache
            mask = node.step("mask_pad", Move("pad", ((*mask.dims[:-1], context),)), mask)
        scores = node.step("mask", Pointwise("add"), scores, mask)
    scores = node.step("softmax", Softmax(), scores)
    scores = node.step("weights_view", Reshape((batch, kv_heads, group * tokens, context)), scores)
    product = node.step("context", MatMul(), scores, v)
    out = node.output()
    shape = out.shape if out is not None and out.shape is not None else (batch, tokens, heads * value_width)
    node.emit(Reshape(shape), product)


def by_head(node: Node, x: Value, heads: int, suffix: str) -> Value:
    """Show (batch, tokens, heads x width) as (batch, heads, tokens, width).

    Assumes the array addresses heads by strides: nothing is moved.
    """
    if len(x.dims) == 4:
        return x
    batch, tokens, wide = x.dims
    if heads < 1 or wide % heads:
        raise ValueError(f"{wide} features do not divide into {heads} heads")
    return node.step(suffix, Reshape((batch, heads, tokens, wide // heads)), x)


@lowers("Attention")
def attention(node: Node) -> None:
    """Inputs Q, K, V, mask, past key, past value; outputs Y, present key, present value.

    Three-dimensional inputs give their heads by attribute.
    """
    q, k, v = node.input(0), node.input(1), node.input(2)
    flat = len(q.dims) == 3
    heads = int(node.attr("q_num_heads", 0)) if flat else q.dims[1]
    kv_heads = int(node.attr("kv_num_heads", 0)) if flat else k.dims[1]
    q, k, v = by_head(node, q, heads, "q"), by_head(node, k, kv_heads, "k"), by_head(node, v, kv_heads, "v")
    if kv_heads < 1 or heads % kv_heads:
        raise ValueError(f"{heads} query heads do not divide among {kv_heads} key heads")
    k, v = _with_past(node, k, 4, 1), _with_past(node, v, 5, 2)
    scaled_dot_product(
        node, q, k, v, heads=heads, kv_heads=kv_heads, mask=node.maybe(3), softcap=bool(node.attr("softcap", 0))
    )


def _with_past(node: Node, new: Value, past: int, present: int) -> Value:
    old, out = node.maybe(past), node.output(present)
    suffix = "key_cache" if present == 1 else "value_cache"
    if old is None or old.elements == 0:
        if out is not None:
            node.emit(Reshape(out.dims), new, suffix=suffix, outputs=[out])
        return new
    if out is None:
        return node.step(suffix, Concat(2), old, new)
    node.emit(Concat(2), old, new, suffix=suffix, outputs=[out])
    return out
