"""A result of ZigZag, written by hand, as levels, problem and loop nest; ZigZag itself is not needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.nest import Loop

sys.path.insert(0, str(Path(__file__).parent))
from zigzag_nest import NotExpressibleError, hardware_of, nest_of, problem_of, same_tiles

X, Y = 1, 2


def ports(kind: str, bits: int) -> list[dict[str, Any]]:
    return [{"type": part, "bandwidth_max": bits} for part in (["read_write"] if kind == "shared" else ["read", "write"])]


def memory(bits: int, cost: float, width: int, kind: str = "separate", served: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"size": bits, "r_cost": cost, "w_cost": 2 * cost, "ports": ports(kind, width), "served_dimensions": list(served)}


HARDWARE = {
    "memories": {
        "rf_o": memory(16, 0.16, 16), "rf_w": memory(32, 0.08, 8),
        "buffer": memory(1024, 32, 32, served=("D1", "D2")), "dram": memory(10**6, 640, 64, "shared", ("D1", "D2"))},
    "operational_array": {"unit_energy": 0.5, "dimensions": ["D1", "D2"], "sizes": [2, 2]}}


def layer(**changed: Any) -> dict[str, Any]:
    # 4 outputs and 4 inputs, 2 pixels: weights stay for both pixels, an output for the two inputs that come one after the other
    return {
        "name": "hand", "dims": {"B": 1, "K": 4, "C": 4, "OX": 2}, "axes": {"IX": [["OX", 2], ["FX", 1]]},
        "bits": {"W": 8, "I": 8, "O": 16, "O_final": 8},
        "memories": {"O": ["rf_o", "buffer", "dram"], "W": ["rf_w", "dram"], "I": ["buffer", "dram"]},
        "spatial": [["D1", "K", 2.0], ["D2", "C", 2.0]],
        "temporal": {"O": [[["C", 2]], [["OX", 2], ["K", 2]], []], "W": [[["C", 2], ["OX", 2]], [["K", 2]]],
                     "I": [[["C", 2], ["OX", 2], ["K", 2]], []]},
        "tile_bits": {"O": [8, 64, 64], "W": [16, 128], "I": [64, 64]}, **changed}


def test_levels_have_the_costs_of_a_bit() -> None:
    table = hardware_of(HARDWARE, layer()).table
    assert table.names == ("dram", "buffer", "rf_w", "rf_o")
    dram, buffer, rf_w, _ = table.levels
    assert (dram.read_pj_per_bit, dram.write_pj_per_bit, dram.port_bits_per_cycle) == (10, 20, 64)
    assert (buffer.read_pj_per_bit, buffer.read_bits_per_cycle, buffer.instances_x) == (1, 32, 1)
    assert (rf_w.read_pj_per_bit, rf_w.capacity_bits, rf_w.buffers, rf_w.instances_x, rf_w.instances_y) == (0.01, 64, 2, 2, 2)
    assert hardware_of(HARDWARE, layer(), buffers=1).table.levels[2].capacity_bits == 32
    assert (table.datapath.ofmap_bits, table.datapath.psum_bits, table.datapath.mac_pj) == (8, 16, 0.5)


def test_uneven_mapping_by_hand() -> None:
    entry = layer()
    hardware, problem = hardware_of(HARDWARE, entry), problem_of(entry)
    assert (problem.size("P"), problem.stride) == (2, (2, 1))
    nest = nest_of(entry, hardware)
    # weights would begin outside of P, which does not change them; the spatial loops stand outside of both registers
    assert nest.loops == (Loop("K", 2), Loop("P", 2), Loop("K", 2, X), Loop("C", 2, Y), Loop("C", 2))
    assert nest.position == ((0, -1, 4, -1), (0, 0, -1, -1), (0, 0, -1, 4))
    cost = evaluate(problem, nest, hardware.table)
    reads, fills, updates, drains = ("reads", "fills", "updates", "drains")
    counts = cost.table
    assert cost["compute_cycles"] == 2 * 2 * 2
    assert counts.loc[("dram", "filter"), reads] == 4 * 4
    assert counts.loc[("rf_w", "filter"), [reads, fills]].tolist() == [32, 16]
    assert counts.loc[("buffer", "ifmap"), reads] == 8 * 2  # a cycle: two inputs, each for two columns
    # of a pixel in steps of 2, the box takes in the pixel between
    assert counts.loc[("dram", "ifmap"), reads] == 4 * 3
    assert counts.loc[("rf_o", "ofmap"), [updates, drains]].tolist() == [32, 16]  # halves of 8 outputs
    assert counts.loc[("buffer", "ofmap"), updates] == 8
    assert counts.loc[("dram", "ofmap"), updates] == 8
    assert same_tiles(entry, cost)
    assert not same_tiles(layer(tile_bits={"O": [16, 128, 64], "W": [32, 128], "I": [64, 64]}), cost)


def test_a_fraction_of_a_mac_is_the_rest_at_the_end() -> None:
    # 3 outputs in two steps of 1.5 MACs: of 2 and 1; with the steps inside of the array as well
    temporal = {"O": [[], [["K", 2]], []], "W": [[], [["K", 2]]], "I": [[["K", 2]], []]}
    entry = layer(dims={"K": 3}, spatial=[["D1", "K", 1.5]], temporal=temporal)
    assert nest_of(entry, hardware_of(HARDWARE, entry)).loops == (Loop("K", 2), Loop("K", 2, X))
    inside = layer(dims={"K": 5}, spatial=[["D1", "K", 5 / 3]], temporal={
        "O": [[["K", 3]], [], []], "W": [[["K", 3]], []], "I": [[["K", 3]], []]})
    assert nest_of(inside, hardware_of(HARDWARE, inside)).loops == (Loop("K", 2, X), Loop("K", 3))


def test_no_iteration_is_empty() -> None:
    # 9 outputs as 3 steps of 4 MACs each: with the steps inside, the third MAC has the last of them, the fourth none
    wide = {**HARDWARE, "operational_array": {**HARDWARE["operational_array"], "sizes": [4, 1]}}
    entry = layer(dims={"K": 9}, spatial=[["D1", "K", 4.0]], temporal={
        "O": [[["K", 3]], [], []], "W": [[["K", 3]], []], "I": [[["K", 3]], []]})
    hardware = hardware_of(wide, entry)
    nest = nest_of(entry, hardware)
    assert nest.loops == (Loop("K", 3, X), Loop("K", 3))
    assert not nest.faults(problem_of(entry))


def test_a_shared_tile_inside_of_that_of_a_mac_is_refused() -> None:
    entry = layer(temporal={"O": [[["C", 2]], [["OX", 2], ["K", 2]], []], "W": [[["C", 2], ["OX", 2], ["K", 2]], []],
                            "I": [[["C", 2]], [["OX", 2], ["K", 2]]]})
    with pytest.raises(NotExpressibleError, match="begins at loop 2, one of a single MAC at 0"):
        nest_of(entry, hardware_of(HARDWARE, entry))


def test_a_memory_of_one_axis_is_refused() -> None:
    row = {**HARDWARE, "memories": {**HARDWARE["memories"], "buffer": memory(1024, 32, 32, served=("D1",))}}
    with pytest.raises(NotExpressibleError, match="buffer serves"):
        hardware_of(row, layer())
