"""Servers of the off-chip memories in a schedule: a shared bandwidth, or a DRAM port with bank state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Accelerator, Memory
from hwsim.dataflow.columns import PARAMETER
from hwsim.engine import Resource
from hwsim.errors import ConfigError, Fault
from hwsim.machines.systolic_parameters import MOVED
from hwsim.memory.dram.load import load_dram
from hwsim.memory.dram.port import DramPort

Floats = NDArray[np.float64]
OWN_SERVERS = ("control", "array", "vector unit")  # of every systolic machine, before its memories
_CLOSE = 0.01  # a data sheet rounds its bandwidth, presets their clock


def memory_servers(accelerator: Accelerator, point: Floats) -> tuple[list[Resource], list[Resource]]:
    """Return one server a memory, in the order of the description, and one for the latency of each that has any.

    A memory with a device is a ``dram`` server; others share ``bandwidth x efficiency`` of the parameter row ``point``.

    Raises
    ------
    ConfigError
        An unknown device; a device whose peak bandwidth is not the memory's; a name that another server has.
    """
    servers, latencies, faults = list[Resource](), list[Resource](), list[Fault]()
    faults += [Fault("another server has this name", path=f"memories.{name}", allowed=f"anything but {', '.join(OWN_SERVERS)}")
               for name in accelerator.memories if name in OWN_SERVERS]
    clock = point[PARAMETER["clock_hz"]]
    for name, memory in accelerator.memories.items():
        operand = next((o for o in MOVED if o in memory.holds), None)
        if operand is None:  # holds partial sums alone, which never leave the chip
            servers.append(Resource(name, "rate", memory.bandwidth_bytes_per_s))
            continue
        rate = clock / point[PARAMETER[f"{operand}_rate"]]
        if memory.device is None:
            servers.append(Resource(name, "rate", float(rate)))
        else:
            try:
                servers.append(Resource(name, "dram", port=device_port(name, memory, rate / memory.efficiency)))
            except ConfigError as error:
                faults += error.faults
        if point[PARAMETER[f"{operand}_latency"]] > 0 and memory.device is None:
            latencies.append(Resource(f"{name} latency"))
    if faults:
        raise ConfigError(faults)
    return servers, latencies


def device_port(name: str, memory: Memory, bandwidth_bytes_per_s: float) -> DramPort:
    """Return the port of a memory's device; ConfigError where its peak is not ``bandwidth_bytes_per_s``."""
    assert memory.device is not None
    port = DramPort(load_dram(memory.device), memory.mapping, memory.channels)
    if abs(bandwidth_bytes_per_s / port.bytes_per_s - 1) > _CLOSE:
        raise ConfigError(Fault(
            f"{memory.channels} x {port.device.name} move {port.bytes_per_s / 1e9:.4g} GB/s, not "
            f"{bandwidth_bytes_per_s / 1e9:.4g} GB/s; set device to null to use a bandwidth alone",
            path=f"memories.{name}.bandwidth_bytes_per_s"))
    return port
