"""The layer table that all parts can be costed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hwsim.errors import ConfigError, Fault
from hwsim.machines.machine import Machine
from hwsim.workload.network import Network
from hwsim.workload.table import IO, LayerTable


def common_table(machines: Mapping[str, Machine], network: Network) -> LayerTable:
    """Return ``network`` as every part has it, with all activations off chip between kernels.

    An activation lies in the shared memory in one width, and is read there by whichever part runs the next kernel; so parts
    of different widths take only networks that fix theirs.

    Raises
    ------
    ConfigError
        Parts that fuse layers into different kernels, or compute in different widths, with both.
    """
    tables = {key: machine.table(network) for key, machine in machines.items()}
    first, *others = tables
    table = tables[first]
    faults = []
    for key in others:
        pair = f"{first} and {key}"
        if not np.array_equal(tables[key].kernel_of, table.kernel_of):
            faults.append(Fault(f"{pair} fuse layers into different kernels, so kernels cannot go to either", path="parts",
                                value=f"{table.kernel_count} and {tables[key].kernel_count} kernels of {network.name}",
                                allowed="vector_unit.fused_epilogue alike"))
        elif not np.array_equal(tables[key].kernels, table.kernels) or not np.array_equal(tables[key].io, table.io):
            faults.append(Fault(
                f"{pair} compute in different widths, but activations go from one to the other", path="parts",
                value=f"{_widths(table)} and {_widths(tables[key])} bit", allowed="parts of equal widths, or a network that "
                "fixes its own (bits=... of load_workload, --bits)"))
    if faults:
        raise ConfigError(faults)
    io = table.io.copy()
    io[:, IO["forced"]] = 1.0
    return replace(table, io=io)


def _widths(table: LayerTable) -> str:
    return f"{table.activation_bits} x {table.weight_bits}"
