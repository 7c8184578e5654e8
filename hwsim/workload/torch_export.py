"""Networks straight from torch: the module is exported by torch's own ONNX exporter, then read like any ONNX file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hwsim.errors import ConfigError, Fault
from hwsim.workload.network import Network


def is_torch_module(source: object) -> bool:
    """Whether ``source`` is a torch.nn.Module, found out without importing torch."""
    return any(
        f"{cls.__module__}.{cls.__qualname__}" == "torch.nn.modules.module.Module" for cls in type(source).__mro__
    )


def read_torch(module: Any, example_input: Any, *, batch: int | None = None, params: Mapping[str, int] | None = None,
               on_unsupported: str = "error", name: str | None = None) -> Network:
    """Export ``module``, called with ``example_input`` (a tensor or a tuple of arguments), and read the result.

    The module is exported as for inference and left as it was.

    Raises
    ------
    ConfigError
        torch or its exporter is not installed, or cannot export the module; faults of the reader.
    """
    from hwsim.workload.onnx.model import open_model
    from hwsim.workload.onnx.read import read_model

    missing = [package for package in ("torch", "onnxscript") if find_spec(package) is None]  # the exporter needs both
    if missing:
        raise ConfigError(Fault(f"reading a torch module needs {' and '.join(missing)}; install hwsim[torch]"))
    import torch

    label = name or type(module).__name__
    if example_input is None:
        raise ConfigError(Fault("a torch module needs example_input=, a tensor or a tuple of arguments", path=label))
    arguments = example_input if isinstance(example_input, tuple) else (example_input,)
    if batch is not None:
        arguments = _rebatched(arguments, batch)
    training = module.training
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = Path(folder) / "module.onnx"
        try:
            program = torch.onnx.export(module.eval(), arguments, dynamo=True, verbose=False)
            program.save(str(path), external_data=True)  # weights apart: a model may exceed protobuf's 2 GiB
        except Exception as error:  # whatever tracing the user's code raises
            reason = str(error).strip().splitlines()
            raise ConfigError(
                Fault(f"torch cannot export the module: {reason[0] if reason else type(error).__name__}", path=label)
            ) from error
        finally:
            module.train(training)
        model = open_model(path)
    source = {"source": f"{type(module).__module__}.{type(module).__qualname__}", "torch": str(torch.__version__)}
    return read_model(model, label, name=label, source=source, batch=batch, params=params,
                      on_unsupported=on_unsupported)


def _rebatched(arguments: tuple[Any, ...], batch: int) -> tuple[Any, ...]:
    """Repeat the first entry of every tensor that starts with the batch axis (that of the first tensor)."""
    shapes: list[tuple[int, ...]] = [tuple(getattr(a, "shape", ())) for a in arguments]
    old = next((s[0] for s in shapes if len(s)), None)
    return tuple(a[:1].repeat(batch, *(1,) * (len(s) - 1)) if len(s) and s[0] == old else a
                 for a, s in zip(arguments, shapes, strict=True))
