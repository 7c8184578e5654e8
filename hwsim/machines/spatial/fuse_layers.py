"""Layers of a workload that follow each other, fused through on-chip buffers where that is better."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hwsim.dataflow.fusion.fused import MappedChain
from hwsim.dataflow.fusion.map_chain import map_chain
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.objective import Objective
from hwsim.errors import ConfigError, Fault
from hwsim.machines.simulate import build_machine
from hwsim.machines.spatial.free import FreeDataflow
from hwsim.machines.spatial.machine import SpatialArray
from hwsim.machines.spatial.map_workload import chosen_kernels
from hwsim.workload.load import load_workload
from hwsim.workload.table import LayerTable

if TYPE_CHECKING:
    from hwsim.arch.description import Accelerator
    from hwsim.workload.network import Network


def fuse_layers(
    accelerator: Accelerator | str, workload: Network | str, layers: Sequence[str], *, objective: str | Objective | None = None,
) -> MappedChain:
    """Search the best way to run layers in sequence: each off chip and back, or with what is between them on chip.

    Parameters
    ----------
    accelerator : of kind ``spatial`` with ``dataflow: free``: a description, a template's name or a path.
    layers : names in order; each reads what the one before it writes, which nothing else reads.
    objective : of the whole sequence: "latency", "energy", "edp" or ``Objective.weighted``; None: as described.

    Returns
    -------
    What stays where, whole or in tiles, and costs by layer beside those of the same layers unfused; see ``map_chain``.

    Raises
    ------
    ConfigError
        Another kind of accelerator; unknown layers; layers that do not follow each other.
    """
    model = build_machine(accelerator)
    if not isinstance(model, SpatialArray) or not isinstance(model.flow, FreeDataflow):
        raise ConfigError(Fault("only free mappings can be fused", path=f"{model.accelerator.name}.kind",
                                value=repr(model.kind), allowed="kind spatial, pe_array.dataflow free"))
    network = load_workload(workload) if isinstance(workload, str) else workload
    table = model.table(network)
    kernels, faults = chosen_kernels(table, layers)
    if not layers:
        faults.append(Fault("no layers to fuse", path="layers"))
    if faults := [*faults, *_apart(network, table, kernels)]:
        raise ConfigError(faults)
    problems = [Problem.of_kernel(name, table.kernels[kernel]) for name, kernel in zip(layers, kernels, strict=True)]
    array = model.accelerator.pe_array
    assert array is not None
    return map_chain(problems, model.flow.space, array.objective if objective is None else objective)


def _apart(network: Network, table: LayerTable, kernels: Sequence[int]) -> list[Fault]:
    """Return a fault for every pair of kernels between which there is more than one tensor, or none."""
    faults = []
    for one, other in pairwise(kernels):
        first, last = (int(np.flatnonzero(table.kernel_of == one)[end]) for end in (0, -1))
        readers = network.consumers[network.layers[last].outputs[0]]
        names = ", ".join(table.names[reader] for reader in readers)
        if other not in [table.kernel_of[reader] for reader in readers]:
            lead = table.names[int(np.flatnonzero(table.kernel_of == other)[0])]
            faults.append(Fault(f"does not read what {table.names[first]} writes", path="layers", value=repr(lead),
                                allowed=names))
        elif len(readers) > 1:
            faults.append(Fault(f"what {table.names[first]} writes goes off chip, as several layers read it", path="layers",
                                value=names))
    return faults
