"""Normalisations: statistics that are constants (batch), or taken from a row, a group, a channel or a neighbourhood."""

from __future__ import annotations

import math

from hwsim.workload.onnx.value import Node, NotModelledError, lowers
from hwsim.workload.ops import Normalise


@lowers("BatchNormalization")
def batch_normalization(node: Node) -> None:
    """Mean and variance are constants folded into scale and shift: two parameters a channel."""
    if node.attr("training_mode", 0) or (node.opset < 9 and not node.attr("spatial", 1)):
        raise NotModelledError("BatchNormalization in training mode, or with spatial=0")
    node.emit(Normalise("batch"), node.input(0), node.input(1), node.input(2))


@lowers("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")
def layer_normalization(node: Node) -> None:
    """Statistics over the axes from ``axis`` (default the last) on; outputs after the first are not modelled."""
    shape = node.input(0).dims
    rows = math.prod(shape[: int(node.attr("axis", -1)) % len(shape)])
    node.emit(Normalise("layer" if node.op_type == "LayerNormalization" else "rms", rows), *node.given())


@lowers("GroupNormalization")
def group_normalization(node: Node) -> None:
    """Statistics over the channels of a group and space."""
    node.emit(Normalise("group", node.input(0).dims[0] * int(node.attr("num_groups", 1))), *node.given())


@lowers("InstanceNormalization")
def instance_normalization(node: Node) -> None:
    """Statistics over space."""
    node.emit(Normalise("instance", math.prod(node.input(0).dims[:2])), *node.given())


@lowers("MeanVarianceNormalization", "LpNormalization")
def scale_free(node: Node) -> None:
    """Normalisation over ``axes`` (default 0, 2, 3) or ``axis`` (default the last), without parameters."""
    shape = node.input(0).dims
    lp = node.op_type == "LpNormalization"
    axes = [int(node.attr("axis", -1))] if lp else [int(a) for a in node.attr("axes", (0, 2, 3))]
    row = math.prod(shape[a] for a in axes)
    node.emit(Normalise("rms" if lp else "instance", node.input(0).elements // row), node.input(0))


@lowers("LRN")
def local_response(node: Node) -> None:
    """A window of ``size`` channels."""
    node.emit(Normalise("lrn", size=int(node.attr("size", 5))), node.input(0))
