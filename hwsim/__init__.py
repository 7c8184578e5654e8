"""hwsim: simulate and explore dataflow accelerators.

    import hwsim
    result = hwsim.simulate(hwsim.load_accelerator("tpu_v1"), hwsim.load_workload("resnet50"))

Every name is loaded on first use, so that ``import hwsim`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hwsim.errors import ConfigError, HwsimError, UnsupportedError

if TYPE_CHECKING:
    from hwsim import memory, plot
    from hwsim.arch.description import Accelerator
    from hwsim.arch.load import load_accelerator
    from hwsim.machines.compare import compare
    from hwsim.machines.heterogeneous.policy import Assign
    from hwsim.machines.points import PointTable
    from hwsim.machines.simulate import build_machine, simulate
    from hwsim.machines.spatial.fuse_layers import fuse_layers
    from hwsim.machines.spatial.layer_mappings import LayerMappings
    from hwsim.machines.spatial.map_workload import map_workload
    from hwsim.report.page import write_report
    from hwsim.result.columns import columns
    from hwsim.result.diff import Diff, diff
    from hwsim.result.result import Result
    from hwsim.sweeps.fit import fit
    from hwsim.sweeps.grid import grid
    from hwsim.sweeps.pareto import pareto
    from hwsim.sweeps.run import sweep
    from hwsim.sweeps.sample import sample
    from hwsim.sweeps.sensitivity import sensitivity
    from hwsim.sweeps.space import Space
    from hwsim.workload.builder import NetworkBuilder
    from hwsim.workload.job import Job
    from hwsim.workload.load import load_workload
    from hwsim.workload.network import Network

__version__ = "0.1.0"

__all__ = [
    "Accelerator", "Assign", "ConfigError", "Diff", "HwsimError", "Job", "LayerMappings", "Network", "NetworkBuilder",
    "PointTable", "Result", "Space", "UnsupportedError", "build_machine", "columns", "compare", "diff", "fit", "fuse_layers",
    "grid", "load_accelerator", "load_workload", "map_workload", "memory", "pareto", "plot", "sample", "sensitivity",
    "simulate", "sweep", "write_report",
]

_HOME = {
    "Accelerator": "hwsim.arch.description",
    "Assign": "hwsim.machines.heterogeneous.policy",
    "Diff": "hwsim.result.diff",
    "Job": "hwsim.workload.job",
    "LayerMappings": "hwsim.machines.spatial.layer_mappings",
    "Network": "hwsim.workload.network",
    "NetworkBuilder": "hwsim.workload.builder",
    "PointTable": "hwsim.machines.points",
    "Result": "hwsim.result.result",
    "Space": "hwsim.sweeps.space",
    "build_machine": "hwsim.machines.simulate",
    "columns": "hwsim.result.columns",
    "compare": "hwsim.machines.compare",
    "diff": "hwsim.result.diff",
    "fit": "hwsim.sweeps.fit",
    "fuse_layers": "hwsim.machines.spatial.fuse_layers",
    "grid": "hwsim.sweeps.grid",
    "load_accelerator": "hwsim.arch.load",
    "load_workload": "hwsim.workload.load",
    "map_workload": "hwsim.machines.spatial.map_workload",
    "pareto": "hwsim.sweeps.pareto",
    "sample": "hwsim.sweeps.sample",
    "sensitivity": "hwsim.sweeps.sensitivity",
    "simulate": "hwsim.machines.simulate",
    "sweep": "hwsim.sweeps.run",
    "write_report": "hwsim.report.page",
}


def __getattr__(name: str) -> Any:
    if name in ("memory", "plot"):
        return import_module(f"hwsim.{name}")
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hwsim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
