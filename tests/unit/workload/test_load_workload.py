"""One door for every kind of source: what each becomes, and how arguments combine with files."""

import builtins
from pathlib import Path

import pytest

from hwsim.errors import ConfigError
from hwsim.workload.load import load_workload

CONV_CSV = """Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
first, 10, 12, 3, 3, 4, 8, 1,

second, 9, 9, 2, 2, 8, 16, 2, 1:4,
"""
GEMM_CSV = "Layer,M,N,K,Sparsity,\ndense,5,6,7,\nsparse,5,6,8,2:4,\n"
LAYERS = """name: tiny
inputs: {x: [1, 3, 8, 8]}
tensors:
  w: [4, 3, 3, 3]
  fc: {shape: [64, 10], bits: 4, quantised: true, density: 0.5}
layers:
  - {name: conv, op: conv, inputs: [x, w], stride: [2, 2], pads: [[1, 1], [1, 1]]}
  - {name: flat, op: reshape, inputs: [conv.out], shape: [1, 64]}
  - {name: head, op: matmul, inputs: [flat.out, fc], outputs: [scores]}
"""


@pytest.fixture
def write(tmp_path):
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def gemms(network):
    return [(w.gemm.m, w.gemm.n, w.gemm.k) for w in network.works if w.gemm]


def test_scalesim_convolutions(write):
    """8 x 10 outputs of 3 x 3 x 4; then (9 - 2) // 2 + 1 = 4 a side of 2 x 2 x 8, one weight in four kept."""
    network = load_workload(write("t.csv", CONV_CSV))
    assert gemms(network) == [(80, 8, 36), (16, 16, 32)]
    assert [layer.name for layer in network.layers] == ["first", "second"]
    assert network.tensors["second.weight"].density == 0.25
    assert network.outputs == ("first.out", "second.out")
    assert network.inputs == ("first.in", "second.in")


def test_scalesim_convolutions_take_a_batch(write):
    assert gemms(load_workload(write("t.csv", CONV_CSV), batch=3)) == [(240, 8, 36), (48, 16, 32)]


def test_scalesim_products(write):
    network = load_workload(write("t.csv", GEMM_CSV), bits=8)
    assert gemms(network) == [(5, 6, 7), (5, 6, 8)]
    assert [network.tensors[f"{n}.weight"].density for n in ("dense", "sparse")] == [1.0, 0.5]
    assert all(t.bits == 8 and t.quantised for t in network.tensors.values())


def test_layers_one_by_one(write):
    network = load_workload(write("tiny.yaml", LAYERS))
    assert gemms(network) == [(16, 4, 27), (1, 10, 64)]
    assert network.name == "tiny"
    assert network.outputs == ("scores",)
    assert network.weight_bytes == 4 * 108 + 320


def test_given_widths_leave_the_files_own(write):
    network = load_workload(write("tiny.yaml", LAYERS), activation_bits=8, weight_bits=16)
    assert {n: t.bits for n, t in network.tensors.items()} == {
        "x": 8,
        "w": 16,
        "fc": 4,
        "conv.out": 8,
        "flat.out": 8,
        "scores": 8,
    }
    assert all(t.quantised for t in network.tensors.values())


def test_widths_of_the_file(write):
    network = load_workload(write("tiny.yaml", LAYERS + "bits: 8\nweight_bits: 2\n"))
    assert [network.tensors[n].bits for n in ("x", "w")] == [8, 2]


def test_a_mapping_is_like_a_file():
    network = load_workload(
        {
            "inputs": {"x": (2, 6)},
            "tensors": {"w": [6, 3]},
            "layers": [{"name": "fc", "op": "matmul", "inputs": ["x", "w"]}],
        }
    )
    assert gemms(network) == [(2, 3, 6)]


def test_a_builder_with_parameters(write):
    """VGG-16 has 13 convolutions and 3 full layers, VGG-19 has 16 and 3 (Simonyan & Zisserman, ICLR 2015)."""
    path = write(
        "net.yaml", "builder: vgg\nparams: {depth: 16}\nprovenance: {paper: ICLR 2015}\nnotes: [as published]\n"
    )
    assert len(gemms(load_workload(path))) == 16
    deeper = load_workload(path, params={"depth": 19}, batch=2, name="deep", bits=8)
    assert len(gemms(deeper)) == 19
    assert deeper.name == "deep"
    assert deeper.tensors[deeper.inputs[0]].shape[0] == 2
    assert deeper.provenance["paper"] == "ICLR 2015"
    assert deeper.notes[-1] == "as published"


def test_a_name_in_workloads():
    assert load_workload("resnet50").name == "resnet50"


def test_torch_module_without_torch(monkeypatch):
    """A class that calls itself torch's Module is enough to reach the exporter, which must ask for the extra."""
    module = type("Module", (), {"__module__": "torch.nn.modules.module", "training": False})
    monkeypatch.setattr("hwsim.workload.torch_export.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"needs torch and onnxscript; install hwsim\[torch\]"):
        load_workload(module(), None)


def test_loading_yaml_does_not_import_onnx(write, monkeypatch):
    real = builtins.__import__

    def guard(name, *rest, **more):
        assert name.split(".")[0] not in ("onnx", "torch")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", guard)
    load_workload(write("tiny.yaml", LAYERS))


SHARED = Path(__file__).parents[4] / "shared" / "reference" / "data" / "scalesim" / "topologies"


@pytest.mark.skipif(not SHARED.is_dir(), reason="reference data not beside the checkout")
def test_reference_topologies():
    """AlexNet as SCALE-Sim ships it: MACs summed in plain integers from the same rows."""
    for path in sorted(SHARED.glob("*.csv")):
        network = load_workload(path)
        rows = [
            [c.strip() for c in line.split(",") if c.strip()]
            for line in path.read_text().splitlines()[1:]
            if line.strip()
        ]
        total = 0
        for row in rows:
            numbers = [int(c) for c in row[1:] if ":" not in c]
            if len(numbers) == 3:
                total += numbers[0] * numbers[1] * numbers[2]
            else:
                h, w, r, s, c, filters, stride = numbers
                total += ((h - r) // stride + 1) * ((w - s) // stride + 1) * r * s * c * filters
        assert network.macs == total
        assert len(network.layers) == len(rows)
