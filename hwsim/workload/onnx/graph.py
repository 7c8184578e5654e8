"""Facts of an ONNX graph that hold before any node is lowered: live nodes, readers, constants, declared shapes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hwsim.workload.onnx.fold import from_proto
from hwsim.workload.onnx.model import Frozen
from hwsim.workload.onnx.shapes import Inferred
from hwsim.workload.onnx.value import DTYPES, Value

_ARRAY = {"Conv", "ConvTranspose", "Gemm", "MatMul"}


def key_of(proto: Any) -> str:
    """Return a node's operator as LOWERINGS names it."""
    return str(proto.op_type) if proto.domain in ("", "ai.onnx") else f"{proto.domain}:{proto.op_type}"


def label_of(proto: Any) -> str:
    """Return a node's name, or one made of its operator and first output."""
    return str(proto.name or f"{proto.op_type}_{first_output(proto)}")


def first_output(proto: Any) -> str:
    """Return the first output a node really has: it identifies the node."""
    return next((str(name) for name in proto.output if name), "")


def attributes_of(proto: Any) -> tuple[dict[str, Any], bool]:
    """Return a node's attributes as plain values, and whether it holds subgraphs (which are left out)."""
    from onnx import AttributeProto, helper

    plain = {a.name: _plain(helper.get_attribute_value(a)) for a in proto.attribute
             if a.type not in (AttributeProto.GRAPH, AttributeProto.GRAPHS)}
    return plain, len(plain) != len(proto.attribute)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return [_plain(v) for v in value] if isinstance(value, list) else value


def live_nodes(graph: Any) -> list[Any]:
    """Return the nodes whose results reach an output, in file order."""
    wanted = {o.name for o in graph.output}
    live = []
    for proto in reversed(graph.node):
        if wanted.intersection(proto.output):
            live.append(proto)
            wanted.update(proto.input)
            for attribute in proto.attribute:  # a subgraph may read anything outside
                wanted.update(n for node in attribute.g.node for n in node.input)
    return live[::-1]


def integer_nodes(nodes: Sequence[Any], readers: Mapping[str, Sequence[str]], results: frozenset[str]) -> frozenset[str]:
    """Return the first outputs of the nodes that run on integers where their inputs are dequantised ones.

    Those are array operators, and operators whose outputs are all quantised again at once.
    """
    found = set()
    for proto in nodes:
        outputs = [o for o in proto.output if o in readers or o in results]
        requantised = all(set(readers.get(o, ())) == {"QuantizeLinear"} and o not in results for o in outputs)
        if proto.op_type in _ARRAY or requantised:
            found.add(first_output(proto))
    return frozenset(found)


def float_read(nodes: Sequence[Any], integer: frozenset[str], results: frozenset[str]) -> frozenset[str]:
    """Return the values that a node outside ``integer``, or the outside world, reads."""
    return results.union(name for proto in nodes if first_output(proto) not in integer for name in proto.input)


def constants_of(graph: Any) -> dict[str, Value]:
    """Return the stored constants; a sparse one keeps its density."""
    found = {}
    for proto in graph.initializer:
        if proto.data_type in DTYPES:
            shape = tuple(proto.dims)
            found[proto.name] = Value.of(proto.name, shape, proto.data_type, constant=True, array=from_proto(proto))
    for sparse in graph.sparse_initializer:
        name, shape, kind = sparse.values.name, tuple(sparse.dims), sparse.values.data_type
        if kind in DTYPES:
            density = min(1.0, math.prod(sparse.values.dims) / max(1, math.prod(shape)))
            found[name] = Value.of(name, shape, kind, constant=True, density=density)
    return found


def declared_shapes(graph: Any, frozen: Frozen) -> Inferred:
    """Return the shapes that the file states for its values, where they hold for the frozen inputs."""
    found: Inferred = {}
    for item in () if frozen.rebatch else (*graph.value_info, *graph.output):
        if item.type.HasField("tensor_type") and item.type.tensor_type.HasField("shape"):
            dims = [d.dim_value or frozen.symbols.get(d.dim_param, 0) for d in item.type.tensor_type.shape.dim]
            if all(d > 0 for d in dims):
                found[item.name] = (tuple(dims), item.type.tensor_type.elem_type)
    return found
