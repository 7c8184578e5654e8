"""DRAM devices from YAML files: a preset with some values changed, or a whole organisation and timing table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from hwsim.errors import ConfigError, Fault
from hwsim.memory import limits
from hwsim.memory.dram.check import device_faults
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.presets import dram_device
from hwsim.yamlfile import Document, read_yaml


def load_dram(source: str | Path | DramDevice) -> DramDevice:
    """Return one channel of a DRAM device.

    Parameters
    ----------
    source : the name of a preset, a device, which is returned as it is, or the path of a YAML file. The file has the fields
        of ``DramDevice``; with ``like: DDR4-3200 x8`` it needs only those that differ from that preset, its name among them.

    Raises
    ------
    ConfigError
        An unknown name, with the nearest one; else every fault of the file, each with its line.
    """
    if isinstance(source, DramDevice):
        return source
    if isinstance(source, str) and Path(source).suffix not in (".yaml", ".yml"):
        return dram_device(source)
    document = read_yaml(Path(source))
    given = {str(key): value for key, value in document.data.items()}
    known: list[Fault] = []  # what a preset as its vendor rounds it may break by a cycle, a file may too
    if "like" in given:
        try:
            preset = dram_device(given.pop("like"))
        except ConfigError as error:
            raise ConfigError([_place(replace(fault, path="like"), document) for fault in error.faults]) from None
        known = device_faults(preset)
        given = _over({key: value for key, value in asdict(preset).items() if key != "name"}, given)
    values, faults = limits.parse(DramDevice, given)
    faults += limits.check(DramDevice, values)
    if {"organisation", "timing", "rate_mt_s"} <= values.keys() - {fault.path for fault in faults}:
        device = DramDevice(**{"name": "", "standard": "", **values})
        faults += [fault for fault in device_faults(device) if fault not in known]
        if not faults:
            return device
    raise ConfigError(sorted((_place(fault, document) for fault in faults), key=lambda fault: fault.line or 0))


def _over(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``given``, those of organisation and timing one by one."""
    merged = {key: base[key] | value if isinstance(base.get(key), dict) and isinstance(value, dict) else value
              for key, value in given.items()}
    return {**base, **merged}


def _place(fault: Fault, document: Document) -> Fault:
    return replace(fault, file=document.file, line=document.line(tuple(fault.path.split("."))))
