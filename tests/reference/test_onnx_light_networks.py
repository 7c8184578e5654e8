"""The nine real networks inside the onnx package, against a second walk over the same graphs and published counts.

The graphs were converted from Caffe and Caffe2; pools that rounded up there round down here, so alexnet, googlenet and
zfnet come out a little below their papers, and exactly at what their ONNX shapes say.
"""

import math
from pathlib import Path

import onnx
import pytest
from onnx import numpy_helper, shape_inference

from hwsim.workload.extract import extract, to_yaml
from hwsim.workload.load import load_workload
from hwsim.workload.onnx.read import read_onnx

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
NAMES = [
    "bvlc_alexnet",
    "densenet121",
    "inception_v1",
    "inception_v2",
    "resnet50",
    "shufflenet",
    "squeezenet",
    "vgg19",
    "zfnet512",
]

# parameters and MACs as published; torchvision 0.20 model documentation ("num_params", "GFLOPS" = 1e9 MACs)
TORCHVISION = {"vgg19": (143_667_240, 19.63), "resnet50": (25_557_032, 4.09), "squeezenet": (1_235_496, 0.35)}


def light(name: str) -> Path:
    return LIGHT / f"light_{name}.onnx"


def macs_by_node(path: Path) -> dict[str, int]:
    """Walk the graph anew: onnx's whole-graph shape inference, then output size times reduction for Conv and Gemm."""
    graph = shape_inference.infer_shapes(onnx.load(path), data_prop=True).graph
    shapes = {
        v.name: [d.dim_value for d in v.type.tensor_type.shape.dim]
        for v in (*graph.input, *graph.value_info, *graph.output)
    }
    stored = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    for node in graph.node:
        if node.op_type == "ConstantOfShape":
            shapes[node.output[0]] = stored[node.input[0]].tolist()
    macs = {}
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Conv":
            macs[node.output[0]] = math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[1]][1:])
        elif node.op_type == "Gemm":
            (m, k) = shapes[node.input[0]][:: -1 if attributes.get("transA") else 1]
            macs[node.output[0]] = m * k * shapes[node.input[1]][0 if attributes.get("transB") else 1]
    return macs


@pytest.mark.parametrize("name", NAMES)
def test_macs_of_every_layer(name):
    network = read_onnx(light(name))
    ours = {
        layer.outputs[0]: work.gemm.macs for layer, work in zip(network.layers, network.works, strict=True) if work.gemm
    }
    assert ours == macs_by_node(light(name))


@pytest.mark.parametrize("name", NAMES)
def test_batch_scales_macs_and_leaves_weights(name):
    one, four = read_onnx(light(name)), read_onnx(light(name), batch=4)
    assert four.macs == 4 * one.macs
    assert four.parameters == one.parameters


@pytest.mark.parametrize("name", TORCHVISION)
def test_published_counts(name):
    parameters, giga_macs = TORCHVISION[name]
    network = read_onnx(light(name))
    assert network.parameters == parameters
    assert round(network.macs / 1e9, 2) == giga_macs


def test_densenet121_published_counts():
    """torchvision: 7 978 856 parameters, 2.83 GMAC; Caffe's scale layers add a second scale and shift a channel.

    Normalised channels: stem 64; in a dense block of n layers from c channels the sum over i < n of c + 32 i, plus
    128 n for the bottlenecks; the transition (or the head) after it c + 32 n.
    """
    channels, width = 64, 64
    for layers in (6, 12, 24, 16):
        channels += sum(width + 32 * i for i in range(layers)) + 128 * layers
        width += 32 * layers
        channels += width
        width //= 2
    network = read_onnx(light("densenet121"))
    assert network.parameters == 7_978_856 + 2 * channels
    assert round(network.macs / 1e9, 2) == 2.83


def test_alexnet_by_hand():
    """Krizhevsky et al., NIPS 2012, grouped, at 224 x 224 without padding: outputs 54, 26, 12, 12, 12 wide."""
    conv = [
        54**2 * 96 * 11**2 * 3,
        26**2 * 256 * 25 * 48,
        12**2 * 384 * 9 * 256,
        12**2 * 384 * 9 * 192,
        12**2 * 256 * 9 * 192,
    ]
    full = [9216 * 4096, 4096 * 4096, 4096 * 1000]
    network = read_onnx(light("bvlc_alexnet"))
    assert [work.gemm.macs for work in network.works if work.gemm] == conv + full
    assert network.parameters == 60_965_224  # 60 954 656 weights and 10 568 biases


def test_googlenet_blocks():
    """Szegedy et al., CVPR 2015, table 1: MACs of inception 3a and 4e at 28 and 14 wide; here 27 and 13 wide."""
    network = read_onnx(light("inception_v1"))
    macs = [work.gemm.macs for work in network.works if work.gemm]
    assert round(sum(macs[3:9]) * (28 / 27) ** 2 / 1e6) == 128
    assert round(sum(macs[39:45]) * (14 / 13) ** 2 / 1e6) == 170


@pytest.mark.parametrize("name", NAMES)
def test_extract_reads_back(name, tmp_path):
    network = read_onnx(light(name))
    extract(network, tmp_path / "x.yaml")
    again = load_workload(tmp_path / "x.yaml")
    assert again.content_hash == network.content_hash
    assert dict(again.provenance) == dict(network.provenance)
    assert to_yaml(again) == (tmp_path / "x.yaml").read_text(encoding="utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["x.yaml"]
