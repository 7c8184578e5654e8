"""The walk over the nodes: values by name, the network so far, and every fault found."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hwsim.errors import ConfigError, Fault, UnsupportedError
from hwsim.workload.onnx import graph as facts
from hwsim.workload.onnx.fold import fold
from hwsim.workload.onnx.lowering import Lowering, dtype_name
from hwsim.workload.onnx.model import MAX_ELEMENTS, Frozen, opsets
from hwsim.workload.onnx.nodes import LOWERINGS
from hwsim.workload.onnx.rebatch import rebatch
from hwsim.workload.onnx.shapes import Inferred, infer, schema_of
from hwsim.workload.onnx.value import DTYPES, Array, Node, NotModelledError, Value
from hwsim.workload.ops import VectorFallback

_RANDOM = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli"}
_GROWS = {"Expand", "Tile"}  # a constant repeated at run time is stored once


class Walk:
    """One reading of a prepared model with frozen inputs.

    Parameters
    ----------
    fallback : count operators that are not modelled as vector work.
    """

    def __init__(self, model: Any, file: str, frozen: Frozen, *, fallback: bool) -> None:
        self.graph = model.graph
        self.imports = opsets(model)
        self.file = file
        self.rebatch = frozen.rebatch
        self.fallback = fallback
        self.faults: list[Fault] = []
        self.malformed = False  # whether any fault is more than something not modelled
        self.nodes = facts.live_nodes(self.graph)
        self.declared = facts.declared_shapes(self.graph, frozen)
        readers: dict[str, list[str]] = {}
        for proto in self.nodes:
            for name in proto.input:
                readers.setdefault(name, []).append(facts.key_of(proto))
        results = frozenset(o.name for o in self.graph.output)
        self.integer = facts.integer_nodes(self.nodes, readers, results)
        self.net = Lowering(readers, results, facts.float_read(self.nodes, self.integer, results))
        self.values: dict[str, Value | None] = {**facts.constants_of(self.graph)}  # None: made by a node at fault
        self.makers: dict[str, str] = {}
        for proto in self.graph.node:
            for name in filter(None, proto.output):
                if name in self.makers:
                    self._fault(f"tensor {name!r} is written by two nodes", proto)
                self.makers[name] = facts.label_of(proto)
        self._declare_inputs(frozen)

    def _fault(self, message: str, proto: Any = None, *, not_modelled: bool = False) -> None:
        self.malformed |= not not_modelled
        where = f"node {facts.label_of(proto)!r}" if proto is not None else ""
        self.faults.append(Fault(message, file=self.file, path=where))

    def _declare_inputs(self, frozen: Frozen) -> None:
        for item in self.graph.input:
            if item.name not in frozen.shapes:
                continue
            shape, kind = frozen.shapes[item.name], item.type.tensor_type.elem_type
            if kind not in DTYPES or math.prod(shape) > MAX_ELEMENTS:
                self._fault(f"input {item.name!r} of {dtype_name(kind)} {shape} cannot be modelled; allowed: numeric "
                            f"types, at most 2^48 elements")
                self.values[item.name] = None
            elif 0 in shape:  # a cache that holds nothing yet
                self.values[item.name] = Value.of(item.name, shape, kind, constant=True, array=np.empty(shape))
            else:
                value = Value.of(item.name, shape, kind)
                self.values[item.name] = value
                self.net.declare(value, "input")

    def run(self) -> None:
        """Lower every node; raise all faults at the end."""
        for proto in self.nodes:
            for name in filter(None, proto.output):
                self.values.setdefault(name, None)
            read = list(filter(None, proto.input))
            for name in read:
                if name in self.values:
                    continue
                late = f"before node {self.makers.get(name)!r} makes it (the graph has a cycle or is not in order)"
                self._fault(f"reads tensor {name!r} {late if name in self.makers else 'which nothing makes'}", proto)
            if any(self.values.get(name) is None for name in read):
                continue
            try:
                self._node(proto)
            except NotModelledError as missing:
                self._fault(f"{missing}", proto, not_modelled=True)
            except (ValueError, TypeError, LookupError, ArithmeticError) as error:  # attributes of a wrong kind
                self._fault(f"{error}{self._batch_hint()}", proto)
        if self.faults:
            raise (ConfigError if self.malformed else UnsupportedError)(self.faults)

    def _batch_hint(self) -> str:
        if self.rebatch is None:
            return ""
        return f" (the file was written for batch {self.rebatch[0]}; export it with a symbolic batch)"

    def _node(self, proto: Any) -> None:
        key, domain = facts.key_of(proto), "" if proto.domain == "ai.onnx" else proto.domain
        attributes, subgraph = facts.attributes_of(proto)
        inputs = [self.values[name] if name else None for name in proto.input]
        if facts.first_output(proto) in self.integer:
            inputs = [v.integer if v is not None and v.integer is not None else v for v in inputs]
        node = Node(key, opset=self.imports.get(domain, 0), name=facts.label_of(proto), attributes=attributes,
                    inputs=inputs, net=self.net)
        if self.rebatch is not None:
            rebatch(node, *self.rebatch)
        array = fold(node)
        schema = None if subgraph else schema_of(proto.op_type, domain, node.opset)
        inferred = infer(proto, schema, node, self.imports) if schema is not None else {}
        outputs = [self._output(name, node, inferred, array) if name else None for name in proto.output]
        if not subgraph and self._is_constant(node, outputs, array):
            self._keep_constants(node, outputs, array)
            return
        wanted = self.net.readers.keys() | self.net.results
        node.outputs = [v if v is not None and not v.constant and v.name in wanted else None for v in outputs]
        if any(v is not None for v in node.outputs):
            self._lower(node, LOWERINGS[key] if key in LOWERINGS and not subgraph else None, schema is not None)

    def _output(self, name: str, node: Node, inferred: Inferred, array: Array | None) -> Value:
        shape, dtype = inferred.get(name, (None, 0))
        if shape is None and name in self.declared:
            shape, dtype = self.declared[name]
        if array is not None:
            shape = array.shape
        if dtype == 0 and node.given():
            dtype = node.given()[0].dtype
        if dtype not in DTYPES:
            raise NotModelledError(f"output {name!r} of {node.op_type} has {dtype_name(dtype)}")
        if shape is not None and math.prod(shape) > MAX_ELEMENTS:
            raise ValueError(f"output {name!r} {shape} has more than 2^48 elements")
        value = Value.of(name, shape, dtype)
        if shape is not None and 0 in shape:  # nothing at all: a constant without elements
            value.constant, value.array = True, np.empty(shape)
            self.values[name] = value
        return value

    def _is_constant(self, node: Node, outputs: list[Value | None], array: Array | None) -> bool:
        if array is not None or node.op_type == "Constant":
            return True
        given = node.given()
        if not given or node.op_type in _RANDOM or not all(v.constant for v in given):
            return False
        if any(v is not None and v.shape is None for v in outputs):
            return False
        grown = sum(v.elements for v in outputs if v is not None) > sum(v.elements for v in given)
        return not (grown and node.op_type in _GROWS)

    def _keep_constants(self, node: Node, outputs: list[Value | None], array: Array | None) -> None:
        """Record the outputs as weights; what keeps its type, or only unpacks it, keeps its width."""
        given = node.given()
        for value in outputs:
            if value is None:
                continue
            value.constant, value.array = True, array
            if given and (value.dtype == given[0].dtype or node.op_type == "DequantizeLinear"):
                value.bits, value.quantised, value.density = given[0].bits, given[0].quantised, given[0].density
            self.values[value.name] = value

    def _lower(self, node: Node, lower: Any, inferred: bool) -> None:
        outputs = [v for v in node.outputs if v is not None]
        try:
            if lower is None:
                raise NotModelledError(f"operator {node.op_type} is not modelled")
            unknown = next((v.name for v in outputs if inferred and v.shape is None), None)
            if unknown is not None:
                raise NotModelledError(f"shape of output {unknown!r} of {node.op_type} is unknown: it depends on data, "
                                       f"or onnx has no rule for it")
            lower(node)
        except NotModelledError as missing:
            if not self.fallback:
                raise
            self._fall_back(node, outputs, str(missing))
        for value in outputs:
            if value.integer is None and value.tensor not in self.net.tensors:
                raise NotModelledError(f"output {value.name!r} of {node.op_type} is not modelled")
            self.values[value.name] = value

    def _fall_back(self, node: Node, outputs: list[Value], reason: str) -> None:
        if any(v.shape is None for v in outputs):
            raise NotModelledError(f"{reason}, and its output shape is unknown, so it cannot be counted as vector work")
        inputs = [v for v in node.given() if v.shape is not None and v.elements > 0]
        node.emit(VectorFallback(node.op_type, tuple(v.dims for v in outputs)), *inputs, outputs=outputs)
        self.net.notes.append(f"{node.name}: {reason}; counted as one vector operation an output element")

    def outputs(self) -> tuple[str, ...]:
        """Return the network tensors that leave the network.

        Raises
        ------
        ConfigError
            An output that nothing makes, that is empty, or that does not follow a changed batch.
        """
        names = []
        for item in self.graph.output:
            value = self.values.get(item.name)
            if value is None or value.shape is None or value.elements == 0:
                self._fault(f"output {item.name!r} is {'empty' if value is not None else 'never produced'}")
                continue
            dims = item.type.tensor_type.shape.dim
            if self.rebatch and dims and dims[0].dim_value == self.rebatch[0] and value.dims[:1] != (self.rebatch[1],):
                stuck = f"batch {self.rebatch[1]} does not reach output {item.name!r} {value.dims}"
                self._fault(stuck + self._batch_hint())
            names.append(self.net.declare(value, "weight") if value.constant else value.tensor)
        if self.faults:
            raise ConfigError(self.faults)
        return tuple(dict.fromkeys(names))
