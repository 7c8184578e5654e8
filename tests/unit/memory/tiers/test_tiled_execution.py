"""Patch by patch and row by row give the numbers of the whole network, with what the tiles hold and nothing else.

A small interpreter in numpy computes in int64, so that equal means equal. Row-wise statistics stand in for softmax and
layer normalisation (they depend on the same elements). Padding is zeros, and only outside the true map.
"""

import itertools

import numpy as np
import pytest

from hwsim.memory.tiers import Lifetimes, Stage
from hwsim.memory.tiers.patches import patch_stage, regions
from hwsim.memory.tiers.rows import row_stage
from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.load import load_workload


def window(values, kernel, stride, dilation):
    """Return (N, C, out rows, out cols, taps down, taps across) of a padded map."""
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    view = np.lib.stride_tricks.sliding_window_view(values, spans, axis=(2, 3))
    return view[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def convolve(values, weight, op):
    taps = window(values, weight.shape[2:], op.stride, op.dilation)
    groups = op.groups
    n, c = taps.shape[:2]
    grouped = taps.reshape(n, groups, c // groups, *taps.shape[2:])
    filters = weight.reshape(groups, -1, *weight.shape[1:])
    return np.einsum("ngchwij,gocij->ngohw", grouped, filters).reshape(n, weight.shape[0], *taps.shape[2:4])


def local(layer, ins, padded):
    """Compute a layer on maps whose padding is already there (``padded``), element by element otherwise."""
    op = layer.op
    if op.kind == "conv":
        out = convolve(padded, ins[1], op)
        return out + ins[2][:, None, None] if len(ins) == 3 else out
    if op.kind == "pool":
        return window(padded, op.kernel, op.stride, op.dilation).max(axis=(-2, -1))
    if op.kind == "normalise":
        return ins[0] * ins[1][:, None, None] + ins[2][:, None, None]
    if op.kind == "concat":
        return np.concatenate(ins, axis=1)
    return {"add": lambda: ins[0] + ins[1], "mul": lambda: ins[0] * ins[1], "relu": lambda: np.maximum(ins[0], 0),
            "clip": lambda: np.clip(ins[0], 0, 6)}[op.function]()


def padding(op):
    return ((0, 0), (0, 0), *op.pads) if op.kind in ("conv", "pool") else ((0, 0),) * 4


def constants(network, rng):
    return {name: rng.integers(-3, 4, t.shape) for name, t in network.tensors.items() if t.role != "activation"}


def whole_maps(network, values):
    for layer in network.layers:
        ins = [values[name] for name in layer.inputs]
        values[layer.outputs[0]] = local(layer, ins, np.pad(ins[0], padding(layer.op)))
    return values


def residual_net():
    b = NetworkBuilder("residual")
    x = b.relu(b.norm(b.conv(b.input("x", (2, 3, 21, 17)), 4, 3, stride=2, name="stem"), "batch"))
    y = b.pointwise("clip", b.conv(x, 8, 1, name="expand"))
    y = b.conv(b.conv(y, 8, 5, groups=8, name="depthwise"), 4, 1, name="project")
    x = b.add(y, x)
    left = b.conv(x, 3, 3, dilation=2, pads=2, name="dilated")
    right = b.conv(x, 5, (1, 3), pads=((0, 0), (1, 1)), bias=True, name="flat")
    x = b.concat([left, right])
    return b.build(b.conv(x, 6, 3, stride=2, pads=((0, 1), (1, 0)), groups=2, name="last"))


def pooled_net():
    b = NetworkBuilder("pooled")
    x = b.relu(b.conv(b.input("x", (1, 2, 30, 30)), 5, 7, stride=2, pads=3, name="stem"))
    x = b.pool(x, 2, stride=2, name="pool")
    x = b.add(b.conv(x, 5, 3, name="one"), x)
    return b.build(b.conv(x, 3, 3, stride=1, pads=0, name="shrinks"))


def random_net(seed):
    """A chain of convolutions, poolings and residual sums of any kernel, stride, dilation and padding."""
    rng = np.random.default_rng(seed)
    b = NetworkBuilder(f"random{seed}")
    x = b.input("x", (1, 2, *(int(n) for n in rng.integers(24, 40, 2))))
    for _ in range(5):
        k, stride, dilation = (tuple(int(n) for n in rng.integers(1, high, 2)) for high in (6, 3, 3))
        pads = [[int(n) for n in rng.integers(0, kk, 2)] for kk in k]
        kind = rng.choice(["conv", "residual", "pool"])
        if kind == "residual":
            odd = 1 + 2 * (k[0] // 2)
            x = b.add(b.conv(x, b.shape(x)[1], odd), x)
        elif min(b.shape(x)[2:]) > 8:
            pooled = kind == "pool"
            x = b.pool(b.relu(x), k, stride=stride, pads=pads) if pooled else b.conv(
                x, int(rng.integers(1, 4)), k, stride=stride, dilation=dilation, pads=pads)
    return b.build(b.relu(x))


CASES = [(make(), grid) for make in (residual_net, pooled_net) for grid in ((1, 1), (2, 2), (3, 2), (1, 4), (4, 4))]
CASES += [(random_net(seed), (2, 3)) for seed in range(12)]


@pytest.mark.parametrize(("network", "grid"), CASES, ids=lambda case: getattr(case, "name", "x".join(map(str, case))
                                                                              if isinstance(case, tuple) else ""))
def test_patches_compute_the_whole_result(network, grid):
    life = Lifetimes.of(network)
    last = len(life.kernels) - 1
    stage = patch_stage(life, last, grid)
    assert stage is not None
    layers = [index for kernel in life.kernels for index in kernel.layers]
    result = network.outputs[0]
    need = regions(network, layers, result, grid)
    values = whole_maps(network, constants(network, np.random.default_rng(7)))
    answer = np.zeros_like(values[result])
    macs, largest = 0, {}
    for i, j in itertools.product(range(grid[0]), range(grid[1])):
        tile, corner = {}, {}
        for name in network.inputs:
            (r0, r1), (c0, c1) = need.rows[name][i], need.cols[name][j]
            tile[name], corner[name] = values[name][:, :, r0 : r1 + 1, c0 : c1 + 1], (r0, c0)
        for layer in network.layers:
            out = layer.outputs[0]
            (r0, r1), (c0, c1) = need.rows[out][i], need.cols[out][j]
            tile[out] = on_tile(network, layer, tile, corner, values, (r0, r1, c0, c1))
            corner[out] = (r0, c0)
            macs += (0 if layer.op.kind != "conv" else
                     tile[out].size * int(np.prod(network.tensors[layer.inputs[1]].shape[1:])))
        r0, c0 = corner[result]
        answer[:, :, r0 : r0 + tile[result].shape[2], c0 : c0 + tile[result].shape[3]] += tile[result]
        for name, part in tile.items():
            largest[name] = max(largest.get(name, 0), part.size)
    assert np.array_equal(answer, values[result])  # every place once: added to zeros
    assert macs == stage.macs
    for name, size in stage.tile_bytes.items():
        assert size == largest[name]
    if grid == (1, 1):  # rows that no stride reaches are not computed
        assert stage.macs <= network.macs


def on_tile(network, layer, tile, corner, values, region):
    """Compute a region of a layer's result from the tiles of its inputs, which must hold all that it needs."""
    op = layer.op
    (r0, r1, c0, c1) = region
    ins, padded = [], None
    for position, name in enumerate(layer.inputs):
        if network.tensors[name].role == "weight":
            ins.append(values[name])
            continue
        low, high, edge = [r0, c0], [r1, c1], ((0, 0), (0, 0))
        height = network.tensors[name].shape[2:]
        if op.kind in ("conv", "pool") and position == 0:
            kernel = op.kernel if op.kind == "pool" else network.tensors[layer.inputs[1]].shape[2:]
            for axis in (0, 1):
                low[axis] = low[axis] * op.stride[axis] - op.pads[axis][0]
                high[axis] = high[axis] * op.stride[axis] - op.pads[axis][0] + op.dilation[axis] * (kernel[axis] - 1)
            edge = tuple((max(0, -low[a]), max(0, high[a] - height[a] + 1)) for a in (0, 1))
            low, high = [max(0, v) for v in low], [min(h - 1, v) for h, v in zip(height, high, strict=True)]
        start = [v - o for v, o in zip(low, corner[name], strict=True)]
        stop = [v - o + 1 for v, o in zip(high, corner[name], strict=True)]
        assert min(start) >= 0
        assert stop[0] <= tile[name].shape[2]
        assert stop[1] <= tile[name].shape[3]
        part = tile[name][:, :, start[0] : stop[0], start[1] : stop[1]]
        ins.append(part)
        if position == 0:
            padded = np.pad(part, ((0, 0), (0, 0), *edge))
    return local(layer, ins, padded)


def test_halo_of_two_convolutions_by_hand():
    """3x3 stride 1 then 3x3 stride 2, 8 x 8 in, 4 x 4 out, 2 x 2 patches.

    Rows 0..1 of the result need rows -1..3 of the middle (clipped 0..3), which need -1..4 of the input (0..4);
    rows 2..3 need 3..7, which need 2..8 (2..7).
    """
    b = NetworkBuilder("two")
    x = b.conv(b.input("x", (1, 1, 8, 8)), 1, 3, name="one")
    network = b.build(b.conv(x, 1, 3, stride=2, name="two"))
    need = regions(network, [0, 1], network.outputs[0], (2, 2))
    assert need.rows["one.out"].tolist() == [[0, 3], [3, 7]]
    assert need.rows["x"].tolist() == [[0, 4], [2, 7]]
    assert need.largest("x") == (6, 6)
    # MACs: middle (4 + 5)^2 x 9, result 16 x 9
    assert patch_stage(Lifetimes.of(network), 1, (2, 2)).macs == 81 * 9 + 16 * 9
    # uniform: 5 rows of the middle and 7 of the input a patch, borders or not
    wide = regions(network, [0, 1], network.outputs[0], (2, 2), "uniform")
    assert wide.largest("one.out") == (5, 5)
    assert wide.largest("x") == (7, 7)
    assert patch_stage(Lifetimes.of(network), 1, (2, 2), border="uniform").macs == 4 * 25 * 9 + 16 * 9


def test_memory_of_a_patch_stage_by_hand():
    """The network above with 4 channels between and at the end: result whole, input and middle a patch each."""
    b = NetworkBuilder("two")
    x = b.conv(b.input("x", (1, 1, 8, 8)), 4, 3, name="one")
    life = Lifetimes.of(b.build(b.conv(x, 4, 3, stride=2, name="two")))
    stage = patch_stage(life, 1, (2, 2))
    # result 64; step one: input 6 x 6, middle 4 x 5 x 5; step two: middle
    assert life.table([stage], weights=False).live_bytes().tolist() == [64 + 36 + 100, 64 + 100]
    held = patch_stage(life, 1, (2, 2), streamed=False)
    assert life.table([held], weights=False).live_bytes().tolist() == [64 + 64 + 100, 64 + 64 + 100]


def test_a_global_mean_ends_the_patches():
    life = Lifetimes.of(load_workload("efficientnet_b0"))
    names = [kernel.name for kernel in life.kernels]
    squeeze = names.index("block0.se.mean")
    assert patch_stage(life, squeeze - 1, (2, 2)) is not None
    assert all(patch_stage(life, last, (2, 2)) is None for last in range(squeeze, len(names)))


def test_two_maps_may_not_leave_a_stage():
    life = Lifetimes.of(load_workload("resnet18"))
    names = [kernel.name for kernel in life.kernels]
    inside = names.index("stage1.block0.conv1")  # its shortcut is still to come
    assert patch_stage(life, inside, (2, 2)) is None


# ---- rows of tokens


def rowwise(layer, ins, transpose_b):
    op = layer.op
    if op.kind == "matmul":
        right = np.swapaxes(ins[1], -1, -2) if transpose_b else ins[1]
        return ins[0] @ right + (ins[2] if len(ins) == 3 else 0)
    if op.kind == "normalise":
        return (ins[0] - ins[0].sum(-1, keepdims=True)) * ins[1] + ins[2]
    if op.kind == "softmax":
        return ins[0] - ins[0].max(-1, keepdims=True)
    return {"add": lambda: ins[0] + ins[1], "gelu": lambda: np.maximum(ins[0], 0) * 3}[op.function]()


def transformer(tokens=7, width=6, hidden=10):
    """One head: norm, Q, K, V, scores, softmax, context, output, sum, norm, MLP, sum."""
    b = NetworkBuilder("block")
    x = b.input("x", (1, tokens, width))
    y = b.norm(x, "layer", name="norm1")
    q, k, v = (b.linear(y, width, name=n) for n in "qkv")
    y = b.matmul(b.softmax(b.matmul(q, k, transpose_b=True, name="scores"), name="soft"), v, name="context")
    x = b.add(b.linear(y, width, name="out"), x, name="sum1")
    y = b.pointwise("gelu", b.linear(b.norm(x, "layer", name="norm2"), hidden, name="expand"))
    return b.build(b.add(b.linear(y, width, name="project"), x, name="sum2"))


@pytest.mark.parametrize(("first", "last"), [("norm1", "v"), ("q", "v"), ("scores", "context"), ("scores", "out"),
                                             ("norm2", "project"), ("scores", "project")])
@pytest.mark.parametrize("rows", [1, 3])
def test_row_blocks_compute_the_whole_result(first, last, rows):
    network = transformer()
    life = Lifetimes.of(network, in_place="depthwise")
    names = [kernel.name for kernel in life.kernels]
    stage = row_stage(life, names.index(first), names.index(last), rows)
    assert stage is not None
    kernels = life.kernels[stage.first : stage.last + 1]
    values = constants(network, np.random.default_rng(3))
    memory = None
    for index, layer in enumerate(network.layers):
        if memory is None and index == kernels[0].layers[0]:
            memory = dict(values)
        values[layer.outputs[0]] = rowwise(layer, [values[n] for n in layer.inputs], getattr(layer.op, "transpose_b", False))
    full = {n: np.zeros(network.tensors[n].shape, np.int64) for kernel in kernels for n in kernel.outputs
            if n not in stage.tile_bytes}
    for name in stage.aligned:  # the output may be written over these, block by block: do it, to see that nothing is lost
        full.update({out: memory[name] for out in full if name in kernels[-1].overwrites and out in kernels[-1].outputs})
    for start in range(0, 7, rows):
        block = slice(start, min(7, start + rows))
        tile = {}
        for layer in (network.layers[i] for kernel in kernels for i in kernel.layers):
            ins = []
            for position, name in enumerate(layer.inputs):
                source = tile.get(name, full.get(name, memory.get(name)))
                by_row = network.tensors[name].role != "weight" and not (layer.op.kind == "matmul" and position == 1)
                ins.append(source[:, block] if by_row and name not in tile else source)
            out = layer.outputs[0]
            tile[out] = rowwise(layer, ins, getattr(layer.op, "transpose_b", False))
            if out in full:
                full[out][:, block] = tile[out]
        for name, size in stage.tile_bytes.items():
            if tile[name].shape[1] == rows:
                assert size == tile[name].size
    for name, answer in full.items():
        assert np.array_equal(answer, values[name])


def test_keys_and_values_are_whole_before_scores():
    network = transformer()
    life = Lifetimes.of(network)
    names = [kernel.name for kernel in life.kernels]
    assert row_stage(life, names.index("q"), names.index("scores"), 1) is None
    assert row_stage(life, names.index("scores"), names.index("soft"), 7) is None  # that is whole


def test_memory_of_row_stages_by_hand():
    """7 tokens of 6, hidden 10; scores and softmax in place."""
    life = Lifetimes.of(transformer(), in_place="depthwise")
    names = [kernel.name for kernel in life.kernels]
    attention = row_stage(life, names.index("scores"), names.index("out"), 2)
    whole = life.whole()
    stages = [*whole[: attention.first], attention, *whole[attention.last + 1 :]]
    live = dict(zip(names, life.table(stages, weights=False).live_bytes().tolist(), strict=True))
    # x, q, k, v and two rows of scores (2 x 7); context 2 x 6; the sum takes the place of x
    assert live["scores"] == live["soft"] == 4 * 42 + 14
    assert live["context"] == 4 * 42 + 14 + 12
    assert live["out"] == 4 * 42 + 12
    mlp = row_stage(life, names.index("norm2"), names.index("project"), 1)
    stages = [*whole[: mlp.first], mlp]
    live = dict(zip(names, life.table(stages, weights=False).live_bytes().tolist(), strict=True))
    assert live["norm2"] == 42 + 6
    assert live["expand"] == 42 + 6 + 10
    assert live["project"] == 42 + 10
    # no work is repeated; constants are read for each of the 7 blocks
    assert mlp.macs == sum(life.macs(s) for s in range(mlp.first, mlp.last + 1))
    assert mlp.weight_read_bytes == 7 * sum(life.weight_bytes(s) for s in range(mlp.first, mlp.last + 1))


def test_what_is_needed_whole_is_not_overwritten():
    """A sum over the source of its own keys: the first block must not destroy what the second reads."""
    b = NetworkBuilder("self")
    x = b.linear(b.input("x", (1, 5, 5)), 5, name="make")
    y = b.matmul(b.softmax(b.matmul(x, x, transpose_b=True, name="scores"), name="soft"), x, name="context")
    life = Lifetimes.of(b.build(b.add(b.linear(y, 5, name="out"), x)), in_place="depthwise")
    stage = row_stage(life, 1, 4, 1)
    assert stage.aligned == frozenset()
    assert life.peak_bytes([stage]) == 25 + 25 + 5 + 5  # x, its sum elsewhere, a row of scores and one of context


def test_stage_text():
    assert str(Stage(0, 3, "patches", (2, 3))) == "kernels 0..3: 2 x 3 patches"
