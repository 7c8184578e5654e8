"""What lives when: cases counted by hand."""

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.tiers import Lifetimes
from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.load import load_workload


def test_residual_sum_takes_the_place_of_the_shortcut():
    b = NetworkBuilder("residual")
    x = b.conv(b.input("x", (1, 3, 8, 8)), 4, 3, name="stem")  # 192 in, 256 out
    y = b.add(b.conv(b.relu(b.conv(x, 16, 1, name="wide")), 4, 1, name="narrow"), x)  # 1024 between
    network = b.build(y)
    fused = Lifetimes.of(network, in_place="depthwise")
    assert [k.name for k in fused.kernels] == ["stem", "wide", "narrow"]
    # stem: x + out; wide: shortcut + wide; narrow: wide + shortcut, which becomes the sum
    assert fused.table(weights=False).live_bytes().tolist() == [192 + 256, 256 + 1024, 1024 + 256]
    # in memory of their own the sum needs 256 more
    assert Lifetimes.of(network).table(weights=False).live_bytes().tolist() == [448, 1280, 1024 + 256 + 256]


def test_depthwise_keeps_one_channel_more():
    """N + 1 channels instead of 2 N (Lin et al., MCUNet, NeurIPS 2020, in-place depthwise convolution)."""
    b = NetworkBuilder("depthwise")
    x = b.conv(b.input("x", (1, 3, 8, 8)), 16, 1, name="pointwise")
    network = b.build(b.conv(b.conv(x, 16, 3, groups=16, name="one"), 16, 3, stride=2, groups=16, name="two"))
    assert Lifetimes.of(network, in_place="depthwise").table(weights=False).live_bytes().tolist() == [
        192 + 1024, 17 * 64, 16 * 64 + 16]
    for in_place in ("never", "elementwise"):
        life = Lifetimes.of(network, in_place=in_place)
        assert life.table(weights=False).live_bytes().tolist() == [1216, 2 * 1024, 1024 + 256]
    with pytest.raises(ConfigError, match="in_place: unknown choice"):
        Lifetimes.of(network, in_place=True)


def test_what_is_read_again_is_not_overwritten():
    b = NetworkBuilder("twice")
    x = b.conv(b.input("x", (1, 3, 8, 8)), 4, 1, name="conv")
    y = b.softmax(x, name="soft")
    network = b.build(b.add(b.conv(y, 4, 3, name="second"), x))
    live = Lifetimes.of(network, in_place="depthwise").table(weights=False).live_bytes().tolist()
    assert live == [192 + 256, 512, 512]  # soft beside x; second writes its sum over x


def test_an_output_is_not_overwritten_by_the_last_kernel():
    b = NetworkBuilder("two outputs")
    x = b.conv(b.input("x", (1, 3, 8, 8)), 4, 1, name="conv")
    network = b.build([x, b.softmax(x, name="soft")])
    assert Lifetimes.of(network, in_place="depthwise").table(weights=False).live_bytes().tolist() == [192 + 256, 512]


def test_moves_after_a_product_are_how_it_writes():
    """Attention: Q, K, V are written where they are read; without folding a copy each is made."""
    network = load_workload("deit_ti")
    names = [kernel.name.split(".", 1)[1] for kernel in Lifetimes.of(network).kernels if kernel.name.startswith("block3")]
    assert names == ["norm1", "attention.qkv", "attention.scores", "attention.softmax", "attention.context", "attention.out",
                     "norm2", "mlp.expand", "mlp.project"]
    unfolded = [kernel.name for kernel in Lifetimes.of(network, fold_moves=False).kernels]
    assert "block3.attention.permute" in unfolded
    life = Lifetimes.of(network, in_place="depthwise")
    step = [kernel.name for kernel in life.kernels].index("block0.attention.scores")
    tokens = 197 * 192
    # residual, Q, K, V and three heads of scores
    assert life.table(weights=False).live_bytes()[step] == 4 * tokens + 3 * 197 * 197


def test_caches_live_to_the_end():
    b = NetworkBuilder("decode")
    cache = b.input("cache", (1, 1, 8, 4))
    q = b.reshape(b.linear(b.input("x", (1, 4)), 4), (1, 1, 1, 4))
    y = b.reshape(b.softmax(b.matmul(q, cache, transpose_b=True)), (1, 8))
    network = b.build(b.linear(b.linear(y, 4), 4))
    table = Lifetimes.of(network, kv=["cache"]).table()
    (kv,) = table.only("kv").symbols
    assert (kv.first, kv.last, kv.size_bytes) == (0, len(table.steps) - 1, 32)
    (plain,) = [s for s in Lifetimes.of(network).table().symbols if s.name == "cache"]
    assert plain.last < kv.last
    with pytest.raises(ConfigError, match=r"decode.kv: unknown tensor.*did you mean 'cache'"):
        Lifetimes.of(network, kv=["cach"])


def test_folded_normalisation_leaves_a_shift():
    b = NetworkBuilder("folded")
    network = b.build(b.norm(b.conv(b.input("x", (1, 3, 4, 4)), 5, 1), "batch"))
    weights = {s.name: s.size_bytes for s in Lifetimes.of(network).table().only("weight").symbols}
    assert weights == {"conv.weight": 15, "batch_norm.shift": 5}
    assert len(Lifetimes.of(network, fusion="none").table().only("weight").symbols) == 3


def test_traffic_is_what_kernels_read_and_write():
    """One read a kernel and tensor, one write a result; against the boundary entries that machines cost."""
    from hwsim.workload.table import IO, LayerTable

    network = load_workload("resnet50")
    io = LayerTable.of(network, activation_bits=8, weight_bits=8).io
    symbols = Lifetimes.of(network, fold_moves=False).table(runs=3).only("activation").symbols
    written = io[io[:, IO["is_output"]] == 1, IO["bytes"]].sum()
    read = io[io[:, IO["is_output"]] == 0, IO["bytes"]].sum()
    assert sum(s.write_bytes for s in symbols) == 3 * written
    assert sum(s.read_bytes for s in symbols) == 3 * read
