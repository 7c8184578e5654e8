"""Reading an ONNX model: one walk over its nodes, in order."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hwsim.errors import ConfigError, Fault, UnsupportedError
from hwsim.workload.network import Network
from hwsim.workload.onnx import fold
from hwsim.workload.onnx.lowering import Lowering, dtype_name
from hwsim.workload.onnx.model import MAX_ELEMENTS, Frozen, freeze, open_model, opsets, prepare
from hwsim.workload.onnx.nodes import LOWERINGS
from hwsim.workload.onnx.shapes import Inferred, infer, schema_of
from hwsim.workload.onnx.value import DTYPES, Node, NotModelledError, Value
from hwsim.workload.ops import VectorFallback

_RANDOM = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli"}
_ARRAY = {"Conv", "ConvTranspose", "Gemm", "MatMul"}
_GROWS = {"Expand", "Tile"}  # a constant repeated at run time is stored once


def read_onnx(path: Path, *, batch: int | None = None, params: Mapping[str, int] | None = None,
              on_unsupported: str = "error", name: str | None = None) -> Network:
    """Read an ONNX file (opset 7 or newer) into a Network.

    Parameters
    ----------
    path : of the file; weights are not needed, only their shapes.
    batch : size of the batch axis (the first axis of the first input).
    params : sizes of the other symbolic dimensions.
    on_unsupported : ``"vector"`` counts operators that are not modelled, but whose output shapes are known, as one
        lane operation an output element, with a note in ``Network.notes``.
    name : of the network; default the file's stem.

    Raises
    ------
    UnsupportedError
        Operators that are not modelled, or shapes that depend on data: all of them, with their node names.
    ConfigError
        A broken file, symbolic dimensions without a size, shapes that do not fit.

    Notes
    -----
    Names of layers are those of the nodes. Floating-point tensors keep their width but are not ``quantised``: the machine
    runs them in its own. Nodes of constants only are folded (their result is a weight); nodes whose results reach no
    output are dropped; scales and zero points of quantised tensors are part of the arithmetic and not stored.
    Assumes attention masks save no work.
    """
    model = open_model(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    source = {"source": path.name, "sha256": digest}
    return read_model(model, str(path), name or path.stem, source, batch, params or {}, on_unsupported)


def read_model(model: Any, file: str, name: str, source: Mapping[str, str], batch: int | None, params: Mapping[str, int],
               on_unsupported: str) -> Network:
    """Read a ModelProto; ``file`` names it in messages, ``source`` starts the provenance (see ``read_onnx``)."""
    opset = opsets(model).get("", 0)
    model = prepare(model, file)
    frozen = freeze(model, file, batch, params)
    walk = _Walk(model, file, frozen, on_unsupported)
    walk.run()
    outputs = walk.outputs()
    used = {n for layer in walk.net.layers for n in (*layer.inputs, *layer.outputs)}.union(outputs)
    tensors = {n: t for n, t in walk.net.tensors.items() if n in used}
    provenance = {**source, "format": "onnx", "opset": str(opset), "producer": f"{model.producer_name} {model.producer_version}".strip(),
                  **({"batch": str(batch)} if batch is not None else {}), **{f"params.{k}": str(v) for k, v in params.items()}}
    try:
        return Network(name, tuple(walk.net.layers), tensors, outputs, provenance, tuple(walk.net.notes))
    except ConfigError as error:
        raise ConfigError(replace(fault, file=file) for fault in error.faults) from None


class _Walk:
    """The state of one reading: values by name, the network so far, and the faults."""

    def __init__(self, model: Any, file: str, frozen: Frozen, on_unsupported: str) -> None:
        self.graph = model.graph
        self.imports = opsets(model)
        self.file = file
        self.rebatch = frozen.rebatch
        self.fallback = on_unsupported == "vector"
        self.faults: list[Fault] = []
        self.wrong = False  # whether any fault is more than something not modelled
        self.values: dict[str, Value | None] = {}  # None: the node that makes it is at fault
        self.maker: dict[str, str] = {}
        self.nodes = self._live_nodes()
        readers: dict[str, list[str]] = {}
        for proto in self.nodes:
            for read in proto.input:
                readers.setdefault(read, []).append(_key(proto))
        results = frozenset(o.name for o in self.graph.output)
        self.net = Lowering(readers, results, self._integer_read(readers, results))
        self._declare_constants()
        self._declare_inputs(frozen)
        self.declared = self._declared_shapes(frozen)

    def _live_nodes(self) -> list[Any]:
        wanted = {o.name for o in self.graph.output}
        live = []
        for proto in reversed(self.graph.node):
            if wanted.intersection(proto.output):
                live.append(proto)
                wanted.update(proto.input)
                for attribute in proto.attribute:  # a subgraph may read anything outside
                    wanted.update(n for node in attribute.g.node for n in node.input)
        for proto in self.graph.node:
            for made in filter(None, proto.output):
                if made in self.maker:
                    self._fault(f"tensor {made!r} is written by two nodes", proto)
                self.maker[made] = _label(proto)
        return live[::-1]

    def _integer_read(self, readers: Mapping[str, list[str]], results: frozenset[str]) -> frozenset[str]:
        """Names of values read only by array operators, or by operators whose outputs are all quantised at once."""
        floating = set(results)
        for proto in self.nodes:
            outputs = [o for o in proto.output if o in readers or o in results]
            if proto.op_type not in _ARRAY and not all(set(readers.get(o, ["none"])) == {"QuantizeLinear"} for o in outputs):
                floating.update(proto.input)
        return frozenset(readers.keys() - floating)

    def _declare_constants(self) -> None:
        for proto in self.graph.initializer:
            if proto.data_type in DTYPES:
                self.values[proto.name] = Value.of(proto.name, tuple(proto.dims), proto.data_type, constant=True, array=fold.from_proto(proto))
        for sparse in self.graph.sparse_initializer:
            name, shape = sparse.values.name, tuple(sparse.dims)
            if sparse.values.data_type in DTYPES:
                density = min(1.0, math.prod(sparse.values.dims) / max(1, math.prod(shape)))
                self.values[name] = Value.of(name, shape, sparse.values.data_type, constant=True, density=density)

    def _declare_inputs(self, frozen: Frozen) -> None:
        for item in self.graph.input:
            if item.name not in frozen.shapes:
                continue
            kind = item.type.tensor_type.elem_type
            if kind not in DTYPES or math.prod(frozen.shapes[item.name]) > MAX_ELEMENTS:
                self._fault(f"input {item.name!r} of {dtype_name(kind)} {frozen.shapes[item.name]} cannot be modelled; "
                            f"allowed: numeric types, at most 2^48 elements")
                self.values[item.name] = None
                continue
            empty = 0 in frozen.shapes[item.name]  # a cache that holds nothing yet
            array = np.empty(frozen.shapes[item.name]) if empty else None
            value = Value.of(item.name, frozen.shapes[item.name], kind, constant=empty, array=array)
            self.values[item.name] = value
            if not empty:
                self.net.declare(value, "input")

    def _declared_shapes(self, frozen: Frozen) -> Inferred:
        found: Inferred = {}
        for item in () if frozen.rebatch else (*self.graph.value_info, *self.graph.output):
            if item.type.HasField("tensor_type") and item.type.tensor_type.HasField("shape"):
                dims = [d.dim_value or frozen.symbols.get(d.dim_param, 0) for d in item.type.tensor_type.shape.dim]
                if all(d > 0 for d in dims):
                    found[item.name] = (tuple(dims), item.type.tensor_type.elem_type)
        return found

    def _fault(self, message: str, proto: Any = None, *, not_modelled: bool = False) -> None:
        self.wrong |= not not_modelled
        self.faults.append(Fault(message, file=self.file, path=f"node {_label(proto)!r}" if proto is not None else ""))

    def run(self) -> None:
        """Lower every node; raise all faults at the end."""
        for proto in self.nodes:
            for made in filter(None, proto.output):
                self.values.setdefault(made, None)
            unknown = [n for n in proto.input if n and n not in self.values]
            for n in unknown:
                late = f"before node {self.maker[n]!r} makes it (the graph has a cycle or is not in order)" if n in self.maker else "which nothing makes"
                self._fault(f"reads tensor {n!r} {late}", proto)
            if unknown or any(self.values[n] is None for n in proto.input if n):
                continue
            try:
                self._node(proto)
            except NotModelledError as missing:
                self._fault(f"{missing}", proto, not_modelled=True)
            except (ValueError, TypeError, IndexError, KeyError, ArithmeticError) as error:  # attributes of the wrong kind or count
                hint = f" (the file was written for batch {self.rebatch[0]}; export it with a symbolic batch)" if self.rebatch else ""
                self._fault(f"{error}{hint}", proto)
        if self.faults:
            raise (ConfigError if self.wrong else UnsupportedError)(self.faults)

    def _node(self, proto: Any) -> None:
        from onnx import AttributeProto, helper

        key, domain = _key(proto), "" if proto.domain == "ai.onnx" else proto.domain
        opset = self.imports.get(domain, 0)
        attributes = {a.name: _attribute(helper.get_attribute_value(a)) for a in proto.attribute
                      if a.type not in (AttributeProto.GRAPH, AttributeProto.GRAPHS)}
        subgraph = len(attributes) != len(proto.attribute)
        node = Node(key, opset, _label(proto), attributes, [self.values[n] if n else None for n in proto.input], [], self.net)
        self._rebatch(node)
        array = fold.fold(node)
        inferred: Inferred = {}
        schema = None if subgraph else schema_of(proto.op_type, domain, opset)
        if schema is not None:
            inferred = infer(proto, schema, node, self.imports)
        outputs = [self._output(n, node, inferred, array) if n else None for n in proto.output]
        if not subgraph and self._constant(node, outputs, array):
            return
        for value in outputs:
            if value is not None and value.shape is not None and 0 in value.shape:  # nothing: an empty constant
                value.constant, value.array = True, np.empty(value.shape)
                self.values[value.name] = value
        outputs = [None if v is not None and v.constant else v for v in outputs]
        node.outputs = [v if v is not None and (v.name in self.net.readers or v.name in self.net.results) else None for v in outputs]
        if not any(node.outputs):
            return
        lower = LOWERINGS[key] if key in LOWERINGS and not subgraph else None
        if lower is None:
            self._fall_back(node)
            return
        if schema is not None:
            self._require_shapes(node)
        try:
            lower(node)
        except NotModelledError:
            if not self.fallback:
                raise
            self._fall_back(node)
        for value in node.outputs:
            if value is not None and not value.constant and value.tensor not in self.net.tensors:
                raise NotModelledError(f"output {value.name!r} of {key} is not modelled")
        self.values.update({v.name: v for v in node.outputs if v is not None})

    def _output(self, name: str, node: Node, inferred: Inferred, array: Any) -> Value:
        first = next(iter(node.given()), None)
        shape, dtype = inferred.get(name, (None, 0))
        if shape is None and name in self.declared:
            shape, dtype = self.declared[name]
        if array is not None:
            shape = array.shape
        if dtype == 0 and first is not None:
            dtype = first.dtype
        if dtype not in DTYPES:
            raise NotModelledError(f"output {name!r} of {node.op_type} has {dtype_name(dtype)}")
        if shape is not None and math.prod(shape) > MAX_ELEMENTS:
            raise ValueError(f"output {name!r} {shape} has more than 2^48 elements")
        return Value.of(name, shape, dtype)

    def _constant(self, node: Node, outputs: list[Value | None], array: Any) -> bool:
        """Record the outputs as constants where they are; True when nothing is left to lower."""
        given = node.given()
        if array is None:
            if not all(v.constant for v in given) or node.op_type in _RANDOM or any(v is not None and v.shape is None for v in outputs):
                return False
            grown = sum(v.elements for v in outputs if v is not None) > sum(v.elements for v in given)
            if (not given and node.op_type != "Constant") or (node.op_type in _GROWS and grown):
                return False
        for value in outputs:
            if value is None:
                continue
            value.constant, value.array = True, array
            if given and (value.dtype == given[0].dtype or node.op_type == "DequantizeLinear"):
                value.bits, value.quantised, value.density = given[0].bits, given[0].quantised, given[0].density
            self.values[value.name] = value
        return True

    def _require_shapes(self, node: Node) -> None:
        for value in node.outputs:
            if value is not None and value.shape is None:
                raise NotModelledError(f"shape of output {value.name!r} of {node.op_type} is unknown: it depends on data, "
                                       f"or onnx has no rule for it")

    def _fall_back(self, node: Node) -> None:
        known = [v for v in node.outputs if v is not None]
        if not self.fallback:
            raise NotModelledError(f"operator {node.op_type} is not modelled")
        if not known or any(v.shape is None or 0 in v.shape for v in known):
            raise NotModelledError(f"operator {node.op_type} is not modelled and its output shape is unknown, so it cannot be counted as vector work")
        inputs = [v for v in node.given() if v.shape is not None and v.elements > 0]
        node.emit(VectorFallback(node.op_type, tuple(v.dims for v in known)), *inputs, outputs=known)
        self.net.notes.append(f"{node.name}: operator {node.op_type} is not modelled; counted as one vector operation an output element")
        self.values.update({v.name: v for v in known})

    def _rebatch(self, node: Node) -> None:
        """Put the new batch into a constant target shape (Reshape, Resize, Expand) that holds the old one.

        The leading size is rewritten where the input starts with the new batch and the size is the old one, or, in a
        Reshape, where a multiple of it (batch x heads) is what makes the element counts differ.
        """
        position = {"Reshape": 1, "Resize": 3, "Expand": 1}.get(node.op_type)
        if self.rebatch is None or position is None or node.input(0).constant:
            return
        (old, new), x, target = self.rebatch, node.input(0), node.maybe(position)
        if target is None or target.array is None or target.array.size == 0 or not x.shape:
            return
        sizes = [int(s) for s in target.array]
        scaled, rest = divmod(sizes[0] * new, old)
        if -1 in sizes or node.op_type != "Reshape":
            stale = sizes[0] == old and x.shape[0] == new
        else:
            filled = [x.shape[i] if s == 0 and i < len(x.shape) else s for i, s in enumerate(sizes)]
            stale = sizes[0] > 0 and math.prod(filled) * new == x.elements * old and rest == 0
        if stale:
            array = np.array([scaled, *sizes[1:]])
            node.inputs[position] = Value.of(target.name, target.shape, target.dtype, constant=True, array=array)
            self.net.notes.append(f"{node.name}: leading size {sizes[0]} became {scaled} for batch {new}")

    def outputs(self) -> tuple[str, ...]:
        """Return the network tensors that leave the network."""
        names = []
        for item in self.graph.output:
            value = self.values.get(item.name)
            if value is None:
                raise ConfigError(Fault(f"output {item.name!r} is never produced", file=self.file))
            if value.constant and value.elements == 0:
                raise ConfigError(Fault(f"output {item.name!r} {value.dims} is empty", file=self.file))
            dims = item.type.tensor_type.shape.dim
            if self.rebatch and dims and dims[0].dim_value == self.rebatch[0] and value.dims[:1] != (self.rebatch[1],):
                raise ConfigError(Fault(f"batch {self.rebatch[1]} does not reach output {item.name!r} {value.dims}: the file was "
                                        f"written for batch {self.rebatch[0]}; export it with a symbolic batch", file=self.file))
            names.append(self.net.declare(value, "weight") if value.constant else value.tensor)
        return tuple(dict.fromkeys(names))


def _key(proto: Any) -> str:
    return str(proto.op_type) if proto.domain in ("", "ai.onnx") else f"{proto.domain}:{proto.op_type}"


def _label(proto: Any) -> str:
    return str(proto.name or next((f"{proto.op_type}_{o}" for o in proto.output if o), proto.op_type))


def _attribute(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return [_attribute(v) for v in value] if isinstance(value, list) else value
