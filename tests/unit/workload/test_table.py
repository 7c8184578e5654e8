"""Kernel rows and boundary traffic of small networks by hand; distinct kernels stand for all."""

from dataclasses import replace

import numpy as np
import pytest

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.fusion import folded
from hwsim.workload.load import load_workload
from hwsim.workload.ops import Conv
from hwsim.workload.table import (
    IO,
    IO_COLUMNS,
    KERNEL_COLUMNS,
    OPERAND_A,
    OPERAND_B,
    OPERAND_OTHER,
    WINDOW_COLUMNS,
    LayerTable,
    _window,
)
from hwsim.workload.tensor import Tensor


def table(net, **options):
    return LayerTable.of(net, **({"activation_bits": 8, "weight_bits": 8} | options))


def row(layers, kernel):
    """Return the columns of a kernel that are not zero, those of windows apart."""
    columns = zip(KERNEL_COLUMNS, layers.kernels[kernel].tolist(), strict=True)
    return {name: value for name, value in columns if value and name not in (*WINDOW_COLUMNS, "a_density", "out_density")}


def window(net):
    """Return the window columns of the only kernel, in their order."""
    (values,) = table(net).kernels
    return values[[KERNEL_COLUMNS.index(name) for name in WINDOW_COLUMNS]].astype(int).tolist()


def io(layers, kernel):
    """Return {(is_output, operand, bytes, keep_bytes, forced)} of a kernel."""
    names = ("is_output", "operand", "bytes", "keep_bytes", "forced")
    return sorted(tuple(float(entry[IO[n]]) for n in names)
                  for entry in layers.io[layers.io_start[kernel] : layers.io_start[kernel + 1]])


def test_convolution_with_epilogue_and_residual():
    """x (1,4,6,6) -> conv 3x3 to 8 + bias -> batch norm -> relu; 1x1 conv of x to 8; sum of both."""
    b = NetworkBuilder("net")
    x = b.input("x", (1, 4, 6, 6))
    main = b.relu(b.norm(b.conv(x, 8, 3, bias=True), "batch"))
    net = b.build(b.add(main, b.conv(x, 8, 1)))
    layers = table(net, activation_bits=16, weight_bits=4)
    assert layers.kernel_of.tolist() == [0, 0, 0, 1, 1]
    # 6 x 6 positions; K = 4 x 9; bias and shift are 2 x 8 constants of half a byte; relu is 288 lane operations
    assert row(layers, 0) == {
        "m": 36, "n": 8, "k": 36, "groups": 1, "steps": 1, "scalesim_m": 36, "macs": 36 * 8 * 36, "a_bits": 16, "b_bits": 4,
        "out_bits": 16, "a_bytes": 288, "b_bytes": 8 * 36 / 2, "b_constant": 1, "b_density": 1, "extra_weight_bytes": 8,
        "vector_ops": 288, "out_bytes": 576, "first": 1,
    }
    # the sum reads the first kernel's result (288 x 2 bytes) from the buffer
    assert row(layers, 1) == {
        "m": 36, "n": 8, "k": 4, "groups": 1, "steps": 1, "scalesim_m": 36, "macs": 36 * 8 * 4, "a_bits": 16, "b_bits": 4,
        "out_bits": 16, "a_bytes": 288, "b_bytes": 16, "b_constant": 1, "b_density": 1, "vector_ops": 288,
        "vector_read_bytes": 576, "out_bytes": 576,
    }
    assert layers.layer_vector_ops.tolist() == [0, 0, 288, 0, 288]
    assert layers.layer_macs.tolist() == [36 * 8 * 36, 0, 0, 36 * 8 * 4, 0]
    # lives in kernels: sum 1-1 (576), x 0-1 (288), relu 0-1 (576): the sum first, then the smaller of the two
    assert io(layers, 0) == [(0, OPERAND_A, 288, 864, 1), (1, OPERAND_OTHER, 576, 1440, 0)]
    assert io(layers, 1) == [
        (0, OPERAND_A, 288, 864, 0), (0, OPERAND_OTHER, 576, 1440, 0), (1, OPERAND_OTHER, 576, 576, 1)]
    assert layers.peak_bytes == 1440


def test_scalesim_rounds_the_output_size_up():
    """(8 - 3 + 2) / 2 = 3.5 a side: 16 positions for SCALE-Sim, 9 in truth."""
    b = NetworkBuilder("net")
    layers = table(b.build(b.conv(b.input("x", (2, 3, 8, 8)), 5, 3, stride=2, pads=0)))
    assert layers.column("m").tolist() == [2 * 9]
    assert layers.column("scalesim_m").tolist() == [2 * 16]


def test_depthwise_groups_and_strided_reads():
    """A 1x1 convolution of stride 2 touches a quarter of its input."""
    b = NetworkBuilder("net")
    net = b.build(b.conv(b.conv(b.input("x", (1, 6, 8, 8)), 6, 3, groups=6), 12, 1, stride=2, pads=0))
    layers = table(net)
    depthwise, pointwise = row(layers, 0), row(layers, 1)
    assert (depthwise["m"], depthwise["n"], depthwise["k"], depthwise["groups"]) == (64, 1, 9, 6)
    assert (pointwise["m"], pointwise["n"], pointwise["k"], pointwise["groups"]) == (16, 12, 6, 1)
    assert depthwise["a_bytes"] == 384
    assert pointwise["a_bytes"] == 96


def test_products_of_two_activations():
    """Attention scores: B is an activation; softmax is a kernel of its own that streams its rows three times."""
    b = NetworkBuilder("net")
    q, k = b.input("q", (2, 3, 5, 16)), b.input("k", (2, 3, 7, 16))
    layers = table(b.build(b.softmax(b.matmul(q, k, transpose_b=True))))
    scores = row(layers, 0)
    assert (scores["m"], scores["n"], scores["k"], scores["groups"]) == (5, 7, 16, 6)
    assert "b_constant" not in scores
    assert (scores["a_bytes"], scores["b_bytes"]) == (480, 672)
    assert {(e[0], e[1], e[2]) for e in io(layers, 0)} == {(0, OPERAND_A, 480), (0, OPERAND_B, 672), (1, OPERAND_OTHER, 210)}
    softmax = row(layers, 1)
    assert softmax["vector_read_bytes"] == 3 * 210
    assert (softmax["vector_ops"], softmax["special_ops"]) == (4 * 210, 210 + 30)


def test_a_constant_left_operand_is_costed_as_the_transposed_product():
    b = NetworkBuilder("net")
    layers = table(b.build(b.matmul(b.weight("w", (30, 20)), b.input("x", (20, 4)))), weight_bits=4)
    assert row(layers, 0) == {
        "m": 4, "n": 30, "k": 20, "groups": 1, "steps": 1, "scalesim_m": 4, "macs": 2400, "a_bits": 8, "b_bits": 4,
        "out_bits": 8, "a_bytes": 80, "b_bytes": 300, "b_constant": 1, "b_density": 1, "out_bytes": 120, "first": 1,
    }
    assert io(layers, 0)[0][:3] == (0, OPERAND_A, 80)


def test_a_view_of_a_constant_is_a_constant():
    b = NetworkBuilder("net")
    x = b.input("x", (4, 64))
    layers = table(b.build(b.matmul(x, b.reshape(b.weight("w", (64, 4, 8)), (64, 32)))), weight_bits=2)
    product = row(layers, 1)
    assert (product["b_constant"], product["b_bits"], product["b_bytes"]) == (1, 2, 512)
    assert io(layers, 0) == []  # the view does nothing
    assert layers.column("first").tolist() == [0, 1]


def test_a_view_of_the_input_is_read_where_it_is_used():
    b = NetworkBuilder("net")
    layers = table(b.build(b.relu(b.reshape(b.input("x", (1, 8, 4)), (1, 32)))))
    assert row(layers, layers.kernel_of[1])["vector_read_bytes"] == 32
    assert [e[:3] for e in io(layers, layers.kernel_of[1])] == [(0, OPERAND_OTHER, 32), (1, OPERAND_OTHER, 32)]


def test_fixed_widths_stand_others_follow_the_machine():
    b = NetworkBuilder("net", activation_bits=16, weight_bits=4)
    net = b.build(b.linear(b.input("x", (2, 10)), 6, bias=False))
    product = row(table(net), 0)
    assert (product["a_bits"], product["b_bits"], product["out_bits"]) == (16, 4, 16)
    assert (product["a_bytes"], product["b_bytes"], product["out_bytes"]) == (40, 30, 24)


def test_embedding_reads_only_the_rows_it_needs():
    b = NetworkBuilder("net")
    layers = table(b.build(b.embedding(b.input("ids", (1, 12)), 1000, 64)))
    assert row(layers, 0)["extra_weight_bytes"] == 12 * 64


def test_an_input_with_two_readers_must_come_once():
    b = NetworkBuilder("net")
    x = b.input("x", (1, 16))
    layers = table(b.build(b.concat([b.linear(x, 8, name="one"), b.linear(x, 8, name="two")])))
    forced = [entry for kernel in (0, 1) for entry in io(layers, kernel) if not entry[0] and entry[4]]
    assert len(forced) == 1


@pytest.mark.parametrize("rule", ["epilogue", "none"])
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "swin_t", "unet", "efficientnet_b0", "tpu_lstm1", "tpu_mlp1"])
def test_totals_are_the_networks(name, rule):
    """MACs, constants read once, vector work but for folded normalisations; every crossing tensor written once."""
    net = load_workload(name)
    layers = table(net, fusion=rule)
    assert layers.column("macs").sum() == layers.layer_macs.sum() == net.macs
    constants = layers.column("b_bytes")[layers.column("b_constant") > 0].sum() + layers.column("extra_weight_bytes").sum()
    # a folded normalisation leaves its shift as a bias; its scale is in the filters
    gone = {layer.inputs[1] for layer, fold in zip(net.layers, folded(net, layers.kernel_of.tolist()), strict=True) if fold}
    assert constants == pytest.approx(sum(t.elements * (t.bits if t.quantised else 8) / 8
                                          for n, t in net.tensors.items() if t.role == "weight" and n not in gone), rel=1e-12)
    assert layers.column("vector_ops").sum() == layers.layer_vector_ops.sum()
    outputs = layers.io[:, IO["is_output"]] > 0
    written = np.bincount(layers.io[outputs, IO["kernel"]].astype(int), layers.io[outputs, IO["bytes"]], layers.kernel_count)
    assert (written == layers.column("out_bytes")).all()
    assert layers.column("first").sum() == 1
    assert layers.peak_bytes == layers.io[:, IO["keep_bytes"]].max()


@pytest.mark.parametrize("name", ["resnet50", "vit_b_16", "mobilenet_v2", "tpu_lstm1"])
def test_distinct_kernels_stand_for_all(name):
    layers = table(load_workload(name))
    distinct, inverse = layers.distinct()
    assert distinct.kernel_count < layers.kernel_count
    assert sorted(set(inverse.tolist())) == list(range(distinct.kernel_count))
    assert (distinct.kernels[inverse] == layers.kernels).all()
    for kernel, stand_in in enumerate(inverse):
        mine = layers.io[layers.io_start[kernel] : layers.io_start[kernel + 1]]
        theirs = distinct.io[distinct.io_start[stand_in] : distinct.io_start[stand_in + 1]]
        assert (mine[:, 1:] == theirs[:, 1:]).all()
        assert (theirs[:, 0] == stand_in).all()
    keys = {distinct.kernels[k].tobytes() + distinct.io[distinct.io_start[k] : distinct.io_start[k + 1], 1:].tobytes()
            for k in range(distinct.kernel_count)}
    assert len(keys) == distinct.kernel_count
    assert distinct.io.shape[1] == len(IO_COLUMNS)
    assert distinct.distinct()[0].kernel_count == distinct.kernel_count


def test_windows_of_products():
    """images, out_w, out_h, filter_w, filter_h, stride_w, stride_h, dilation_w, dilation_h, in_w, in_h."""
    b = NetworkBuilder("strided")
    assert window(b.build(b.conv(b.input("x", (2, 3, 11, 9)), 4, (5, 3), stride=(2, 1), pads=0))) == [
        2, 7, 4, 3, 5, 1, 2, 1, 1, 9, 11]
    b = NetworkBuilder("dense")
    assert window(b.build(b.linear(b.input("x", (7, 5)), 4))) == [1, 7, 1, 1, 1, 1, 1, 1, 1, 7, 1]
    line, cube = Conv((2,), ((1, 1),), (1,)), Conv((1, 1, 1), ((1, 1),) * 3, (1, 1, 1))
    one = line.work([Tensor("x", (2, 4, 9)), Tensor("w", (6, 4, 3))], []).gemm
    assert _window(one, 2) == {
        "images": 2, "out_w": 5, "filter_w": 3, "stride_w": 2, "dilation_w": 1, "in_w": 9, "out_h": 1, "filter_h": 1,
        "stride_h": 1, "dilation_h": 1, "in_h": 1}
    three = cube.work([Tensor("x", (2, 2, 4, 5, 6)), Tensor("w", (3, 2, 2, 3, 3))], []).gemm
    found = _window(three, 2)
    assert [found[name] for name in ("images", "out_w", "out_h", "filter_w", "filter_h")] == [2 * 5, 6, 5, 3, 3]


def test_zeros_of_activations_are_those_of_the_tensors():
    b = NetworkBuilder("sparse")
    x = b.input("x", (1, 3, 8, 8))
    net = b.build(b.relu(b.conv(b.relu(b.conv(x, 4, 3)), 4, 3)))
    middle = net.layers[2].inputs[0]
    tensors = {**net.tensors, middle: replace(net.tensors[middle], density=0.25)}
    layers = table(replace(net, tensors=tensors))
    assert layers.column("out_density").tolist() == [0.25, 1.0]
    assert layers.column("a_density").tolist() == [1.0, 0.25]
