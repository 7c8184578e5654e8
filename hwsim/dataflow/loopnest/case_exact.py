"""What a case costs by hwsim's own convention, ``exact``."""

from __future__ import annotations

from math import inf, prod
from typing import Any

from hwsim.dataflow.loopnest.case import OPERAND_NAMES, Case
from hwsim.dataflow.loopnest.columns import COUNTS, LEVEL_CYCLES, TILE_WORDS, USED
from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.errors import Fault, UnsupportedError


def exact_levels(case: Case) -> LevelTable:
    """Return the levels of a case for ``evaluate``.

    Notes
    -----
    Assumes that a level holds a second tile of its ``entries`` while the first is in use, as files of this kind mean overlap
    without saying what it takes; that partial sums have the bits of a word; and that links cost nothing.
    """
    levels = []
    for level in case.levels:
        bits = level.word_bits
        read, write = level.read_bandwidth_words_per_cycle, level.write_bandwidth_words_per_cycle
        energy = level.energy_per_vector_access_pj / level.block_size / bits
        levels.append(Level(
            level.name, inf if level.entries is None else 2.0 * level.entries * bits,
            read_bits_per_cycle=inf if read is None else read * bits,
            write_bits_per_cycle=inf if write is None else write * bits, read_pj_per_bit=energy, write_pj_per_bit=energy,
            instances_x=level.mesh_x, instances_y=level.mesh_y))
    macs, bits = case.macs, case.macs.word_bits
    return LevelTable(tuple(levels), Datapath(bits, bits, bits, bits, macs.energy_per_op_pj, macs.mesh_x,
                                              macs.instances // macs.mesh_x))


def exact_results(case: Case) -> dict[str, Any]:
    """Evaluate a case.

    Returns
    -------
    ``levels`` outermost first: words and energy of all instances together, tiles of one, with ``drains``, words read to be
    sent outwards; ``mac``; ``utilization`` of the MACs over ``cycles``, which begin with the first load and end with the last
    store; ``total_energy_pj``.

    Raises
    ------
    UnsupportedError
        Counts that 63 bits may not hold.
    """
    problem = case.problem
    # a tile has at most as many words as multiply-accumulates, times what wide strides and dilations leave between them
    most = problem.macs * prod(map(sum, zip(problem.stride, problem.dilation, strict=True)))
    if most >= 2**63:
        raise UnsupportedError(Fault("a problem too large to be counted by the convention exact", path="problem.dims",
                                     value=f"up to {float(most):.3g} words", allowed="below 2^63 words"))
    found = evaluate(problem, case.nest, exact_levels(case))
    levels = {}
    for m, level in enumerate(case.levels):
        operands = {name: {
            "tile_size": int(found.held[o, m, TILE_WORDS]), "utilized_instances": int(found.held[o, m, USED]),
            **dict(zip(COUNTS, found.counts[o, m].tolist(), strict=True)), "energy_total_pj": float(found.energy[o, m].sum())}
            for o, name in enumerate(OPERAND_NAMES) if case.held[o][m]}
        levels[level.name] = {"cycles": float(found.level_cost[m, LEVEL_CYCLES]), "operands": operands}
    return {"convention": "exact", "levels": levels,
            "mac": {"cycles": int(found["compute_cycles"]), "mac_count": problem.macs, "energy_total_pj": found["mac_pj"]},
            "utilization": problem.macs / case.macs.instances / found["latency_cycles"], "cycles": found["latency_cycles"],
            "total_energy_pj": found["energy_pj"]}
