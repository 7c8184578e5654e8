"""Write a network as one of hwsim's own files: layers, shapes, widths, provenance; no weights."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hwsim.errors import ConfigError, Fault
from hwsim.result.write import write_bytes
from hwsim.workload.network import Network
from hwsim.workload.operator_values import attributes_of
from hwsim.workload.tensor import Tensor
from hwsim.workload.yaml_network import read_network


def extract(network: Network, path: Path) -> None:
    """Write ``network`` to ``path``: the same bytes for the same network; all of the file or nothing.

    The text is read back before it takes its place, and must give the same ``content_hash``. A link keeps pointing, and
    a pipe or a device is written to, not replaced.

    Raises
    ------
    ConfigError
        The file cannot be written, or the network cannot be told by a file (one above the reader's size limit).
    """
    data = to_yaml(network).encode()
    with tempfile.TemporaryDirectory() as directory:
        trial = Path(directory) / "network.yaml"
        write_bytes(trial, data)
        try:
            again = read_network(trial)
        except ConfigError as error:
            raise ConfigError([replace(fault, file=str(path)) for fault in error.faults]) from None
    if again.content_hash != network.content_hash:
        raise ConfigError(Fault("the network does not read back as itself", file=str(path)))
    write_bytes(path, data)


def to_yaml(network: Network) -> str:
    """Return the text of the file, as ``extract`` writes it."""
    lines = [f"name: {_text(network.name)}"]
    if network.provenance:
        lines += ["provenance:", *(f"  {_text(k)}: {_text(v)}" for k, v in sorted(network.provenance.items()))]
    if network.notes:
        lines += ["notes:", *(f"  - {_text(note)}" for note in network.notes)]
    by_role = {
        role: [t for t in network.tensors.values() if t.role == role] for role in ("input", "weight", "activation")
    }
    special = [t for t in by_role["activation"] if t != Tensor(t.name, t.shape)]
    for section, tensors in (("inputs", by_role["input"]), ("tensors", [*by_role["weight"], *special])):
        if tensors:
            lines += [f"{section}:", *(f"  {_text(t.name)}: {_tensor(t)}" for t in tensors)]
    lines.append("layers:")
    for layer in network.layers:
        entry = {"name": layer.name, "op": layer.op.kind, "inputs": list(layer.inputs), "outputs": list(layer.outputs)}
        lines.append(f"  - {_flow({**entry, **attributes_of(layer.op)})}")
    lines.append(f"outputs: {_flow(list(network.outputs))}")
    return "\n".join(lines) + "\n"


def _tensor(tensor: Tensor) -> str:
    entry: dict[str, object] = {"shape": list(tensor.shape)}
    if tensor.bits != 32:
        entry["bits"] = tensor.bits
    if tensor.quantised:
        entry["quantised"] = True
    if tensor.role == "activation":
        entry["role"] = "activation"
    if tensor.density != 1.0:
        entry["density"] = tensor.density
    if tensor.stream is not None:
        entry["stream"] = {"rows": tensor.stream.rows.tolist(), "row_bytes": tensor.stream.row_bytes}
    return _flow(entry if len(entry) > 1 else entry["shape"])


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(entry) for entry in value) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    """Quote a string; what YAML does not take as it is, is escaped."""
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in quoted)
