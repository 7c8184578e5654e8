"""Mappings fixed by hand: layers that run as their files say."""

from dataclasses import replace

import numpy as np
import pytest

import hwsim
from hwsim.dataflow.loopnest.columns import BYPASS, TEMPORAL
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.kept import FOLDER_VARIABLE
from hwsim.dataflow.mapper.mapping_file import Mapping, save
from hwsim.machines.points import PointTable
from hwsim.machines.simulate import build_machine
from hwsim.machines.spatial.dataflow import Kernel

LEVELS = ("dram", "glb", "ifmap_pad", "filter_pad", "psum_pad")


@pytest.fixture(scope="module")
def network():
    """Two layers alike and one of another shape."""
    b = hwsim.NetworkBuilder("net")
    x = b.input("x", (1, 4, 6, 6))
    for name in ("one", "two"):
        x = b.conv(x, 4, 3, name=name)
    return b.build(b.conv(x, 8, 1, name="three"))


def plain_nest():
    """Everything in turn, weights and pixels from the buffer one by one: 4 x 4 x 36 x 9 steps, one MAC each."""
    loops = tuple(Loop(dim, size, TEMPORAL) for dim, size in zip("KCPQRS", (4, 4, 6, 6, 3, 3), strict=True))
    inside = len(loops)
    return Mapping(LoopNest(loops, (
        (0, 0, BYPASS, inside, BYPASS), (0, 0, inside, BYPASS, BYPASS), (0, 0, BYPASS, BYPASS, inside))), LEVELS, ("two",))


def test_a_layer_runs_as_its_file_says_and_its_twin_as_the_search_does(tmp_path, network):
    save(plain_nest(), tmp_path / "two.yaml")
    free = hwsim.load_accelerator("spatial_array", {"noc.hops": 3})
    fixed = hwsim.load_accelerator(free, {"pe_array.mappings": str(tmp_path)})
    searched, forced = (hwsim.simulate(accelerator, network).layers.set_index("name") for accelerator in (free, fixed))
    columns = ["cycles", "energy_j", "spatial_utilisation"]
    assert (searched.loc["one", columns] == searched.loc["two", columns]).all()
    assert (forced.loc[["one", "three"], columns] == searched.loc[["one", "three"], columns]).all().all()
    assert forced.array_active_cycles["two"] == 4 * 4 * 36 * 9
    assert forced.spatial_utilisation["two"] == pytest.approx(1 / 256)
    assert forced.energy_j["two"] > searched.energy_j["two"]
    point = PointTable.of({"pe_array.scratchpads.ifmap_pad.capacity_bytes": [32, 64]})
    machine = build_machine(fixed)
    costs = machine.cost(machine.table(network), point, ["array_active_cycles"])
    assert (costs["array_active_cycles"][:, 1] == 4 * 4 * 36 * 9).all()


def test_a_saved_search_read_back_costs_the_same(tmp_path, network):
    accelerator = hwsim.load_accelerator("spatial_array")
    free = hwsim.simulate(accelerator, network)
    flow = build_machine(accelerator).flow
    table = build_machine(accelerator).table(network)
    for i, name in enumerate(table.names):
        kernel = Kernel(Problem.of_kernel(name, table.kernels[i]), 6, 6)
        save(replace(flow.map(kernel).mapping, layers=(name,)), tmp_path / f"{i}.yaml")
    again = hwsim.simulate(hwsim.load_accelerator(accelerator, {"pe_array.mappings": str(tmp_path)}), network)
    assert again.cycles == free.cycles and again.energy_j == free.energy_j
    assert again.provenance["template_hash"] != free.provenance["template_hash"]


def test_a_part_runs_by_hand_too(tmp_path, network):
    save(plain_nest(), tmp_path / "two.yaml")
    whole = {"name": "whole", "kind": "heterogeneous", "clock_hz": "500 MHz", "technology": {"node_nm": 28},
             "memories": hwsim.load_accelerator("spatial_array").model_dump(exclude_unset=True)["memories"]}
    part = hwsim.load_accelerator("spatial_array").model_dump(exclude_unset=True)
    part.pop("memories")
    part["vector_unit"] = {"lanes": 16, "special_per_cycle": 1}
    part["pe_array"]["mappings"] = str(tmp_path / "two.yaml")
    result = hwsim.simulate(hwsim.load_accelerator({**whole, "parts": {"a": part}}), network)
    layers = result.layers.set_index("name")
    assert layers.array_active_cycles["two"] == 4 * 4 * 36 * 9 > layers.array_active_cycles["one"]


def test_paths_are_from_the_templates_folder_on(tmp_path, network):
    folder = tmp_path / "mappings"
    folder.mkdir()
    save(plain_nest(), folder / "two.yaml")
    path = tmp_path / "mine.yaml"
    path.write_text("like: spatial_array\nname: mine\nset:\n  pe_array.mappings: mappings\n")
    mine = hwsim.load_accelerator(path)
    assert mine.pe_array.mappings == str(folder)
    before = hwsim.simulate(mine, network)
    assert before.layers.array_active_cycles[1] == 4 * 4 * 36 * 9
    save(replace(plain_nest(), layers=("tow",)), folder / "two.yaml", "a note")
    after = hwsim.simulate(mine, network)
    assert after.layers.array_active_cycles[1] < 4 * 4 * 36 * 9
    assert after.provenance["template_hash"] != before.provenance["template_hash"]
    assert "mappings for layers that the workload does not have: 'tow' (nearest: 'two')" in after.notes


def test_rules_hold_for_every_search(network):
    """Two channels a tile of the buffer, pixels outside of channels: in every nest that is found."""
    factors = {"glb": 2, "ifmap_pad": 1, "filter_pad": 1, "psum_pad": 1}
    accelerator = hwsim.load_accelerator("spatial_array", {
        "pe_array.unroll_x": ["K"], "pe_array.unroll_y": ["P"],
        "pe_array.fixed_factors": [{"level": level, "dim": "C", "factor": factor} for level, factor in factors.items()],
        "pe_array.fixed_orders": [{"level": "dram", "dims": ["K", "P", "Q", "C"]}]})
    machine = build_machine(accelerator)
    table = machine.table(network)
    for i, name in enumerate(table.names):
        found = machine.flow.map(Kernel(Problem.of_kernel(name, table.kernels[i]), 6, 6))
        outside = max(row[1] for row in found.nest.position)  # loops outside the tiles of the buffer
        channels = [j for j, loop in enumerate(found.nest.loops) if loop.dim == "C"]
        assert [found.nest.loops[j].factor for j in channels] == [2, 2]
        assert channels[0] == outside - 1 and channels[1] >= outside


def test_points_that_ask_the_same_are_searched_once(network, monkeypatch):
    from hwsim.dataflow.mapper import map_problem as searches

    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    searched = []
    prepare = searches.prepare
    monkeypatch.setattr(searches, "prepare", lambda problem, space: searched.append(problem.name) or prepare(problem, space))
    machine = build_machine(hwsim.load_accelerator("spatial_array", {"clock_hz": "333 MHz"}))
    layers = machine.table(network)
    points = PointTable.of({"technology.onchip_energy_scale": [1.0, 1.5, 2.0], "memories.dram.latency_s": [0, 1e-6, 2e-6]})
    costs = machine.cost(layers, points)
    assert sorted(searched) == ["one", "three"]
    assert (np.diff(costs["energy_j"], axis=0) > 0).all()
    machine.cost(layers, PointTable.of({"buffers.glb.capacity_bytes": [1000, 2000]}))
    assert len(searched) == 6
