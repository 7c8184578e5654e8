"""Shape inference of one node, by the rules of the ONNX standard itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hwsim.workload.onnx.value import Node
from hwsim.workload.tensor import Shape

Inferred = dict[str, tuple[Shape | None, int]]
LIKE_INPUT = ("GroupNormalization",)  # the standard defines them as functions and gives no rule for their shape


def schema_of(op_type: str, domain: str, opset: int) -> Any | None:
    """Return the operator's schema at this opset, or None for one the standard does not have."""
    from onnx import defs

    try:
        return defs.get_schema(op_type, opset, domain)
    except defs.SchemaError:
        return None


def infer(proto: Any, schema: Any, node: Node, imports: Mapping[str, int]) -> Inferred:
    """Return output name -> (shape or None, element type), from the shapes and small contents of the inputs.

    Raises
    ------
    ValueError
        The inputs do not fit the operator.
    """
    first = node.inputs[0] if node.inputs else None
    if proto.op_type in LIKE_INPUT and first is not None:
        return {proto.output[0]: (first.shape, first.dtype)}
    from onnx import helper, numpy_helper, shape_inference
    from onnx.checker import ValidationError

    types, data = {}, {}
    for name, value in zip(proto.input, node.inputs, strict=True):
        if value is not None:
            types[name] = helper.make_tensor_type_proto(value.dtype, value.shape)
            if value.array is not None:
                data[name] = numpy_helper.from_array(np.ascontiguousarray(value.array).reshape(value.array.shape), name)
    versions = [helper.make_opsetid(domain, version) for domain, version in imports.items()]
    try:
        found = shape_inference.infer_node_outputs(schema, proto, types, data, opset_imports=versions)
    except (shape_inference.InferenceError, ValidationError, RuntimeError) as error:
        raise ValueError(" ".join(str(error).split())) from None
    return {name: (_shape(kind), kind.tensor_type.elem_type) for name, kind in found.items() if name}


def _shape(kind: Any) -> Shape | None:
    if not kind.HasField("tensor_type") or not kind.tensor_type.HasField("shape"):
        return None
    dims = kind.tensor_type.shape.dim
    return tuple(int(d.dim_value) for d in dims) if all(d.HasField("dim_value") for d in dims) else None
