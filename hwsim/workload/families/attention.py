"""Multi-head self-attention and the transformer's MLP, shared by the transformer families."""

from __future__ import annotations

from hwsim.workload.builder import NetworkBuilder


def self_attention(
    b: NetworkBuilder, x: str, heads: int, name: str, *, bias: str | None = None, masked: bool = False,
) -> str:
    """Self-attention over (batch, tokens, width): one product for Q, K, V, the attention, the output projection.

    ``bias`` names a tensor (1, heads, tokens, tokens) added to the scores; ``masked`` selects scores by position.
    Assumes the scaling of Q is folded into its weights.
    """
    n, tokens, width = b.shape(x)
    qkv = b.linear(x, 3 * width, name=f"{name}.qkv")
    qkv = b.reshape(qkv, (n, tokens, 3, heads, width // heads), name=f"{name}.heads")
    qkv = b.transpose(qkv, (2, 0, 3, 1, 4), name=f"{name}.permute")
    parts = b.split(qkv, (1, 1, 1), axis=0, name=f"{name}.split")
    q, k, v = (
        b.reshape(part, (n, heads, tokens, width // heads), name=f"{name}.{label}")
        for part, label in zip(parts, "qkv", strict=True)
    )
    scores = b.matmul(q, k, transpose_b=True, name=f"{name}.scores")
    if bias is not None:
        scores = b.add(scores, bias, name=f"{name}.bias")
    if masked:
        scores = b.pointwise("where", scores, name=f"{name}.mask")
    y = b.matmul(b.softmax(scores, name=f"{name}.softmax"), v, name=f"{name}.context")
    y = b.reshape(b.transpose(y, (0, 2, 1, 3), name=f"{name}.merge"), (n, tokens, width), name=f"{name}.merged")
    return b.linear(y, width, name=f"{name}.out")


def mlp(b: NetworkBuilder, x: str, hidden: int, name: str) -> str:
    """Two fully connected layers with a GELU between them."""
    y = b.pointwise("gelu", b.linear(x, hidden, name=f"{name}.expand"), name=f"{name}.gelu")
    return b.linear(y, b.shape(x)[-1], name=f"{name}.project")
