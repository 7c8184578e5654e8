"""The network between buffers and PEs of free arrays: who waits for a bus, what it moves, what is added on the way.

One layer, 4 channels in and out, 6 x 6 pixels, 3 x 3 filters, under mappings written by hand, so that every count is a product.
"""

import pytest

import hwsim
from hwsim.dataflow.loopnest.columns import BYPASS, SPATIAL_X, SPATIAL_Y, TEMPORAL
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.mapping_file import Mapping, save
from hwsim.machines.spatial.dataflow import Kernel
from hwsim.machines.spatial.free import FreeDataflow
from hwsim.machines.spatial.levels import map_space
from hwsim.technology.arithmetic import add_energy_j

LEVELS = ("dram", "glb", "ifmap_pad", "filter_pad", "psum_pad")
STEPS = 4 * 4 * 36 * 9
TURNS = 4 * 4 * 36  # an output word is taken up again for every channel: it leaves the pad after 3 x 3 MACs


def in_turn(*side_by_side, levels=LEVELS):
    """Return the nest K C P Q R S of single words; ``side_by_side`` of its dims run on an axis, innermost."""
    axes = dict(side_by_side)
    loops = [Loop(dim, size, TEMPORAL) for dim, size in zip("KCPQRS", (4, 4, 6, 6, 3, 3), strict=True) if dim not in axes]
    inside = len(loops)
    loops += [Loop(dim, 4, axis) for dim, axis in side_by_side]
    held = {"filter_pad": 0, "ifmap_pad": 1, "psum_pad": 2}
    position = tuple(tuple(len(loops) if held.get(name) == o else BYPASS if name in held or (
        name == "filter_glb" and o) or (name == "glb" and o == 0 and "filter_glb" in levels) else 0
        for name in levels) for o in range(3))
    assert inside + len(side_by_side) == len(loops)
    return Mapping(LoopNest(tuple(loops), position), levels, ("layer",))


def network():
    b = hwsim.NetworkBuilder("net")
    return b.build(b.conv(b.input("x", (1, 4, 6, 6)), 4, 3, name="layer"))


def wide_ports(folder):
    return {"pe_array.mappings": str(folder), "buffers.glb.read_bytes_per_cycle": None,
            "buffers.glb.write_bytes_per_cycle": None}


def run(tmp_path, nest, overrides=None):
    save(nest, tmp_path / "layer.yaml")
    accelerator = hwsim.load_accelerator("spatial_array", {
        **wide_ports(tmp_path), "memories.dram.bandwidth_bytes_per_s": "100 TB/s", **(overrides or {})})
    return hwsim.simulate(accelerator, network()), FreeDataflow(accelerator).cost(
        Kernel(Problem.of("layer", K=4, C=4, P=6, Q=6, R=3, S=3), 6, 6))


# bytes that PEs need of each operand: int8 ifmaps and filters every step, 3-byte sums back but in the first of 4 channels
@pytest.mark.parametrize(("operand", "moved"), [
    ("ifmap", STEPS), ("filter", STEPS), ("psum", 3 * (TURNS - TURNS / 4) + TURNS / 4)])
def test_a_narrow_bus_makes_the_array_wait(tmp_path, operand, moved):
    wide, _ = run(tmp_path, in_turn())
    assert wide.stall_breakdown_cycles["buffer_stall"] == 0
    enough, _ = run(tmp_path, in_turn(), {f"noc.{operand}_bytes_per_cycle": 1.01 * moved / STEPS})
    assert enough.cycles == wide.cycles
    slow, _ = run(tmp_path, in_turn(), {f"noc.{operand}_bytes_per_cycle": 0.25 * moved / STEPS})
    assert slow.layers.array_active_cycles[0] == STEPS
    assert slow.stall_breakdown_cycles["buffer_stall"] == pytest.approx(3 * STEPS, rel=2e-3)  # but for the first tiles
    assert slow.energy_breakdown_j["noc"] == wide.energy_breakdown_j["noc"]
    accelerator = hwsim.load_accelerator("spatial_array", wide_ports(tmp_path))
    assert hwsim.map_workload(accelerator, network())["layer"].bound == "array"
    narrow = hwsim.load_accelerator(accelerator, {f"noc.{operand}_bytes_per_cycle": 0.25 * moved / STEPS})
    assert hwsim.map_workload(narrow, network())["layer"].bound == "NoC"


def test_pads_that_wait_for_the_buffer_are_no_wait_for_memory(tmp_path):
    """Single pads, four bytes a cycle from the buffer: each is filled while nothing else happens."""
    result, cost = run(tmp_path, in_turn(), {"buffers.glb.read_bytes_per_cycle": 4})
    assert cost.buffer_cycles == pytest.approx((2 * STEPS + 3 * (TURNS - TURNS / 4)) / 4)
    assert result.layers.bound[0] == "array"
    assert result.stall_breakdown_cycles["weight_stall"] + result.stall_breakdown_cycles["input_stall"] < 0.01 * result.cycles


@pytest.mark.parametrize(("side", "ifmap", "filters"), [("K", 4, 1), ("C", 1, 1)])
def test_a_word_for_several_pes_crosses_its_bus_once(tmp_path, side, ifmap, filters):
    """Four output channels side by side share an ifmap word a step; four input channels want four words."""
    nest = in_turn((side, SPATIAL_X))
    _, cost = run(tmp_path, nest, {"noc.ifmap_bytes_per_cycle": 0.25})
    assert cost.active_cycles == STEPS / 4
    assert cost.active_cycles + cost.buffer_cycles == pytest.approx(4 * STEPS / ifmap)
    _, cost = run(tmp_path, nest, {"noc.filter_bytes_per_cycle": 0.25})
    assert cost.active_cycles + cost.buffer_cycles == pytest.approx(4 * STEPS / filters)


def test_sums_of_several_pes_are_added_on_the_way(tmp_path):
    """Four input channels side by side: three additions for each word that reaches the buffer; alone none."""
    alone, cost = run(tmp_path, in_turn())
    assert cost.adds == 0
    added, cost = run(tmp_path, in_turn(("C", SPATIAL_Y)))
    assert cost.adds == 3 * 4 * 36
    assert added.energy_breakdown_j["mac"] - alone.energy_breakdown_j["mac"] == pytest.approx(
        cost.adds * float(add_energy_j(24, 28)))


def test_every_operand_crosses_the_network(tmp_path):
    """Filters in a buffer of their own: all words of all operands go from buffers to PEs, partial sums both ways."""
    levels = ("dram", "glb", "filter_glb", *LEVELS[2:])
    buffers = {"glb": {"capacity_bytes": 8192, "holds": ["ifmap", "psum", "ofmap"]},
               "filter_glb": {"capacity_bytes": 8192, "holds": ["filter"]}}
    _, split = run(tmp_path, in_turn(levels=levels), {"buffers": buffers})
    _, cost = run(tmp_path, in_turn())
    assert split.noc_bytes == cost.noc_bytes == 2 * STEPS + 3 * (TURNS + TURNS - TURNS / 4)


def test_the_search_sees_the_bus_of_a_buffer_of_one_operand():
    accelerator = hwsim.load_accelerator("shidiannao", {
        "noc": {"hops": 1, "filter_bytes_per_cycle": 2, "psum_bytes_per_cycle": 4}})
    levels = {level.name: level for level in map_space(accelerator).levels.levels}
    assert levels["sb"].read_bits_per_cycle == 16
    assert levels["nbin"].read_bits_per_cycle == levels["nbout"].read_bits_per_cycle == float("inf")
    assert levels["nbin"].network_pj_per_bit == levels["sb"].network_pj_per_bit > 0 == levels["sensor"].network_pj_per_bit
