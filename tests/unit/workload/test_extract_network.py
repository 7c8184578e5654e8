"""Writing a network and reading it back."""

import os
import threading

import numpy as np
import pytest

from hwsim.errors import ConfigError
from hwsim.workload.extract import extract, to_yaml
from hwsim.workload.network import Layer, Network
from hwsim.workload.ops import OPERATORS, Move, Pointwise
from hwsim.workload.tensor import AccessStream, Tensor
from hwsim.workload.yaml_network import read_network


def network_of(op, shapes):
    """One layer whose further inputs are weights."""
    inputs = [Tensor(f"in{i}", shape, role="weight" if i else "input") for i, shape in enumerate(shapes)]
    outputs = [Tensor(f"out{i}", shape) for i, shape in enumerate(op.infer(inputs))]
    layer = Layer("the layer", op, tuple(t.name for t in inputs), tuple(t.name for t in outputs))
    return Network("one", (layer,), {t.name: t for t in (*inputs, *outputs)}, tuple(t.name for t in outputs))


@pytest.mark.parametrize("kind", list(OPERATORS))
def test_every_operator_reads_back(kind, tmp_path):
    for op, shapes in OPERATORS[kind].examples():
        network = network_of(op, shapes)
        extract(network, tmp_path / "n.yaml")
        again = read_network(tmp_path / "n.yaml")
        assert again.content_hash == network.content_hash
        assert again.layers == network.layers


def test_awkward_names_widths_and_streams(tmp_path):
    names = ["a: b", "yes", "12", 'quo"te\\', "tab\tend", "Ünï/😀", "\x7f\u2028"]
    stream = AccessStream(np.array([3, 0, 3], dtype=np.int64), 16)
    tensors = {"x": Tensor("x", (4,), 7, True, "input", 0.25, stream)}
    layers = []
    for before, name in zip(["x", *names], names, strict=False):
        tensors[name] = Tensor(name, (4,), 5, True, density=1e-05)
        layers.append(Layer(f"layer {name}", Pointwise("tanh"), (before,), (name,)))
    network = Network("null", tuple(layers), tensors, (names[-1],), {"note:": "#no"}, ("- x",))
    extract(network, tmp_path / "n.yaml")
    again = read_network(tmp_path / "n.yaml")
    assert (again.name, dict(again.provenance), again.notes) == ("null", {"note:": "#no"}, ("- x",))
    assert again.content_hash == network.content_hash
    assert to_yaml(again) == to_yaml(network)


def test_nothing_is_left_behind_when_it_cannot_be_written(tmp_path, monkeypatch):
    network = network_of(Move("copy", ((2,),)), [(2,)])
    path = tmp_path / "n.yaml"
    path.write_text("old")
    monkeypatch.setattr("hwsim.workload.extract.to_yaml", lambda network: "broken: [")
    with pytest.raises(ConfigError, match=r"n\.yaml:1: not valid YAML"):
        extract(network, path)
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.undo()
    with pytest.raises(ConfigError, match="cannot write"):
        extract(network, tmp_path / "nowhere" / "n.yaml")


def test_links_keep_pointing_and_pipes_are_written_to(tmp_path):
    network = network_of(Move("copy", ((2,),)), [(2,)])
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    extract(network, tmp_path / "link.yaml")
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text() == to_yaml(network)
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    extract(network, pipe)
    reader.join(timeout=5)
    assert pipe.is_fifo()
    assert got == [to_yaml(network)]
