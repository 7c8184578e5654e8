"""DRAM devices from YAML files: a preset with some values changed, or a whole organisation and timing table.

    name: DDR4-3200 x8, slow reads
    like: DDR4-3200 x8
    timing: {cl: 28}                 # clock cycles of timing.tck_ps picoseconds, 625 here
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from hwsim.arch.dram import is_device_file
from hwsim.errors import ConfigError, Fault, nearest
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
    if not is_device_file(source):
        return dram_device(str(source)) if isinstance(source, str) else _no_device(source)
    document = _read(Path(source))
    given = {str(key): value for key, value in document.data.items()}
    known: list[Fault] = []  # what a preset as its vendor rounds it may break by a cycle, a file may too
    changed = given
    if "like" in given:
        try:
            preset = dram_device(given["like"])
        except ConfigError as error:
            raise ConfigError([_place(replace(fault, path="like"), document) for fault in error.faults]) from None
        known = device_faults(preset)
        changed = _over({key: value for key, value in asdict(preset).items() if key != "name"},
                        {key: value for key, value in given.items() if key != "like"})
    values, faults = limits.parse(DramDevice, changed)
    faults += limits.check(DramDevice, values)
    if {"organisation", "timing", "rate_mt_s"} <= values.keys() - {fault.path for fault in faults}:
        device = DramDevice(**{"name": "", "standard": "", **values})
        faults += [fault for fault in device_faults(device) if fault not in known]
        if not faults:
            return device
    raise ConfigError(sorted((_place(_told(fault, given, changed), document) for fault in faults),
                             key=lambda fault: fault.line or 0))


def _no_device(source: object) -> DramDevice:
    raise ConfigError(Fault("not a DRAM device", value=repr(source), allowed="a DramDevice, a name of 'hwsim memory list', "
                            "or the path of a YAML file"))


def _read(file: Path) -> Document:
    """Read a device file; one that is not there may be another of its folder, or a name was meant."""
    if file.exists() or not file.parent.is_dir():
        return read_yaml(file)
    there = sorted(str(other) for other in file.parent.glob("*.y*ml"))
    raise ConfigError(Fault("no such file", file=str(file), nearest=nearest(str(file), there),
                            allowed="the YAML file of a device, or a name of 'hwsim memory list'"))


def _over(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``given``, those of organisation and timing one by one."""
    merged = {key: base[key] | value if isinstance(base.get(key), dict) and isinstance(value, dict) else value
              for key, value in given.items()}
    return {**base, **merged}


def _told(fault: Fault, given: Mapping[str, Any], changed: Mapping[str, Any]) -> Fault:
    """Return a fault in terms of the file: where a preset stands behind it, and that timings are whole clock cycles."""
    section, _, field = fault.path.partition(".")
    if fault.message == "unknown key" and not field:
        keys = f"like, {fault.allowed}"
        return replace(fault, allowed=keys, nearest=nearest(fault.path, keys.split(", ")))
    if fault.message == "required key is missing" and "like" not in given and section != "name":
        return replace(fault, message="required key is missing where 'like' names no device to start from")
    if fault.message == "not a whole number" and section == "timing" and field not in ("tck_ps", "tick_ps"):
        clock_ps = changed["timing"].get("tck_ps")
        of = f" of timing.tck_ps = {clock_ps} ps, times rounded up" if isinstance(clock_ps, int) else ""
        return replace(fault, allowed=f"whole number of clock cycles{of}")
    if fault.path == "organisation.transaction_bytes" and "rate_mt_s" in given:
        return replace(fault, path="rate_mt_s", value=str(given["rate_mt_s"]))
    return fault


def _place(fault: Fault, document: Document) -> Fault:
    return replace(fault, file=document.file, line=document.line(tuple(fault.path.split("."))))
