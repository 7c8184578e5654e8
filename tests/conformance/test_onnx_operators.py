"""Every registered ONNX lowering names an operator that exists, and the common ones are there."""

import pytest
from onnx import defs

from hwsim.workload.onnx.nodes import LOWERINGS
from hwsim.workload.ops import POINTWISE

STANDARD = {schema.name for schema in defs.get_all_schemas_with_history() if schema.domain == ""}
# operators of the standard domain that hwsim refuses by name, and why
REFUSED = {
    "control flow, sequences, optionals": {
        "If",
        "Loop",
        "Scan",
        "ConcatFromSequence",
        "SequenceAt",
        "SequenceConstruct",
        "SequenceEmpty",
        "SequenceErase",
        "SequenceInsert",
        "SequenceLength",
        "SequenceMap",
        "SplitToSequence",
        "Optional",
        "OptionalGetElement",
        "OptionalHasElement",
    },
    "results whose size depends on data": {"Compress", "NonMaxSuppression", "NonZero", "Unique", "ImageDecoder"},
    "text": {"RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer"},
    "random": {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"},
    "training": {"NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"},
    "signal processing": {"BlackmanWindow", "DFT", "HammingWindow", "HannWindow", "MelWeightMatrix", "STFT"},
    "irregular sampling": {"AffineGrid", "Col2Im", "DeformConv", "GridSample", "MaxRoiPool", "MaxUnpool", "RoiAlign"},
    "no cost model yet": {"BitCast", "CausalConvWithState", "CumProd", "Det", "Hardmax", "LinearAttention"},
    "evaluated on constants": {"Constant", "ConstantOfShape", "Range", "Shape", "Size"},
}


def test_every_operator_of_the_standard_is_modelled_or_refused_for_a_reason():
    refused = set().union(*REFUSED.values())
    modelled = {name for name in LOWERINGS if ":" not in name}
    assert modelled & refused == set()
    assert STANDARD - modelled - refused == set()


@pytest.mark.parametrize("name", list(LOWERINGS))
def test_registered_names_exist_and_are_documented(name):
    lower = LOWERINGS[name]
    assert lower.__doc__
    assert name in STANDARD or name.startswith("com.microsoft:") or name == "SimplifiedLayerNormalization"


def test_pointwise_table_names_known_functions():
    from hwsim.workload.onnx.elementwise import FUNCTIONS

    assert set(FUNCTIONS.values()) <= set(POINTWISE)
