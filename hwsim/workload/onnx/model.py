"""Opening an ONNX file: limits, opset, local functions, and the sizes of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwsim.errors import ConfigError, Fault, UnsupportedError, nearest
from hwsim.workload.tensor import Shape

MAX_FILE_BYTES = 2**31
MAX_NODES = 200_000
MAX_ELEMENTS = 2**48
OLDEST_OPSET = 7


def open_model(path: Path) -> Any:
    """Return the ModelProto of a file; weights in external files are not read.

    Raises
    ------
    ConfigError
        Missing, above MAX_FILE_BYTES, not an ONNX model, or above MAX_NODES.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    file = str(path)
    if not path.is_file():
        raise ConfigError(Fault("no such file", file=file))
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ConfigError(Fault("ONNX file too large", file=file, value=f"{path.stat().st_size} bytes",
                                allowed=f"at most {MAX_FILE_BYTES} (store weights as external data)"))
    try:
        model = onnx.load(path, format="protobuf", load_external_data=False)
    except DecodeError:
        raise ConfigError(Fault("not an ONNX model, or a truncated one", file=file)) from None
    return model


def prepare(model: Any, file: str) -> Any:
    """Return the model with local functions inlined and its standard opset at least OLDEST_OPSET.

    Raises
    ------
    ConfigError
        No graph, too many nodes, an opset older than can be converted or newer than the installed onnx knows.
    """
    import onnx
    from onnx import inliner, version_converter
    from onnx.checker import ValidationError
    from onnx.shape_inference import InferenceError

    if not model.graph.node:
        raise ConfigError(Fault("not an ONNX model: it has no graph nodes", file=file))
    if not _is_text(model):
        raise ConfigError(Fault("names in the model are not UTF-8 text", file=file))
    if len(model.graph.node) + sum(len(f.node) for f in model.functions) > MAX_NODES:
        raise ConfigError(
            Fault("too many nodes", file=file, value=str(len(model.graph.node)), allowed=f"at most {MAX_NODES}")
        )
    opset = opsets(model).get("", 0)
    if opset > onnx.defs.onnx_opset_version():
        raise UnsupportedError(Fault("opset newer than the installed onnx package knows", file=file, value=str(opset),
                                     allowed=f"{OLDEST_OPSET} to {onnx.defs.onnx_opset_version()} (update onnx)"))
    if 0 < opset < OLDEST_OPSET:
        try:
            model = version_converter.convert_version(model, OLDEST_OPSET)
        except (version_converter.ConvertError, InferenceError, ValidationError, RuntimeError) as error:
            reason = str(error).rpartition("failed: ")[2].strip()
            raise UnsupportedError(
                Fault(
                    f"opset too old, and onnx cannot convert it: {reason}",
                    file=file,
                    value=str(opset),
                    allowed=f"{OLDEST_OPSET} or newer",
                )
            ) from None
    if model.functions:
        try:
            model = inliner.inline_local_functions(model)
        except (InferenceError, ValidationError, RuntimeError) as error:
            raise ConfigError(Fault(f"local functions cannot be inlined: {error}", file=file)) from None
        if len(model.graph.node) > MAX_NODES:
            raise ConfigError(Fault("too many nodes after inlining", file=file, value=str(len(model.graph.node)),
                                    allowed=f"at most {MAX_NODES}"))
    return model


def _is_text(model: Any) -> bool:
    """Whether every name is text; protobuf hands out what is not UTF-8 as bytes."""
    graph = model.graph
    names = [n for node in graph.node for n in (node.name, node.op_type, node.domain, *node.input, *node.output)]
    names += [a.name for node in graph.node for a in node.attribute]
    names += [t.name for t in (*graph.initializer, *graph.input, *graph.output, *graph.value_info)]
    names += [
        d.dim_param for i in (*graph.input, *graph.output, *graph.value_info) for d in i.type.tensor_type.shape.dim
    ]
    names += [model.producer_name, model.producer_version, *(o.domain for o in model.opset_import)]
    return all(isinstance(n, str) for n in names)


def opsets(model: Any) -> dict[str, int]:
    """Return domain -> version ("" is the standard domain)."""
    return {"" if o.domain == "ai.onnx" else o.domain: int(o.version) for o in model.opset_import}


@dataclass(frozen=True, slots=True)
class Frozen:
    """Inputs with every size known.

    Attributes
    ----------
    shapes : input name -> shape.
    symbols : symbolic dimension -> size.
    rebatch : (batch written in the file, batch asked for) where they differ, else None.
    """

    shapes: Mapping[str, Shape]
    symbols: Mapping[str, int]
    rebatch: tuple[int, int] | None


def freeze(model: Any, file: str, batch: int | None, params: Mapping[str, int]) -> Frozen:
    """Give every input a concrete shape.

    The batch is the first axis of the first input; ``batch`` sets it, and with it every axis of the same symbol and
    every first axis without a name or of the same literal size. ``params`` gives the other symbolic sizes; an axis
    without a name is addressed as ``input.axis``. A size of 0 is an empty tensor: a cache before its first token.

    Raises
    ------
    ConfigError
        Sizes that are still unknown, parameters that name no symbolic dimension, sizes below 0 (all at once).
    """
    stored = {t.name for t in model.graph.initializer} | {t.values.name for t in model.graph.sparse_initializer}
    inputs = [i for i in model.graph.input if i.name not in stored]
    dims: dict[str, list[int | str]] = {}
    faults: list[Fault] = []
    for item in inputs:
        if not item.type.HasField("tensor_type") or not item.type.tensor_type.HasField("shape"):
            faults.append(Fault("input is not a tensor of known rank", file=file, path=item.name))
            continue
        dims[item.name] = [
            d.dim_value if d.dim_value > 0 else d.dim_param or f"{item.name}.{axis}"
            for axis, d in enumerate(item.type.tensor_type.shape.dim)
        ]
    if not inputs:
        faults.append(Fault("the graph has no inputs", file=file))
    names = {d for shape in dims.values() for d in shape if isinstance(d, str)}
    sizes: dict[str, int] = {}
    for key, size in params.items():
        if key not in names:
            faults.append(
                Fault(
                    "no symbolic dimension of this name",
                    file=file,
                    path=f"params.{key}",
                    allowed=", ".join(sorted(names)) or "none (every size is fixed)",
                    nearest=nearest(key, names),
                )
            )
        elif isinstance(size, bool) or not isinstance(size, int) or size < 0:
            faults.append(Fault("a size is a whole number >= 0", file=file, path=f"params.{key}", value=repr(size)))
        else:
            sizes[key] = size
    lead = next((shape[0] for shape in dims.values() if shape), None)
    rebatch = None
    if batch is not None and batch < 1:
        faults.append(Fault("batch is a whole number >= 1", file=file, path="batch", value=str(batch)))
    elif batch is not None and isinstance(lead, str):
        for name, shape in dims.items():
            if shape and shape[0] in (lead, f"{name}.0"):
                sizes.setdefault(str(shape[0]), batch)
        if sizes[lead] != batch:
            faults.append(
                Fault(
                    f"batch={batch} and params give different sizes",
                    file=file,
                    path=f"params.{lead}",
                    value=str(sizes[lead]),
                )
            )
    elif batch is not None and isinstance(lead, int) and lead != batch:
        rebatch = (lead, batch)
        dims = {name: [batch, *shape[1:]] if shape and shape[0] == lead else shape for name, shape in dims.items()}
    for name in sorted(names - sizes.keys() - params.keys()):
        where = ", ".join(f"{i}[{a}]" for i, shape in dims.items() for a, d in enumerate(shape) if d == name)
        batch_too = ("--batch SIZE or ", "batch=SIZE or ") if name == lead else ("", "")
        how = f"give {batch_too[0]}--param {name}=SIZE, or {batch_too[1]}params={{{name!r}: SIZE}} from Python"
        faults.append(Fault(f"symbolic dimension without a size (axis {where}); {how}", file=file, path=name))
    if faults:
        raise ConfigError(faults)
    shapes = {name: tuple(d if isinstance(d, int) else sizes[d] for d in shape) for name, shape in dims.items()}
    return Frozen(shapes, sizes, rebatch)
