"""Every network family, every file in workloads/ and every operator passes the same checks."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hwsim.workload.families import FAMILIES, build
from hwsim.workload.families.parameters import hints_of
from hwsim.workload.network import Network
from hwsim.workload.ops import OPERATORS
from hwsim.workload.tensor import Tensor

FILES = sorted((Path(__file__).parents[2] / "workloads").glob("*.yaml"))


def check(network: Network, doubled: Network) -> None:
    """``doubled`` is ``network`` with twice the batch."""
    assert network.macs > 0 and network.parameters > 0 and network.outputs
    assert doubled.macs == 2 * network.macs
    assert doubled.parameters == network.parameters
    assert [layer.name for layer in doubled.layers] == [layer.name for layer in network.layers]
    for name in network.outputs:
        assert network.tensors[name].shape[0] * 2 == doubled.tensors[name].shape[0]
    consumed = {n for layer in network.layers for n in layer.inputs}
    dead = [n for layer in network.layers for n in layer.outputs if n not in consumed and n not in network.outputs]
    assert not dead, "results that nobody reads"
    assert not [t.name for t in network.tensors.values() if t.role != "activation" and t.name not in consumed]


@pytest.mark.parametrize("family", FAMILIES)
def test_family_builds_with_its_defaults(family: str) -> None:
    check(build(family, {}, name=family), build(family, {}, name=family, batch=2))


@pytest.mark.parametrize("family", FAMILIES)
def test_family_is_documented_and_every_parameter_has_a_default(family: str) -> None:
    assert FAMILIES[family].__doc__
    assert all(has_default for _, has_default in hints_of(FAMILIES[family]).values())


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_workload_file_builds(path: Path) -> None:
    file = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    keys = {"name", "builder", "params", "source", "published", "batch", "activation_bits", "weight_bits"}
    assert not set(file) - keys and file["name"] == path.stem
    check(build(file["builder"], file["params"], name=file["name"]),
          build(file["builder"], file["params"], name=file["name"], batch=2))


@pytest.mark.parametrize("family", FAMILIES)
def test_family_takes_bit_widths(family: str) -> None:
    network = build(family, {}, name=family, activation_bits=8, weight_bits=4)
    bits = {(t.role, t.bits, t.quantised) for t in network.tensors.values() if t.role != "input"}
    assert bits == {("activation", 8, True), ("weight", 4, True)}
    assert network.macs == build(family, {}, name=family).macs


@pytest.mark.parametrize("kind", OPERATORS)
def test_operator_examples(kind: str) -> None:
    examples = OPERATORS[kind].examples()
    assert examples
    for op, shapes in examples:
        inputs = [Tensor(f"i{i}", shape) for i, shape in enumerate(shapes)]
        outputs = [Tensor(f"o{i}", shape) for i, shape in enumerate(op.infer(inputs))]
        assert op.kind == kind and outputs
        work = op.work(inputs, outputs)
        assert min(work.vector_ops, work.special_ops) >= 0 and work.passes >= 1
        if work.reads is not None:
            assert len(work.reads) == len(inputs)
            assert all(read >= 0 for read in work.reads)
        if work.view:
            assert outputs[0].elements == inputs[0].elements
        if work.gemm is not None:
            g = work.gemm
            assert min(g.m, g.n, g.k, g.groups, g.steps) >= 1
            assert g.macs == g.m * g.n * g.k * g.groups * g.steps
            assert g.a < len(inputs) and g.b < len(inputs)
