"""ResNet-50 from its builder and from the ONNX file inside the onnx package.

The ONNX graph has the stride of a stage in the 3x3 convolution (v1.5), as the builder's ``resnet50``; the original of
He et al. (``resnet50_v1``) has it in the first 1x1 convolution. Beside that, the graph flattens and ends in a softmax.
"""

from collections import Counter
from pathlib import Path

import onnx
import pandas as pd
import pytest

import hwsim

ONNX = Path(onnx.__file__).parent / "backend/test/data/light/light_resnet50.onnx"
ORIGINAL_STRIDED = ("stage2.block0.conv1", "stage3.block0.conv1", "stage4.block0.conv1")


@pytest.fixture(scope="module")
def networks() -> dict[str, hwsim.Network]:
    return {"onnx": hwsim.load_workload(ONNX), **{n: hwsim.load_workload(n) for n in ("resnet50_v1", "resnet50")}}


@pytest.fixture(scope="module")
def products(networks) -> dict[str, pd.DataFrame]:
    """Convolutions and the classifier on tpu_v1, in execution order."""
    frames = {name: hwsim.simulate("tpu_v1", network).layers for name, network in networks.items()}
    return {name: frame[frame["macs"] > 0].reset_index(drop=True) for name, frame in frames.items()}


def test_macs_and_parameters(networks):
    assert networks["onnx"].macs == networks["resnet50"].macs
    # v1 runs three 1x1 convolutions at a quarter of the positions: 56^2 x 256 x 128 MACs each in v1.5, for every stage
    # halves the sides and doubles both channel counts
    assert networks["onnx"].macs - networks["resnet50_v1"].macs == 3 * (56**2 * 256 * 128) * 3 // 4
    assert len({network.parameters for network in networks.values()}) == 1


def test_layers_beside_the_shared_ones(networks):
    kinds = {name: Counter(layer.op.kind for layer in network.layers) for name, network in networks.items()}
    assert kinds["resnet50_v1"] == kinds["resnet50"]
    assert kinds["onnx"] - kinds["resnet50_v1"] == Counter(pool=1, reshape=1, softmax=1)  # average pool, flatten, softmax
    assert kinds["resnet50_v1"] - kinds["onnx"] == Counter(reduce=1)  # the average pool as a mean over positions


def test_every_convolution_and_the_classifier_take_the_same_cycles(products):
    ours, theirs = products["resnet50"], products["onnx"]
    assert len(ours) == len(theirs) == 54
    for column in ("macs", "cycles", "array_active_cycles", "stall_cycles", "filter_offchip_bytes"):
        assert ours[column].tolist() == theirs[column].tolist(), column


def test_the_original_shares_all_but_the_strided_convolutions(products):
    ours, theirs = products["resnet50_v1"], products["onnx"]
    differ = ours["name"][ours["cycles"] != theirs["cycles"]]
    assert set(differ) <= set(ORIGINAL_STRIDED)
    assert set(ours["name"][ours["macs"] != theirs["macs"]]) == set(ORIGINAL_STRIDED)


def test_kernels(networks):
    """53 convolutions and the classifier, each with what is fused to it, two pools; and the softmax of the ONNX graph."""
    kernels = {name: hwsim.simulate("tpu_v1", network).layers["kernel"].nunique() for name, network in networks.items()}
    assert kernels == {"onnx": 57, "resnet50_v1": 56, "resnet50": 56}
