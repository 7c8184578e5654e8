"""BERT (Devlin et al., NAACL 2019)."""

from __future__ import annotations

from hwsim.errors import ConfigError, Fault
from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.attention import mlp, self_attention
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.parameters import divides
from hwsim.workload.network import Network
from hwsim.workload.tensor import Tensor


@FAMILIES.register("bert")
def bert(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None,
    width: int = 768, depth: int = 12, heads: int = 12, mlp_ratio: int = 4, tokens: int = 128, vocabulary: int = 30522,
    positions: int = 512, segments: int = 2,
) -> Network:
    """BERT encoder with pooler (no task head); the defaults are BERT-base uncased on 128 tokens."""
    divides(width, heads, "heads")
    if tokens > positions:
        raise ConfigError(Fault("more tokens than positions", path="params.tokens", value=str(tokens),
                                allowed=f"<= {positions}"))
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    ids, kind = (  # indices: 32-bit integers whatever the activations are
        b.tensor(Tensor(label, (batch, tokens), 32, True, "input")) for label in ("token_ids", "segment_ids")
    )
    words = b.embedding(ids, vocabulary, width, name="embedding.word")
    kinds = b.embedding(kind, segments, width, name="embedding.segment")
    table = b.weight("embedding.position.weight", (positions, width))
    place = b.move(table, (tokens, width), function="slice", name="embedding.position")
    x = b.add(b.add(words, kinds, name="embedding.add1"), place, name="embedding.add2")
    x = b.norm(x, "layer", name="embedding.norm")
    for i in range(depth):
        block = f"block{i}"
        y = self_attention(b, x, heads, f"{block}.attention")
        x = b.norm(b.add(x, y, name=f"{block}.add1"), "layer", name=f"{block}.norm1")
        y = mlp(b, x, mlp_ratio * width, f"{block}.mlp")
        x = b.norm(b.add(x, y, name=f"{block}.add2"), "layer", name=f"{block}.norm2")
    first = b.move(x, (batch, width), function="slice", name="pooler.first_token")
    return b.build((x, b.pointwise("tanh", b.linear(first, width, name="pooler.linear"), name="pooler.tanh")))
