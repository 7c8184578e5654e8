"""Lifetimes against a walk of the network, buffer thresholds against an allocation at every capacity."""

import math
from itertools import pairwise

import numpy as np
import pytest

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.liveness import Span, keep_bytes, lifetimes, storage_of
from hwsim.workload.load import load_workload


def residual():
    b = NetworkBuilder("residual", activation_bits=8)
    x = b.input("x", (1, 4, 6, 6))
    y = b.relu(b.conv(x, 4, 3))
    z = b.reshape(b.add(b.conv(y, 4, 3), y), (1, 144))
    return b.build([b.linear(z, 10), z])


def live_by_walk(net):
    """Return, a step, the storages live while it runs: made or given before its end, wanted at or after its start."""
    root = {}
    for layer, work in zip(net.layers, net.works, strict=True):
        for name in layer.outputs:
            root[name] = root.get(layer.inputs[0], layer.inputs[0]) if work.view else name

    def storage(names):
        return {root.get(n, n) for n in names if net.tensors[root.get(n, n)].role != "weight"}

    live = []
    for step in range(len(net.layers)):
        before = storage(n for layer in net.layers[: step + 1] for n in layer.outputs) | storage(net.inputs)
        after = storage(n for layer in net.layers[step:] for n in (*layer.inputs, *layer.outputs)) | storage(net.outputs)
        live.append(before & after)
    return live


WHOLE = [load_workload(name) for name in ("resnet18", "mobilenet_v2", "vit_b_16", "unet")]


@pytest.mark.parametrize("net", [residual(), *WHOLE], ids=lambda net: net.name)
def test_lifetimes_equal_a_walk(net):
    spans = lifetimes(net)
    for step, expected in enumerate(live_by_walk(net)):
        assert {n for n, s in spans.items() if s.first <= step <= s.last} == expected, step
    live = live_by_walk(net)
    assert net.peak_activation_bytes == max(sum(net.tensors[n].size_bytes for n in names) for names in live)


def test_lifetimes_by_hand():
    net = residual()
    # 0 conv, 1 relu, 2 conv, 3 add, 4 reshape, 5 linear; the reshape is a view of the sum, and both are outputs
    assert [layer.op.kind for layer in net.layers] == ["conv", "pointwise", "conv", "pointwise", "reshape", "matmul"]
    spans = {name: (s.first, s.last, s.bits) for name, s in lifetimes(net).items()}
    assert spans == {
        "x": (0, 0, 1152), "conv.out": (0, 1, 1152), "relu.out": (1, 3, 1152), "conv_2.out": (2, 3, 1152),
        "add.out": (3, 5, 1152), "linear.out": (5, 5, 80),
    }
    assert storage_of(net)["reshape.out"] == "add.out"
    assert lifetimes(net, lambda t: 16)["x"].bits == 2304


def test_weights_and_their_views_have_no_lifetime():
    b = NetworkBuilder("tied")
    x = b.input("x", (2, 8))
    net = b.build(b.matmul(x, b.reshape(b.weight("w", (4, 2, 3)), (8, 3))))
    assert set(lifetimes(net)) == {"x", "matmul.out"}


def random_spans(seed):
    rng = np.random.default_rng(seed)
    spans = {}
    for i in range(int(rng.integers(1, 14))):
        first = int(rng.integers(0, 12))
        spans[f"t{i}"] = Span(first, first + int(rng.integers(0, 8)), 8 * int(rng.integers(1, 9)))
    return spans


@pytest.mark.parametrize("seed", range(200))
def test_what_is_kept_fits_at_every_step_and_capacity(seed):
    spans = random_spans(seed)
    need = keep_bytes(spans)
    assert set(need) == set(spans)
    capacities = sorted({*need.values(), *(v - 1 for v in need.values())})
    kept_before: set[str] = set()
    for capacity in capacities:
        kept = {n for n in spans if need[n] <= capacity}
        for step in range(20):
            live = sum(spans[n].bits / 8 for n in kept if spans[n].first <= step <= spans[n].last)
            assert live <= capacity
        assert kept_before <= kept  # a larger buffer never keeps less
        kept_before = kept
    assert kept_before == set(spans)


@pytest.mark.parametrize("seed", range(200))
def test_the_largest_threshold_is_the_peak(seed):
    spans = random_spans(seed)
    peak = max(sum(s.bits / 8 for s in spans.values() if s.first <= step <= s.last) for step in range(20))
    assert max(keep_bytes(spans).values()) == peak


def test_short_lives_go_first():
    """a (2 steps, 6 B) and b (2 steps, 4 B) overlap c (4 steps, 3 B); ties go to the smaller."""
    spans = {"a": Span(0, 1, 48), "b": Span(1, 2, 32), "c": Span(0, 3, 24)}
    assert keep_bytes(spans) == {"b": 4.0, "a": 10.0, "c": 13.0}


def test_a_chain_needs_its_two_largest_neighbours():
    sizes = [5, 9, 2, 7]
    spans = {f"t{i}": Span(i, i + 1, 8 * size) for i, size in enumerate(sizes)}
    assert max(keep_bytes(spans).values()) == max(a + b for a, b in pairwise(sizes))


def test_nothing_to_keep():
    assert keep_bytes({}) == {}
    assert math.isclose(keep_bytes({"x": Span(3, 3, 12)})["x"], 1.5)
