"""Results written by hand: no machine model takes part."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hwsim.result import CYCLE_PARTS, ENERGY_PARTS, LAYER_COLUMNS, Result, sum_parts
from hwsim.result.timeline import TaskTimeline

CLOCK_HZ = 1e9
PES = 16


def _layers(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Fill the columns a test does not name with zeros and the totals from their parts."""
    texts = {"name", "op", "kernel", "bound"}
    empty = {c.name: "" if c.name in texts else 0 if c.name == "macs" else 0.0 for c in LAYER_COLUMNS}
    frame = pd.DataFrame([{**empty, "kernel": row["name"], **row} for row in rows])
    frame["cycles"] = sum_parts(frame, CYCLE_PARTS)
    frame["energy_j"] = sum_parts(frame, ENERGY_PARTS)
    frame["latency_s"] = frame["cycles"] / CLOCK_HZ
    frame["stall_cycles"] = frame["cycles"] - frame["compute_cycles"]
    frame["utilisation"] = frame["macs"] / (frame["cycles"] * PES)
    return frame


ROWS = [
    {"name": "conv1", "op": "conv", "macs": 1600, "bound": "array", "compute_cycles": 130.0,
     "array_active_cycles": 100.0, "fill_drain_cycles": 30.0, "input_stall_cycles": 20.0,
     "energy_mac_j": 0.1e-9, "energy_buffer_j": 0.2e-9, "energy_offchip_j": 0.3e-9, "energy_static_j": 0.7e-9,
     "ifmap_offchip_bytes": 200.0, "operational_intensity_macs_per_byte": 8.0},
    {"name": "relu1", "op": "pointwise", "vector_ops": 64, "bound": "vector", "compute_cycles": 16.0,
     "vector_cycles": 16.0, "energy_vector_j": 0.05e-9,
     "ofmap_offchip_bytes": 64.0, "operational_intensity_macs_per_byte": 0.0},
    {"name": "fc", "op": "matmul", "macs": 400, "bound": "weight load", "compute_cycles": 40.0,
     "array_active_cycles": 25.0, "weight_shift_cycles": 15.0, "weight_stall_cycles": 360.0,
     "energy_mac_j": 0.03e-9, "energy_offchip_j": 0.6e-9,
     "filter_offchip_bytes": 400.0, "operational_intensity_macs_per_byte": 1.0},
    {"name": "resident", "op": "matmul", "macs": 800, "bound": "array", "compute_cycles": 50.0,
     "array_active_cycles": 50.0, "operational_intensity_macs_per_byte": math.nan},
]


def hand_made(rows: list[dict[str, Any]] | None = None, **fields: Any) -> Result:
    """Return a result of four layers (616 cycles, 1.98 nJ), or of other rows and fields."""
    layers = _layers(ROWS if rows is None else rows)
    energy = {part.key: math.fsum(layers[part.column]) for part in ENERGY_PARTS}
    cycles = math.fsum(layers["cycles"])
    known: dict[str, Any] = {
        "accelerator": "toy", "workload": "net", "fidelity": "analytic", "layers": layers, "cycles": cycles,
        "latency_s": cycles / CLOCK_HZ, "energy_j": math.fsum(energy.values()), "area_mm2": 2.5,
        "macs": int(layers["macs"].sum()), "utilisation": float(layers["macs"].sum()) / (cycles * PES),
        "spatial_utilisation": 1.0, "temporal_utilisation": 0.5,
        "traffic_bytes": {"ddr": {"read": 600.0, "write": 64.0}}, "energy_breakdown_j": energy,
        "area_breakdown_mm2": {"array": 1.5, "buffers": 1.0},
        "stall_breakdown_cycles": {part.key: math.fsum(layers[part.column]) for part in CYCLE_PARTS},
        "metrics": {"fps": CLOCK_HZ / cycles},
        "provenance": {"hwsim_version": "0.1.0", "template_hash": "aa", "workload_hash": "bb"},
        "notes": ("a gap",),
        "device": {"peak_macs_per_s": PES * CLOCK_HZ, "clock_hz": CLOCK_HZ, "pes": float(PES),
                   "offchip_bytes_per_s": 1e9},
    }
    return Result(**{**known, **fields})


@pytest.fixture
def make_result() -> Callable[..., Result]:
    """Return ``hand_made``."""
    return hand_made


# dram: three loads one after another, two of which wait, then two stores that overlap; times in nanoseconds
_COLUMNS = ("resource", "kernel", "action", "ready", "queued", "start", "end", "bytes")
TASKS = [dict(zip(_COLUMNS, row, strict=True)) for row in (
    ("dram", "conv1", "load filter", 0, 0, 0, 40, 400),
    ("dram", "conv1", "load ifmap", 0, 10, 40, 60, 100),
    ("dram", "fc", "load filter", 5, 10, 60, 100, 400),
    ("array", "conv1", "compute", 40, 40, 40, 70, 0),
    ("array", "conv1", "compute", 60, 60, 70, 90, 0),
    ("array", "fc", "compute", 100, 100, 100, 150, 0),
    ("dram", "fc", "store ofmap", 150, 150, 150, 160, 50),
    ("dram", "fc", "store ofmap", 150, 150, 155, 165, 50),
)]
POOL_CHANGES = [(0, 1), (10, 1), (70, -1), (70, 1), (90, -1), (150, -1)]  # (ns, credits) of the pool "tiles"


def hand_timed(tasks: list[dict[str, Any]] | None = None, **fields: Any) -> TaskTimeline:
    """Return the timeline of eight tasks in 165 ns, or of other tasks and fields."""
    tasks = TASKS if tasks is None else tasks
    kernels, actions, resources = ("conv1", "fc"), ("load filter", "load ifmap", "compute", "store ofmap"), ("dram", "array")

    def seconds(key: str) -> np.ndarray:
        return np.array([task[key] for task in tasks], float) * 1e-9

    def codes(names: tuple[str, ...], key: str) -> np.ndarray:
        return np.array([names.index(task[key]) for task in tasks], np.int64)

    known: dict[str, Any] = {
        "resources": resources, "resource_kinds": ("dram", "fixed"), "peak_bytes_per_s": (12e9, 0.0), "kernels": kernels,
        "jobs": ("net",), "actions": actions, "resource": codes(resources, "resource"), "kernel": codes(kernels, "kernel"),
        "job": np.zeros(len(tasks), np.int64), "action": codes(actions, "action"), "ready_s": seconds("ready"),
        "queued_s": seconds("queued"), "start_s": seconds("start"), "end_s": seconds("end"),
        "moved_bytes": np.array([task["bytes"] for task in tasks], np.int64), "pools": (("tiles", 2),),
        "pool": np.zeros(len(POOL_CHANGES), np.int64), "pool_time_s": np.array([ns for ns, _ in POOL_CHANGES]) * 1e-9,
        "pool_delta": np.array([change for _, change in POOL_CHANGES], np.int64),
    }
    return TaskTimeline(**{**known, **fields})


@pytest.fixture
def make_timeline() -> Callable[..., TaskTimeline]:
    """Return ``hand_timed``."""
    return hand_timed
