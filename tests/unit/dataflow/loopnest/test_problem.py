"""Problems from kernels of networks."""

import pytest

import hwsim
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.errors import ConfigError
from hwsim.workload.table import LayerTable


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "bert_base", "tpu_lstm0"])
def test_problems_of_a_network_do_its_macs(name):
    network = hwsim.load_workload(name)
    layers = LayerTable.of(network, activation_bits=8, weight_bits=8)
    products = [k for k in range(layers.kernel_count) if layers.column("m")[k] > 0]
    problems = [Problem.of_kernel(str(k), layers.kernels[k]) for k in products]
    assert sum(p.macs for p in problems) == layers.column("macs").sum() == network.macs
    weights = [p.words()[0] for p, k in zip(problems, products, strict=True) if layers.column("b_constant")[k]]
    assert sum(weights) == sum(layers.column("b_bytes")[k] for k in products if layers.column("b_constant")[k])


def test_a_depthwise_convolution_has_its_channels_in_groups():
    b = hwsim.NetworkBuilder("depthwise")
    layers = LayerTable.of(b.build(b.conv(b.input("x", (2, 6, 8, 9)), 6, (5, 3), stride=(2, 1), groups=6, pads=0)),
                           activation_bits=8, weight_bits=8)
    problem = Problem.of_kernel("dw", layers.kernels[0])
    assert problem == Problem.of("dw", (1, 2), N=2, G=6, P=7, Q=2, R=3, S=5)
    assert problem.words() == (6 * 15, 2 * 6 * 9 * 7, 2 * 6 * 14)  # of 8 input rows the last is not read


def test_every_size_below_one_is_named():
    with pytest.raises(ConfigError) as error:
        Problem.of("bad", (0, 1), K=0, C=-3)
    assert [fault.path for fault in error.value.faults] == ["bad.K", "bad.C", "bad.stride_w"]
    with pytest.raises(ConfigError, match="unknown dim"):
        Problem.of("bad", X=3)
