"""The onnx package's own test models, some an operator: what is read has the shapes that the reference outputs have.

Every case is read with all inputs from outside, and again with all but the first stored in the model, as in a network.
"""

import collections

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from hwsim.errors import ConfigError, UnsupportedError
from hwsim.workload.onnx.nodes import LOWERINGS
from hwsim.workload.onnx.read import read_model


@pytest.fixture(scope="module")
def cases():
    from onnx.backend.test.case.node import collect_testcases

    with np.errstate(all="ignore"):
        found = collect_testcases(None)
    return [
        case
        for case in found
        if case.model is not None and not case.name.endswith("_expanded") and "castlike" not in case.name
    ]


def stored(case):
    """The model with all inputs but the first as initializers."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    given, _ = case.data_sets[0]
    for item, values in list(zip(model.graph.input, given, strict=True))[1:]:
        model.graph.initializer.append(
            values if isinstance(values, onnx.TensorProto) else numpy_helper.from_array(np.asarray(values), item.name)
        )
        model.graph.initializer[-1].name = item.name
        model.graph.input.remove(item)
    return model


def shapes(case):
    outputs = case.data_sets[0][1]
    return {
        o.name: tuple(v.dims) if isinstance(v, onnx.TensorProto) else np.asarray(v).shape
        for o, v in zip(case.model.graph.output, outputs, strict=True)
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("variant", ["given", "stored"])
def test_shapes_are_those_of_the_reference_outputs(cases, variant):
    outcomes = collections.Counter()
    read = set()
    for case in cases:
        if variant == "stored" and not all(
            isinstance(v, (np.ndarray, np.generic, onnx.TensorProto)) for v in case.data_sets[0][0]
        ):
            continue
        model = stored(case) if variant == "stored" else case.model
        try:
            network = read_model(model, case.name, name=case.name, source={})
        except UnsupportedError:
            outcomes["refused"] += 1
            continue
        except ConfigError as error:
            text = str(error)
            assert any(
                reason in text
                for reason in (
                    "symbolic",
                    "no inputs",
                    "known rank",
                    "element type 8",
                    "is empty",
                    "at least one layer",
                )
            ), text
            outcomes["not a network"] += 1
            continue
        outcomes["read"] += 1
        read.update(n.op_type for n in case.model.graph.node)
        expected = shapes(case)
        ours = {network.tensors[name].shape for name in network.outputs}
        assert ours <= set(expected.values()), (case.name, ours, expected)
    assert outcomes["read"] > 700
    if variant == "stored":  # every LayerNormalization case asks for the mean as well, which is not modelled
        tested = {n.op_type for case in cases for n in case.model.graph.node}
        assert {name for name in LOWERINGS if name in tested} - read == {"LayerNormalization"}
