"""Results written by hand: no machine model takes part."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from hwsim.result import CYCLE_PARTS, ENERGY_PARTS, LAYER_COLUMNS, Result, sum_parts

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
