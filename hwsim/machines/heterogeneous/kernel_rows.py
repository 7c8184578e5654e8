"""Cost rows of the kernels as they ran: on their parts, with what they waited for each other."""

from __future__ import annotations

import numpy as np

from hwsim.arch.description import Accelerator
from hwsim.dataflow.columns import COST, ENERGY_COLUMNS
from hwsim.machines.heterogeneous.run import PartRun
from hwsim.machines.points import Floats

STALLS = ("input_stall_cycles", "weight_stall_cycles", "output_stall_cycles")
MOVED = ("ifmap_offchip_bytes", "filter_offchip_bytes", "ofmap_offchip_bytes")  # in the order of STALLS


def rows_of_run(whole: Accelerator, costs: Floats, run: PartRun) -> Floats:
    """Return (kernels, len(COST_COLUMNS)): costs on the chosen parts, with waits and static energy of the run.

    What a kernel waits because others use the bandwidth is a wait for the operand of which it moves most, and its part's
    static power goes on meanwhile. The idle power of the whole is spread over the kernels by their time.
    """
    kernels = np.arange(costs.shape[1])
    rows = costs[run.assignment.sub, kernels]
    alone_s, clock_hz = rows[:, COST["latency_s"]].copy(), whole.clock_hz
    assert clock_hz is not None
    longer_s = np.maximum(0.0, run.end_s - run.start_s - alone_s) if run.timeline is not None else np.zeros(kernels.size)
    most = rows[:, [COST[name] for name in MOVED]].argmax(axis=1)
    rows[kernels, np.array([COST[name] for name in STALLS])[most]] += longer_s * clock_hz
    rows[:, COST["cycles"]] += longer_s * clock_hz
    rows[:, COST["latency_s"]] += longer_s
    static = rows[:, COST["energy_static_j"]]
    static *= 1.0 + np.divide(longer_s, alone_s, out=np.zeros(kernels.size), where=alone_s > 0)
    busy_s = rows[:, COST["latency_s"]]
    idle_w = (whole.technology.idle_w or 0.0) * whole.technology.onchip_energy_scale
    static += idle_w * run.latency_s * busy_s / (busy_s.sum() or 1.0)
    rows[:, COST["energy_j"]] = rows[:, [COST[name] for name in ENERGY_COLUMNS]].sum(axis=1)
    return np.asarray(rows)
