"""From the run of kernels on parts to a Result."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hwsim.dataflow.columns import COST, COST_COLUMNS
from hwsim.machines.assemble import Assembly
from hwsim.machines.assignment.contention import OFFCHIP
from hwsim.machines.heterogeneous.kernel_rows import rows_of_run
from hwsim.machines.heterogeneous.notes import run_notes
from hwsim.machines.heterogeneous.peak import pes, rate_macs_per_s
from hwsim.machines.heterogeneous.run import PartRun
from hwsim.machines.machine import Machine
from hwsim.machines.points import Floats, PointTable
from hwsim.machines.systolic_schedule import KernelRange
from hwsim.result.columns import LAYER_COLUMNS, PART_COLUMNS
from hwsim.result.event import JobTime, ResourceTime
from hwsim.result.result import Result
from hwsim.workload.network import Network
from hwsim.workload.table import LayerTable

if TYPE_CHECKING:
    import pandas as pd

    from hwsim.machines.heterogeneous.machine import Heterogeneous


def outcome(
    model: Heterogeneous, network: Network, layers: LayerTable, costs: Floats, run: PartRun, jobs: Sequence[KernelRange],
    fidelity: str, areas_mm2: dict[str, float],
) -> Result:
    """Return the Result. Cycles of a layer are its own; those of the whole are of the run, shorter where parts overlap."""
    whole, machines, clock_hz = model.accelerator, model.machines, model.accelerator.clock_hz
    assert clock_hz is not None
    rows = rows_of_run(whole, costs, run)
    bits = max(layers.column("a_bits").max(), layers.column("b_bits").max())
    peaks = np.array([rate_macs_per_s(machine.accelerator, bits) for machine in machines.values()])
    parts = Assembly(
        whole, network, layers, rows, COST_COLUMNS, fidelity, pes=sum(pes(m.accelerator) for m in machines.values()),
        clock_hz=clock_hz, peak_macs_per_s=float(peaks.sum()), areas_mm2=areas_mm2, area_mm2=model.area_mm2(PointTable.of())[0],
        notes=run_notes(whole, machines, costs, run))
    found, answer = parts.result(), run.assignment
    frame = _frame(found.layers, layers, run, peaks / clock_hz)
    if len(jobs) > 1 or model.policy.branches:  # otherwise kernels run one after another
        found = replace(found, latency_s=run.latency_s, cycles=run.latency_s * clock_hz)
    latency_s, energy_j, macs = found.latency_s, found.energy_j, network.macs
    bounds = {"assignment_gap": 0.0 if answer.proven else answer.gap, "bound_latency_s": answer.lower_bound_s,
              "bound_energy_j": answer.lower_bound_j}
    batch = int(network.provenance.get("batch", "1"))
    active_s = math.fsum(frame["array_active_cycles"]) / clock_hz
    return replace(
        found, layers=frame, utilisation=macs / (latency_s * float(peaks.sum())) if latency_s else 0.0,
        temporal_utilisation=active_s / (len(machines) * latency_s) if latency_s else 0.0,
        metrics={
            "fps": batch / latency_s, "tops": 2 * macs / latency_s / 1e12, "power_w": energy_j / latency_s,
            "tops_per_w": 2 * macs / energy_j / 1e12 if energy_j else 0.0, "edp_j_s": energy_j * latency_s, **bounds},
        traffic_bytes={**found.traffic_bytes, **_buffer_bytes(parts, machines, run)}, timeline=run.timeline,
        resources=_resources(rows, run),
        jobs=() if run.timeline is None else tuple(
            JobTime(job.name, 0.0, 0, float(run.end_s[job.first:job.stop].max(initial=0.0))) for job in jobs))


def _frame(frame: pd.DataFrame, layers: LayerTable, run: PartRun, macs_per_cycle: Floats) -> pd.DataFrame:
    """Return the frame with part, job, begin and end of each layer's kernel; utilisation is that of the part."""
    kernel, problem = layers.kernel_of, run.assignment.problem
    sub = run.assignment.sub[kernel]
    cycles = frame["cycles"].to_numpy()
    changed = {
        "compute_cycles": np.minimum(frame["compute_cycles"].to_numpy(), cycles),  # equal but for rounding of clocks
        "utilisation": frame["macs"].to_numpy() / (np.where(cycles > 0, cycles, 1.0) * macs_per_cycle[sub]),
        "part": [problem.sub_names[index] for index in sub], "job": [problem.jobs[index] for index in kernel],
        "start_s": run.start_s[kernel], "end_s": run.end_s[kernel]}
    frame = frame.assign(**changed)
    frame["stall_cycles"] = frame["cycles"] - frame["compute_cycles"]
    return frame[[column.name for column in (*LAYER_COLUMNS, *PART_COLUMNS)]]


def _buffer_bytes(parts: Assembly, machines: Mapping[str, Machine], run: PartRun) -> dict[str, dict[str, float]]:
    """Return bytes read from and written to every buffer, as ``part.buffer``."""
    found: dict[str, dict[str, float]] = {}
    for index, (key, machine) in enumerate(machines.items()):
        own = np.where((run.assignment.sub == index)[:, None], parts.rows, 0.0)
        traffic = replace(parts, accelerator=machine.accelerator, rows=own).traffic()
        found |= {f"{key}.{name}": entry for name, entry in traffic.items() if name in machine.accelerator.buffers}
    return found


def _resources(rows: Floats, run: PartRun) -> tuple[ResourceTime, ...]:
    """Return, of an event run, the time of the kernels of each part, and what they wait for each other off chip."""
    if run.busy_s is None:
        return ()
    answer, busy_s = run.assignment, rows[:, COST["latency_s"]]
    alone_s = answer.problem.latency_s[np.arange(busy_s.size), answer.sub]
    found = []
    for index, name in enumerate(answer.problem.sub_names):
        own = math.fsum(alone_s[answer.sub == index])
        found.append(ResourceTime(name, own, own, float(run.busy_s[index])))
    found.append(ResourceTime(OFFCHIP, 0.0, math.fsum(busy_s - alone_s), float(run.busy_s[-1])))
    return (*found, ResourceTime("total", answer.makespan_s, run.latency_s, run.latency_s))
