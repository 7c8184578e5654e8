"""Kernels of small networks by hand, and of ResNet-50 by count."""

from collections import Counter

import pytest

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.fusion import folded, fuse
from hwsim.workload.load import load_workload


def build(write, outputs=None):
    """Return the network that ``write(builder, input)`` makes."""
    b = NetworkBuilder("net")
    made = write(b, b.input("x", (1, 8, 4, 4)))
    return b.build(made if outputs is None else outputs)


def kernels(net, rule="epilogue"):
    """Return layer names grouped by kernel."""
    groups: dict[int, list[str]] = {}
    for layer, kernel in zip(net.layers, fuse(net, rule), strict=True):
        groups.setdefault(kernel, []).append(layer.name)
    assert list(groups) == list(range(len(groups)))  # numbered in the order of their first layers
    return [" ".join(names) for names in groups.values()]


def conv_bn_relu(b, x):
    return b.relu(b.norm(b.conv(x, 8, 3), "batch", name="bn"))


def test_conv_bn_relu_is_one_kernel():
    net = build(conv_bn_relu)
    assert kernels(net) == ["conv bn relu"]
    assert folded(net, fuse(net)) == [False, True, False]


def test_without_fusion_every_layer_is_a_kernel_and_nothing_folds():
    net = build(conv_bn_relu)
    assert kernels(net, "none") == ["conv", "bn", "relu"]
    assert folded(net, fuse(net, "none")) == [False, False, False]


def test_identity_residual_joins_the_second_convolution():
    net = build(lambda b, x: b.relu(b.add(b.conv(b.relu(b.conv(x, 8, 3)), 8, 3), x)))
    assert kernels(net) == ["conv relu", "conv_2 add relu_2"]


def test_residual_with_downsample_joins_the_branch_that_ends_last():
    def write(b, x):
        main = b.norm(b.conv(x, 16, 3, name="main"), "batch", name="bn")
        side = b.norm(b.conv(x, 16, 1, name="side"), "batch", name="side_bn")
        return b.relu(b.add(main, side))

    assert kernels(build(write)) == ["main bn", "side side_bn add relu"]


def test_a_tensor_with_two_readers_stays_visible():
    def write(b, x):
        y = b.conv(x, 8, 3)
        return b.concat([b.relu(y), b.conv(y, 8, 1, name="other")])

    assert kernels(build(write)) == ["conv", "relu", "other", "concat"]


def test_a_network_output_stays_visible():
    def write(b, x):
        y = b.conv(x, 8, 3)
        return [y, b.relu(y)]

    assert kernels(build(write)) == ["conv", "relu"]


def test_an_operand_that_does_not_exist_yet_prevents_fusion_with_the_earlier_product():
    """The sum joins the later product: when the earlier one runs, the later operand is not there."""
    net = build(lambda b, x: b.add(b.conv(x, 8, 3, name="early"), b.conv(b.conv(x, 8, 3, name="a"), 8, 3, name="late")))
    assert kernels(net) == ["early", "a", "late add"]


def test_a_square_is_not_an_epilogue():
    """Both operands come from the kernel itself, which hands over one result at a time."""
    def write(b, x):
        y = b.relu(b.conv(x, 8, 3))
        return b.pointwise("mul", y, y)

    assert kernels(build(write)) == ["conv relu", "mul"]


def test_products_rows_and_movement_start_kernels():
    def write(b, x):
        y = b.relu(b.pool(b.conv(x, 8, 3), 2))
        return b.softmax(b.transpose(b.reshape(y, (8, 4)), (1, 0)))

    assert kernels(build(write)) == ["conv", "pool relu reshape", "transpose", "softmax"]


def test_layer_normalisation_is_not_an_epilogue():
    b = NetworkBuilder("net")
    net = b.build(b.norm(b.linear(b.input("x", (4, 16)), 16), "layer", name="ln"))
    assert kernels(net) == ["linear", "ln"]


def test_an_element_wise_layer_passes_through_a_view():
    net = build(lambda b, x: b.relu(b.reshape(b.conv(x, 8, 3), (1, 128))))
    assert kernels(net) == ["conv reshape relu"]


def test_a_view_of_a_shared_tensor_adds_nothing_and_hides_nothing():
    def write(b, x):
        y = b.conv(x, 8, 3)
        return b.concat([b.relu(b.reshape(y, (1, 128))), b.reshape(b.conv(y, 8, 1, name="other"), (1, 128))])

    assert kernels(build(write)) == ["conv reshape", "relu", "other reshape_2", "concat"]


def test_batch_normalisation_after_an_activation_does_not_fold():
    net = build(lambda b, x: b.norm(b.relu(b.conv(x, 8, 3)), "batch", name="bn"))
    assert kernels(net) == ["conv relu bn"]
    assert folded(net, fuse(net)) == [False, False, False]


def test_batch_normalisation_after_pooling_does_not_fold():
    net = build(lambda b, x: b.norm(b.pool(x, 2), "batch", name="bn"))
    assert kernels(net) == ["pool bn"]
    assert folded(net, fuse(net)) == [False, False]


def test_resnet50_kernels():
    """53 convolutions (1 + 16 blocks x 3 + 4 downsamples), a pooling, a global average, a product; all else is fused."""
    net = load_workload("resnet50")
    first = {}
    for layer, kernel in zip(net.layers, fuse(net), strict=True):
        first.setdefault(kernel, layer.op.kind)
    assert Counter(first.values()) == {"conv": 53, "pool": 1, "reduce": 1, "matmul": 1}
    assert sum(folded(net, fuse(net))) == 53


@pytest.mark.parametrize("rule", ["epilogue", "none"])
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "swin_t", "efficientnet_b0", "tpu_lstm1", "unet"])
def test_kernels_can_run_in_order(name, rule):
    """Run as units in the order of their numbers, kernels find every input made by an earlier one or by themselves."""
    net = load_workload(name)
    kernel_of = fuse(net, rule)
    assert sorted(set(kernel_of)) == list(range(max(kernel_of) + 1))
    made = {t: kernel_of[i] for i, layer in enumerate(net.layers) for t in layer.outputs}
    for i, layer in enumerate(net.layers):
        for t in layer.inputs:
            assert made.get(t, -1) <= kernel_of[i]
    for kernel in set(kernel_of):  # what a kernel hands from layer to layer has no other reader
        members = [i for i, k in enumerate(kernel_of) if k == kernel]
        assert sum(net.works[i].gemm is not None for i in members) <= 1
        for j in members[1:]:
            if not net.works[j].view:
                inner = [t for t in net.layers[j].inputs if made.get(t) == kernel]
                assert len(inner) == 1
                assert net.consumers[inner[0]] == (j,)
                assert inner[0] not in net.outputs


def test_a_gate_spread_over_a_map_is_not_an_epilogue_of_the_gate():
    """Squeeze-excite: the product of the gate (1 x 1) and the map stays a kernel of its own; the sigmoid is fused."""
    b = NetworkBuilder("net")
    x = b.conv(b.input("x", (1, 8, 6, 6)), 8, 1)
    gate = b.pointwise("sigmoid", b.conv(b.global_average(x, keepdims=True), 8, 1, name="gate"))
    net = b.build(b.pointwise("mul", x, gate))
    assert fuse(net) == [0, 1, 2, 2, 3]


def test_a_normalisation_after_two_activations_does_not_fold():
    b = NetworkBuilder("net")
    a, c = b.input("a", (1, 4, 8)), b.input("c", (1, 8, 6))
    net = b.build(b.norm(b.matmul(a, c), "batch"))
    assert folded(net, fuse(net)) == [False, False]
