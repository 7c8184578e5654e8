"""load_workload: one door for every kind of network description."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from hwsim.datafiles import data_dir, names
from hwsim.errors import ConfigError, Fault, nearest, shortened
from hwsim.workload.network import Network
from hwsim.workload.torch_export import is_torch_module, read_torch
from hwsim.workload.widths import with_bits
from hwsim.workload.yaml_network import Settings, network_from, read_network

SUFFIXES = (".onnx", ".yaml", ".yml", ".csv")


def load_workload(
    source: object, example_input: Any = None, *, batch: int | None = None, params: Mapping[str, object] | None = None,
    bits: int | None = None, activation_bits: int | None = None, weight_bits: int | None = None,
    on_unsupported: str = "error", name: str | None = None,
) -> Network:
    """Return the network that ``source`` describes.

    Parameters
    ----------
    source : a name in ``workloads/``; the path of an ``.onnx`` model, a ``.yaml`` network or a SCALE-Sim ``.csv``
        topology; a mapping like the content of a YAML network, ``{"builder": "resnet", "params": {"depth": 50}}``; a
        torch module.
    example_input : for a torch module, a tensor or a tuple of arguments.
    batch : inputs processed together, >= 1; None is what the source says.
    params : a builder's parameters, on top of the file's own; for ONNX, sizes of symbolic dimensions.
    bits : width of activations and weights, 1..64, where the source leaves it open; ``activation_bits`` and
        ``weight_bits`` set one of them.
    on_unsupported : ``"vector"`` counts ONNX operators that are not modelled as vector work and says so in ``notes``.
    name : of the network; default the file's name.

    Raises
    ------
    ConfigError
        Lists every fault of the source and the arguments; UnsupportedError where an operator is not modelled.
    """
    _check(batch, {"bits": bits, "activation_bits": activation_bits, "weight_bits": weight_bits}, on_unsupported)
    activation_bits = bits if activation_bits is None else activation_bits
    weight_bits = bits if weight_bits is None else weight_bits
    given = dict(params or {})
    settings = Settings(name, batch, given, activation_bits, weight_bits)
    if isinstance(source, Mapping):
        return network_from(source, settings)
    if is_torch_module(source):
        network = read_torch(source, example_input, batch=batch, params=cast("dict[str, int]", given),
                             on_unsupported=on_unsupported, name=name)
        return with_bits(network, activation_bits, weight_bits)
    if not isinstance(source, str | Path):
        raise ConfigError(Fault("not a workload", value=type(source).__name__,
                                allowed=f"a name, a path ({', '.join(SUFFIXES)}), a mapping, a torch module"))
    path = _find(source)
    kind = path.suffix.lower()
    if kind in (".yaml", ".yml"):
        return read_network(path, settings)
    if kind == ".csv":
        from hwsim.workload.scalesim_csv import read_scalesim

        if given:
            raise ConfigError(
                [Fault("a SCALE-Sim topology has no parameters", file=str(path), path=f"params.{k}") for k in given]
            )
        network = read_scalesim(path, batch=batch, name=name)
    else:
        from hwsim.workload.onnx.read import read_onnx

        network = read_onnx(
            path, batch=batch, params=cast("dict[str, int]", given), on_unsupported=on_unsupported, name=name
        )
    return with_bits(network, activation_bits, weight_bits)


def _check(batch: int | None, widths: Mapping[str, int | None], on_unsupported: str) -> None:
    faults = [
        Fault("not a bit width", path=key, value=repr(bits), allowed="1..64")
        for key, bits in widths.items() if bits is not None and (type(bits) is not int or not 1 <= bits <= 64)
    ]
    if batch is not None and (type(batch) is not int or batch < 1):
        faults.append(Fault("not a batch size", path="batch", value=repr(batch), allowed="a whole number >= 1"))
    if on_unsupported not in ("error", "vector"):
        faults.append(
            Fault("unknown choice", path="on_unsupported", value=repr(on_unsupported), allowed="error, vector")
        )
    if faults:
        raise ConfigError(faults)


def _find(source: str | Path) -> Path:
    """Return the file that ``source`` means; a text without a slash or a known suffix is the name of a workload."""
    path = Path(source)
    known = names("workloads")
    if isinstance(source, str) and source in known:
        return data_dir("workloads") / f"{source}.yaml"
    if source and path.is_dir():
        raise ConfigError(Fault("is a directory, expected a file", file=str(path)))
    is_path = isinstance(source, Path) or len(path.parts) > 1 or path.suffix.lower() in SUFFIXES
    if source and is_path and not path.exists():
        raise ConfigError(Fault("no such file", file=str(path)))
    if path.suffix.lower() in SUFFIXES:
        return path
    if isinstance(source, Path) or len(path.parts) > 1 or path.is_file():
        raise ConfigError(
            Fault("unknown kind of workload file", file=str(path), value=repr(path.suffix), allowed=", ".join(SUFFIXES))
        )
    raise ConfigError(
        Fault(
            "unknown workload",
            value=repr(str(source)),
            allowed=f"{shortened(known, 'hwsim list')}; or a path ({', '.join(SUFFIXES)})",
            nearest=nearest(str(source), known),
        )
    )
