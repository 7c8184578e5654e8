"""What a case costs by the convention ``timeloop``, in the structure and with the rounding of Timeloop's own results."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, prod, sqrt
from typing import Any

from hwsim.dataflow.loopnest.case import OPERAND_NAMES, Case, CaseLevel
from hwsim.dataflow.loopnest.timeloop import Traffic, count


def timeloop_results(case: Case) -> dict[str, Any]:
    """Evaluate a case.

    Returns
    -------
    The ``results`` of a golden file: ``levels`` innermost first, with words per instance of every operand they hold, energy in
    pJ, cycles and achieved words a cycle; ``networks`` outermost first; ``mac``; ``utilization``, ``cycles`` and
    ``total_energy_pj``. Rates, factors of throttling, hops and utilization have two decimals.
    """
    loops, macs = case.nest.loops, case.macs
    traffic = count(case.problem, loops, case.begins, case.held, [level.technology != "DRAM" for level in case.levels])
    compute_cycles = prod(loop.factor for loop in loops if not loop.axis)
    names = [*(level.name for level in case.levels), "MAC"]
    levels = {level.name: _level(level, [row[m] for row in traffic], compute_cycles) for m, level in enumerate(case.levels)}
    networks = [{"outer": names[m], "inner": names[m + 1],
                 "operands": {name: _link(row[m], name == "outputs") for name, row in zip(OPERAND_NAMES, traffic, strict=True)}}
                for m in range(len(case.levels))]
    cycles = max(compute_cycles, *(level["cycles"] for level in levels.values()))
    mac_energy = case.problem.macs * float(macs.energy_per_op_pj)
    return {
        "levels": dict(reversed(levels.items())), "networks": networks,
        "mac": {"utilized_instances": prod(loop.factor for loop in loops if loop.axis), "cycles": compute_cycles,
                "mac_count": case.problem.macs, "energy_per_op_pj": float(macs.energy_per_op_pj),
                "energy_total_pj": mac_energy},
        "utilization": round(case.problem.macs / macs.instances / cycles, 2), "cycles": cycles,
        "total_energy_pj": mac_energy + sum(operand["energy_total_pj"] for level in levels.values()
                                            for operand in level["operands"].values())}


def _level(level: CaseLevel, traffic: Sequence[Traffic], compute_cycles: int) -> dict[str, Any]:
    held = {name: row for name, row in zip(OPERAND_NAMES, traffic, strict=True) if row.is_held}
    pace, cycles = 1.0, compute_cycles  # the part of the unhindered speed that bandwidth leaves
    for bandwidth, words in (
            (level.read_bandwidth_words_per_cycle, [row.reads for row in held.values()]),
            (level.write_bandwidth_words_per_cycle, [row.fills + row.updates for row in held.values()])):
        demand = sum(count / compute_cycles for count in words)
        if bandwidth is not None and bandwidth < demand:
            pace = min(pace, bandwidth / demand)
            cycles = max(cycles, ceil(sum(words) / Fraction(str(bandwidth))))
    return {"cycles": cycles, "bandwidth_throttling": round(pace, 2),
            "energy_per_vector_access_pj": float(level.energy_per_vector_access_pj),
            "operands": {name: _operand(level, row, name == "outputs", pace / compute_cycles) for name, row in held.items()}}


def _operand(level: CaseLevel, row: Traffic, is_output: bool, per_cycle: float) -> dict[str, Any]:
    blocks = sum(-(-words // level.block_size) for words in (row.reads, row.fills, row.updates))
    energy = float(level.energy_per_vector_access_pj) * blocks
    return {
        "partition_size": row.partition, "tile_size": row.tile, "utilized_capacity": row.tile,
        "utilized_instances": row.instances, "reads": row.reads, "fills": row.fills, "updates": row.updates,
        "temporal_reductions": row.reads if is_output else 0,
        "address_generations": row.fills + (row.updates if is_output else row.reads),
        "energy_per_scalar_access_pj": round(energy / (row.reads + row.fills + row.updates), 2),
        "energy_per_instance_pj": energy, "energy_total_pj": energy * row.instances,
        "read_bandwidth_per_instance": round(row.reads * per_cycle, 2),
        "write_bandwidth_per_instance": round((row.fills + row.updates) * per_cycle, 2)}


def _link(row: Traffic, is_output: bool) -> dict[str, Any]:
    words = sum(row.injected.values())
    hops = sum(_hops(factor, row.fan) * count for factor, count in row.injected.items()) / words
    return {
        "fanout": row.fan, "multicast_factor": max(row.injected), "ingresses": words, "link_transfers": 0,
        "spatial_reductions": sum((factor - 1) * count for factor, count in row.injected.items()) if is_output else 0,
        "average_hops": round(hops, 2), "energy_total_pj": 0.0,
        "ingresses_at_multicast": {str(factor): count for factor, count in row.injected.items()}}


def _hops(factor: int, fan: int) -> float:
    """Return Timeloop's estimate of the hops of a word to ``factor`` of ``fan`` children, from the sides of two squares."""
    several, all_ = sqrt(factor), sqrt(fan)
    return several * all_ + (all_ - several) / 2 - all_ / several + 0.5
