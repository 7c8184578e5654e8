"""All lowerings: importing this module registers every group."""

from hwsim.workload.onnx import (  # noqa: F401
    attention,
    contrib,
    convolution,
    elementwise,
    movement,
    normalisation,
    pooling,
    product,
    quantisation,
    recurrent,
    reduction,
)
from hwsim.workload.onnx.value import LOWERINGS

__all__ = ["LOWERINGS"]
