"""Broken workloads and the fragments their messages must hold, a line each in NAME.expected; ONNX is made here."""

import itertools
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from hwsim.errors import ConfigError
from hwsim.workload.load import load_workload

CASES = Path(__file__).parent / "workload"
FLOAT = TensorProto.FLOAT


def value(name, *shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name, values):
    return numpy_helper.from_array(np.asarray(values), name)


def save(path, nodes, inputs, *, constants=(), outputs=("y",), opset=17, functions=(), **domains):
    graph = helper.make_graph(nodes, "g", inputs, [onnx.ValueInfoProto(name=o) for o in outputs], list(constants))
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, v) for d, v in domains.items())]
    onnx.save(helper.make_model(graph, opset_imports=imports, functions=list(functions)), path)
    return path


@pytest.mark.parametrize("file", sorted(p for p in CASES.iterdir() if p.suffix != ".expected"), ids=lambda p: p.name)
def test_broken_file(file):
    expected = file.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    with pytest.raises(ConfigError) as caught:
        load_workload(file)
    for fragment in expected:
        assert fragment in str(caught.value)


def test_every_expectation_has_its_file():
    assert all(any(p.stem == e.stem and p != e for p in CASES.iterdir()) for e in CASES.glob("*.expected"))


def test_truncated_model(tmp_path):
    whole = save(
        tmp_path / "m.onnx",
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        [value("x", 2, 4)],
        constants=[constant("w", np.zeros((4, 4), np.float32))],
    )
    data = whole.read_bytes()
    for length in (1, len(data) // 2, len(data) - 1):
        whole.write_bytes(data[:length])
        with pytest.raises(ConfigError, match=r"m\.onnx"):
            load_workload(whole)


NODE, RELU = helper.make_node, helper.make_node("Relu", ["x"], ["y"], name="relu")
MODELS = {
    "unsupported operators are listed with their nodes": (
        {
            "nodes": [NODE("Det", ["x"], ["a"], name="d"), NODE("Sprocket", ["x"], ["y"], name="s", domain="acme")],
            "inputs": [value("x", 4, 4)],
            "outputs": ("a", "y"),
            "acme": 1,
        },
        {},
        ["2 faults", "node 'd': operator Det is not modelled", "node 's': operator acme:Sprocket is not modelled"],
    ),
    "symbolic sizes": (
        {"nodes": [RELU], "inputs": [value("x", "N", "seq", None, 4)]},
        {},
        [
            "3 faults",
            "N: symbolic dimension without a size (axis x[0]); give --batch SIZE or --param N=SIZE, "
            "or batch=SIZE or params={'N': SIZE} from Python",
            "seq: symbolic dimension without a size (axis x[1]); give --param seq=SIZE, or params={'seq': SIZE} from Python",
            "x.2: symbolic dimension",
        ],
    ),
    "unknown and impossible parameters": (
        {"nodes": [RELU], "inputs": [value("x", "N", "seq")]},
        {"params": {"N": -1, "sek": 4}},
        [
            "params.N: a size is a whole number >= 0 (got -1)",
            "params.sek: no symbolic dimension of this name",
            "did you mean 'seq'?",
        ],
    ),
    "batch given twice": (
        {"nodes": [RELU], "inputs": [value("x", "N", 4)]},
        {"batch": 2, "params": {"N": 3}},
        ["batch=2 and params give different sizes (got 3)"],
    ),
    "cycle": (
        {
            "nodes": [
                NODE("Add", ["x", "b"], ["a"], name="first"),
                NODE("Relu", ["a"], ["b"], name="second"),
                NODE("Relu", ["b"], ["y"]),
            ],
            "inputs": [value("x", 4)],
        },
        {},
        ["node 'first': reads tensor 'b' before node 'second' makes it (the graph has a cycle or is not in order)"],
    ),
    "dangling tensor": (
        {"nodes": [NODE("Add", ["x", "ghost"], ["y"], name="sum")], "inputs": [value("x", 4)]},
        {},
        ["node 'sum': reads tensor 'ghost' which nothing makes"],
    ),
    "tensor written twice": (
        {
            "nodes": [NODE("Relu", ["x"], ["y"], name="one"), NODE("Tanh", ["x"], ["y"], name="two")],
            "inputs": [value("x", 4)],
        },
        {},
        ["node 'two': tensor 'y' is written by two nodes"],
    ),
    "shapes that do not fit": (
        {
            "nodes": [NODE("MatMul", ["x", "w"], ["y"], name="fc")],
            "inputs": [value("x", 2, 5)],
            "constants": [constant("w", np.zeros((4, 3), np.float32))],
        },
        {},
        ["node 'fc': ", "ShapeInferenceError"],
    ),
    "huge tensor": (
        {
            "nodes": [NODE("Expand", ["x", "s"], ["y"], name="blow")],
            "inputs": [value("x", 1)],
            "constants": [constant("s", np.int64([2**30, 2**30]))],
        },
        {},
        ["node 'blow': output 'y' (1073741824, 1073741824) has more than 2^48 elements"],
    ),
    "huge input": ({"nodes": [RELU], "inputs": [value("x", 2**40, 2**20)]}, {}, ["input 'x'", "at most 2^48 elements"]),
    "text input": (
        {"nodes": [RELU], "inputs": [value("x", 4, kind=TensorProto.STRING)]},
        {},
        ["input 'x' of element type 8", "numeric types"],
    ),
    "opset from the future": (
        {"nodes": [RELU], "inputs": [value("x", 4)], "opset": 999},
        {},
        ["opset newer than the installed onnx package knows (got 999)"],
    ),
    "output that nothing makes": (
        {"nodes": [RELU], "inputs": [value("x", 4)], "outputs": ("y", "z")},
        {},
        ["output 'z' is never produced"],
    ),
    "no inputs": (
        {"nodes": [NODE("Relu", ["w"], ["y"])], "inputs": [], "constants": [constant("w", np.zeros(4, np.float32))]},
        {},
        ["the graph has no inputs"],
    ),
    "zero stride": (
        {
            "nodes": [NODE("Conv", ["x", "w"], ["y"], name="c", strides=[0, 1])],
            "inputs": [value("x", 1, 1, 4, 4)],
            "constants": [constant("w", np.zeros((1, 1, 1, 1), np.float32))],
        },
        {},
        ["node 'c': "],
    ),
    "function that calls itself": (
        {
            "nodes": [NODE("F", ["x"], ["y"], domain="mine")],
            "inputs": [value("x", 4)],
            "mine": 1,
            "functions": [
                helper.make_function(
                    "mine",
                    "F",
                    ["a"],
                    ["b"],
                    [NODE("F", ["a"], ["b"], domain="mine")],
                    [helper.make_opsetid("mine", 1)],
                )
            ],
        },
        {},
        ["m.onnx"],
    ),
}


@pytest.mark.parametrize("case", MODELS)
def test_broken_model(case, tmp_path):
    model, arguments, expected = MODELS[case]
    path = save(tmp_path / "m.onnx", **model)
    with pytest.raises(ConfigError) as caught:
        load_workload(path, **arguments)
    for fragment in expected:
        assert fragment in str(caught.value)


def test_an_opset_that_cannot_be_converted(tmp_path):
    """Pad of opset 1 has no converter."""
    node = helper.make_node("Pad", ["x"], ["y"], paddings=[0, 0, 1, 1, 0, 0, 1, 1])
    path = save(tmp_path / "m.onnx", [node], [value("x", 1, 1, 4, 4)], opset=1)
    with pytest.raises(ConfigError, match=r"opset too old.* for Pad \(got 1\); allowed: 7 or newer"):
        load_workload(path)


ARGUMENTS = [
    (("resnet5O",), {}, "unknown workload (got 'resnet5O')", "did you mean 'resnet50'?"),
    (("nowhere/resnet50.yaml",), {}, "nowhere/resnet50.yaml: no such file", ""),
    (("nowhere/model.onnx",), {}, "nowhere/model.onnx: no such file", ""),
    (("nowhere/topology.csv",), {}, "nowhere/topology.csv: no such file", ""),
    ((3.5,), {}, "not a workload (got float)", "a torch module"),
    (
        ("resnet50",),
        {"bits": 0, "weight_bits": 65, "batch": -1, "on_unsupported": "ignore"},
        "4 faults",
        "on_unsupported: unknown choice",
    ),
    (("resnet50",), {"params": {"depth": 51}}, "depth", ""),
    (({"builder": 5},), {}, "builder: wrong type (got 5); allowed: text", ""),
    (
        (CASES.parent / "workload" / "twice.csv",),
        {"params": {"a": 1}},
        "params.a: ",
        "a SCALE-Sim topology has no parameters",
    ),
]


@pytest.mark.parametrize(("arguments", "options", "one", "two"), ARGUMENTS)
def test_bad_arguments(arguments, options, one, two):
    with pytest.raises(ConfigError) as caught:
        load_workload(*arguments, **options)
    assert one in str(caught.value)
    assert two in str(caught.value)


def test_damaged_models_never_crash(tmp_path):
    """Bytes flipped all over a real model: a network or a ConfigError, nothing else."""
    source = Path(onnx.__file__).parent / "backend/test/data/light/light_squeezenet.onnx"
    data = source.read_bytes()
    path = tmp_path / "m.onnx"
    outcomes = set()
    for seed, _ in enumerate(itertools.repeat(None, 60)):
        rng = np.random.default_rng(seed)
        damaged = bytearray(data)
        for at in rng.integers(0, len(data), 3):
            damaged[at] = rng.integers(0, 256)
        path.write_bytes(bytes(damaged))
        try:
            load_workload(path, batch=2)
            outcomes.add("read")
        except ConfigError:
            outcomes.add("refused")
    assert "refused" in outcomes
