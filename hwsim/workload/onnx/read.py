"""Reading an ONNX model: open, freeze the inputs, walk the nodes, hand out a Network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hwsim.errors import ConfigError
from hwsim.workload.network import Network
from hwsim.workload.onnx.model import freeze, open_model, opsets, prepare
from hwsim.workload.onnx.walk import Walk


def read_onnx(
    path: Path, *, batch: int | None = None, params: Mapping[str, int] | None = None, on_unsupported: str = "error",
    name: str | None = None,
) -> Network:
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
    Layers are named like their nodes. Floating-point tensors keep their width but are not ``quantised``: the machine
    runs them in its own. Nodes of constants only are folded (their result is a weight); nodes whose results reach no
    output are dropped; scales and zero points of quantised tensors are part of the arithmetic and not stored.
    Assumes attention masks save no work.
    """
    model = open_model(path)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()[:16]
    source = {"source": path.name, "sha256": digest}
    return read_model(model, str(path), name=name or path.stem, source=source, batch=batch, params=params,
                      on_unsupported=on_unsupported)


def read_model(
    model: Any, file: str, *, name: str, source: Mapping[str, str], batch: int | None = None,
    params: Mapping[str, int] | None = None, on_unsupported: str = "error",
) -> Network:
    """Read a ModelProto; ``file`` names it in messages, ``source`` starts the provenance (see ``read_onnx``)."""
    sizes = dict(params or {})
    provenance = {**source, "format": "onnx", "opset": str(opsets(model).get("", 0))}
    model = prepare(model, file)
    walk = Walk(model, file, freeze(model, file, batch, sizes), fallback=on_unsupported == "vector")
    walk.run()
    outputs = walk.outputs()
    used = {n for layer in walk.net.layers for n in (*layer.inputs, *layer.outputs)}.union(outputs)
    tensors = {n: t for n, t in walk.net.tensors.items() if n in used}
    provenance["producer"] = f"{model.producer_name} {model.producer_version}".strip()
    if batch is not None:
        provenance["batch"] = str(batch)
    provenance.update({f"params.{key}": str(size) for key, size in sizes.items()})
    try:
        return Network(name, tuple(walk.net.layers), tensors, outputs, provenance, tuple(walk.net.notes))
    except ConfigError as error:
        raise ConfigError(replace(fault, file=file) for fault in error.faults) from None
