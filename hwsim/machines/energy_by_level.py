"""Where the energy of every kernel of a spatial array goes, memory by memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hwsim.arch.description import Accelerator
from hwsim.dataflow.columns import COST
from hwsim.errors import ConfigError, Fault
from hwsim.machines.simulate import build_machine
from hwsim.machines.spatial.machine import SpatialArray, areas_mm2, array_cost
from hwsim.machines.spatial.mapped_layer import traffic_of
from hwsim.machines.spatial.rows import CostRows
from hwsim.workload.load import load_workload
from hwsim.workload.network import Network

if TYPE_CHECKING:
    import pandas as pd

OTHERS = {"NoC": "energy_noc_j", "MAC": "energy_mac_j", "vector unit": "energy_vector_j", "static": "energy_static_j"}


def energy_by_level(accelerator: Accelerator | str, network: Network | str) -> pd.DataFrame:
    """Return joules of every kernel by memory, buffer and scratch pad, outermost first, then NoC, MAC, vector unit and static.

    Parameters
    ----------
    accelerator : of kind ``spatial``: a description, a template's name or a path.
    network : a network, a workload's name or a path.

    Returns
    -------
    (kernels, levels), indexed by the name of a kernel's first layer; a row sums to the ``energy_j`` of the kernel's layers.

    Raises
    ------
    ConfigError
        An accelerator of another kind, or a kernel that cannot run.
    """
    import pandas as pd

    model = build_machine(accelerator)
    described = model.accelerator
    if not isinstance(model, SpatialArray):
        raise ConfigError(Fault("memory levels are those of a PE array", path=f"{described.name}.kind", value=model.kind,
                                allowed="spatial"))
    flow, layers = model.flow, model.table(load_workload(network) if isinstance(network, str) else network)
    distinct, inverse = layers.distinct(flow.by_name)
    makes = CostRows(described, areas_mm2(flow))
    found = []
    for kernel in range(distinct.kernel_count):
        cost = array_cost(flow, distinct, kernel)
        row = makes.row(distinct, kernel, cost)
        energy = dict.fromkeys((*described.memories, *makes.stores), 0.0)
        for part in traffic_of(makes, row, cost):
            energy[part.level] += part.energy_j
        found.append(energy | {name: row[COST[column]] for name, column in OTHERS.items()})
    first = dict(zip(reversed(layers.kernel_of.tolist()), reversed(layers.names), strict=True))
    names = pd.Index([first[kernel] for kernel in range(layers.kernel_count)], name="kernel")
    return pd.DataFrame([found[i] for i in inverse], index=names)
