"""Load flash by the name of a preset, from a YAML file or from plain values; all faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hwsim.errors import ConfigError, Fault
from hwsim.memory import limits
from hwsim.memory.flash.device import NandFlash, faults_of
from hwsim.memory.flash.presets import FLASH
from hwsim.yamlfile import Document, read_yaml


def load_flash(source: str | Path | Mapping[str, object] | NandFlash) -> NandFlash:
    """Return the description of a flash memory.

    Parameters
    ----------
    source : a name in ``FLASH``, the path of a YAML file with the fields of ``NandFlash``, plain values (as in such a file),
        or a description, which is returned as it is.

    Raises
    ------
    ConfigError
        An unknown name, with the nearest one; else every fault of the file, each with its line.
    """
    if isinstance(source, NandFlash):
        return source
    if isinstance(source, str) and Path(source).suffix not in (".yaml", ".yml"):
        return FLASH[source]
    document = None if isinstance(source, Mapping) else read_yaml(Path(source))
    values, faults = limits.parse(NandFlash, document.data if document else source)  # type: ignore[arg-type]
    faults += faults_of(values)
    if not faults:
        return NandFlash(**values)
    raise ConfigError(sorted((_place(fault, document) for fault in faults), key=lambda fault: fault.line or 0))


def _place(fault: Fault, document: Document | None) -> Fault:
    if document is None:
        return fault
    path = tuple(int(key) if key.isdigit() else key for key in fault.path.split("."))
    return replace(fault, file=document.file, line=document.line(path))
