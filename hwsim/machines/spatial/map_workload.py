"""How the layers of a workload lie on a spatial array, each distinct one once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hwsim.arch.load import load_accelerator
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.strategy import STRATEGIES
from hwsim.errors import ConfigError, Fault, nearest, shortened
from hwsim.machines.simulate import build_machine
from hwsim.machines.spatial.free import FreeDataflow
from hwsim.machines.spatial.layer_mappings import LayerMappings
from hwsim.machines.spatial.machine import SpatialArray, areas_mm2, array_cost, array_kernel
from hwsim.machines.spatial.mapped_layer import MappedLayer
from hwsim.machines.spatial.residency import Residency
from hwsim.machines.spatial.rows import CostRows
from hwsim.workload.load import load_workload
from hwsim.workload.table import LayerTable

if TYPE_CHECKING:
    from hwsim.arch.description import Accelerator
    from hwsim.workload.network import Network


def map_workload(
    accelerator: Accelerator | str, workload: Network | str, *, layers: Sequence[str] = (),
    objective: str | Objective | None = None, strategy: str = "pruned", seed: int = 0,
    progress: Callable[[Iterable[Any]], Iterable[Any]] | None = None,
) -> LayerMappings:
    """Map every distinct product or convolution of a workload.

    Parameters
    ----------
    accelerator : of kind ``spatial``: a description, a template's name or a path.
    workload : a network, a workload's name or a path.
    layers : names of layers; none: all.
    objective : what a free mapping is best in: "latency", "energy", "edp" or ``Objective.weighted``; None: as described.
    strategy : of a free mapping: "pruned", "exhaustive", "random", "annealing". seed : of those that draw.
    progress : wraps the distinct layers as they are mapped, e.g. ``tqdm.tqdm``.

    Raises
    ------
    ConfigError
        An accelerator without mappings; an unknown name; the faults of every layer that cannot run.
    """
    description = load_accelerator(accelerator)
    model = build_machine(description)
    if not isinstance(model, SpatialArray):
        raise ConfigError(Fault(f"{model.kind} accelerators have no mappings to choose", path=f"{description.name}.kind",
                                value=repr(model.kind), allowed=f"templates of kind spatial: {', '.join(_mappable())}"))
    flow = model.flow
    faults = []
    if strategy not in STRATEGIES:
        faults.append(Fault("unknown mapping strategy", path="strategy", value=repr(strategy), allowed=", ".join(STRATEGIES),
                            nearest=nearest(strategy, STRATEGIES)))
    elif isinstance(flow, FreeDataflow):
        flow = flow.searching(None if objective is None else Objective.of(objective), strategy, seed)
    elif objective is not None or (strategy, seed) != ("pruned", 0):
        faults.append(Fault("this dataflow has one mapping a layer, nothing is searched", allowed="free",
                            path=f"{description.name}.pe_array.dataflow", value=repr(flow.name)))
    network = load_workload(workload) if isinstance(workload, str) else workload
    table = model.table(network)
    kernels, more = chosen_kernels(table, layers)
    if faults or more:
        raise ConfigError([*faults, *more])
    alike: dict[object, list[int]] = {}
    residency = Residency(description)
    for kernel in range(table.kernel_count):
        if (seen := array_kernel(table, kernel, residency)) is not None:
            name = seen.problem.name
            key = replace(seen, problem=replace(seen.problem, name=name if name in flow.by_name else ""))
            alike.setdefault(key, []).append(kernel)
    wanted = [group for group in alike.values() if set(group) & set(kernels)]
    rows = CostRows(flow.accelerator, areas_mm2(flow))
    found = []
    for group in progress(wanted) if progress is not None else wanted:
        try:
            costs = [cost for kernel in group if (cost := array_cost(flow, table, kernel)) is not None]
            found.append(MappedLayer.of(rows, table, group, costs))
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
    return LayerMappings(description.name, network.name, tuple(found), tuple(flow.notes(table.names)))


def chosen_kernels(table: LayerTable, names: Sequence[str]) -> tuple[list[int], list[Fault]]:
    """Return the kernels of layers, all with a product for no names, and faults."""
    mapped = np.flatnonzero(table.column("m") > 0)
    if not names:
        faults = [] if mapped.size else [Fault("no layer has a product or a convolution to map", path="layers")]
        return mapped.tolist(), faults
    known = [name for name, kernel in zip(table.names, table.kernel_of, strict=True) if kernel in mapped]
    leads = [table.names[table.kernel_of.tolist().index(kernel)] for kernel in mapped]
    at = {name: int(kernel) for name, kernel in zip(table.names, table.kernel_of, strict=True)}
    faults = [Fault("has no product or convolution to map" if name in at else "no such layer", path="layers", value=repr(name),
                    allowed=shortened(leads, "all, see hwsim show"), nearest=nearest(name, known))
              for name in names if name not in known]
    return [at[name] for name in names if name in known], faults


def _mappable() -> list[str]:
    from hwsim.datafiles import names

    return [name for name in names("arch_templates") if load_accelerator(name).kind == SpatialArray.kind]
