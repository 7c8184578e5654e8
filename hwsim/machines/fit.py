"""Whether a workload can run at all: its size, and the memories that must hold it; and memories nobody knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hwsim.arch.description import Accelerator
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.machines.overrides import PointReader
from hwsim.machines.points import PointTable
from hwsim.technology.offchip import offchip_types
from hwsim.units import binary_bytes
from hwsim.workload.network import Network
from hwsim.workload.table import LayerTable

MAX_COUNT = 2**53  # counts beyond are no longer exact in the arrays that carry them


def unknown_memories(accelerator: Accelerator) -> list[Fault]:
    """Return a fault for every memory whose type has no energy and that gives none itself, and for every unknown device."""
    faults = []
    for name, memory in accelerator.memories.items():
        if memory.j_per_byte is None and memory.type not in offchip_types():
            near = nearest(memory.type, offchip_types())
            faults.append(Fault("unknown memory type, and no j_per_byte", path=f"memories.{name}.type", value=repr(memory.type),
                                allowed=", ".join(offchip_types()), nearest=near))
        if memory.device is not None:
            from hwsim.memory.dram.load import load_dram

            path = f"memories.{name}.device"
            try:
                load_dram(memory.device)
            except ConfigError as error:  # what is wrong within the device's file keeps its place there
                faults += [replace(fault, path=path) if fault.file is None else Fault(str(fault), path=path)
                           for fault in error.faults]
    return faults


def check_workload(accelerator: Accelerator, network: Network, layers: LayerTable, *, capacities: bool = True) -> None:
    """Check that ``network`` does something, is small enough to count, and, with ``capacities``, fits the off-chip memories.

    A memory must hold the filters of the network (biases and tables included) where it is home to filters, and the
    activations alive at one time where it is home to ifmaps or ofmaps.

    Raises
    ------
    ConfigError
        With what is asked for and what is there.
    """
    faults = []
    if not (layers.column("macs") + layers.column("vector_ops") + layers.column("out_bytes")).any():
        faults.append(Fault("nothing to run: every layer only gives bytes another shape", path=network.name))
    largest = max(network.macs, network.parameters, *(t.elements for t in network.tensors.values()))
    if largest > MAX_COUNT:
        faults.append(Fault(f"a workload of {largest:.3g} operations or elements is too large", path=network.name,
                            allowed=f"at most 2^53, about {MAX_COUNT:.1g}"))
    if capacities:
        faults += too_small_for(accelerator, network, layers, PointReader(accelerator, PointTable.of(), 0, 1)).get(0, [])
    if faults:
        raise ConfigError(faults)


def too_small_for(
    accelerator: Accelerator, network: Network, layers: LayerTable, value: PointReader,
) -> dict[int, list[Fault]]:
    """Return, for points whose off-chip memories do not hold the network, what does not fit."""
    found: dict[int, list[Fault]] = {}
    filters = layers.column("b_bytes") @ layers.column("b_constant") + layers.column("extra_weight_bytes").sum()
    for name, memory in accelerator.memories.items():
        path = f"memories.{name}.capacity_bytes"
        need = filters * ("filter" in memory.holds) + layers.peak_bytes * bool({"ifmap", "ofmap"} & set(memory.holds))
        if memory.capacity_bytes is None and path not in value.points.overrides:
            continue
        held = np.broadcast_to(value(path), value.count)
        for point in np.flatnonzero(need > held).tolist():
            found.setdefault(point, []).append(Fault(
                f"{network.name} needs {binary_bytes(need)} here, but the memory holds {binary_bytes(float(held[point]))}",
                path=f"{accelerator.name}.{path}"))
    return found
