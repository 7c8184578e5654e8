"""The suite that every machine passes, over every template of its kind; a new machine or template is picked up by itself."""

import os
import subprocess
import sys

import numpy as np
import pytest

import hwsim
from hwsim.arch.load import load_accelerator
from hwsim.datafiles import names
from hwsim.engine import bound, event
from hwsim.errors import ConfigError
from hwsim.machines import MACHINES, PointTable
from hwsim.machines.overrides import read
from hwsim.machines.simulate import build_machine
from hwsim.result import CYCLE_PARTS, ENERGY_PARTS

TEMPLATES = names("arch_templates")
PARTS = [p.column for p in (*CYCLE_PARTS, *ENERGY_PARTS)]


def gemm():
    b = hwsim.NetworkBuilder("gemm")
    return b.build(b.linear(b.input("x", (3, 50)), 40))


def vector_only():
    b = hwsim.NetworkBuilder("vector")
    return b.build(b.softmax(b.pool(b.relu(b.input("x", (1, 8, 9, 9))), 3)))


NETWORKS = {"resnet18": hwsim.load_workload("resnet18"), "gemm": gemm(), "vector": vector_only()}


@pytest.fixture(params=TEMPLATES)
def model(request):
    return build_machine(request.param)


@pytest.fixture(params=NETWORKS)
def net(request, model):
    if request.param == "resnet18" and is_searched(model):
        pytest.skip("a mapping is searched for every kernel and point; gemm and vector stand for it")
    return NETWORKS[request.param]


def is_searched(model):
    """Whether every kernel costs a search of its mapping."""
    array = model.accelerator.pe_array
    return array is not None and array.dataflow == "free"


def test_every_kind_has_a_template():
    assert {load_accelerator(name).kind for name in TEMPLATES} == set(MACHINES)


def test_simulate_is_the_one_point_case_of_cost(model, net):
    result = hwsim.simulate(model.accelerator, net)
    costs = model.cost(model.table(net), PointTable.of(), model.cost_columns)
    assert costs.feasible.all()
    assert costs.columns == model.cost_columns
    assert result.cycles == pytest.approx(costs.total("cycles")[0], rel=1e-12)
    assert result.latency_s == pytest.approx(costs.total("latency_s")[0], rel=1e-12)
    assert result.energy_j == pytest.approx(costs.total("energy_j")[0], rel=1e-12)
    assert result.area_mm2 == model.area_mm2(PointTable.of())[0]
    for operand in ("ifmap", "filter", "ofmap"):
        column = f"{operand}_offchip_bytes"
        assert result.layers[column].sum() == pytest.approx(costs.total(column)[0], rel=1e-12)


def test_parts_of_a_cost_sum_to_it_and_none_is_negative(model, net):
    costs = model.cost(model.table(net), PointTable.of(), model.cost_columns)
    for part in PARTS:
        assert (costs[part] >= 0).all(), part
    cycles = sum(costs[p.column] for p in CYCLE_PARTS)
    assert cycles == pytest.approx(costs["cycles"], rel=1e-12)
    assert sum(costs[p.column] for p in ENERGY_PARTS) == pytest.approx(costs["energy_j"], rel=1e-12)
    assert costs["cycles"] / model.accelerator.clock_hz == pytest.approx(costs["latency_s"], rel=1e-12)
    assert (costs["compute_cycles"] <= costs["cycles"] * (1 + 1e-12)).all()


def test_distinct_kernels_cost_what_all_cost(model, net):
    layers = model.table(net)
    distinct, inverse = layers.distinct()
    full, few = (model.cost(table, PointTable.of(), model.cost_columns) for table in (layers, distinct))
    assert (few.values[:, inverse] == full.values).all()
    assert few.total("cycles", inverse)[0] == pytest.approx(full.total("cycles")[0], rel=1e-12)


def varied(model):
    """Return {path: another allowed value} for every parameter that allows one of those tried."""
    found = {}
    for path in model.parameters():
        value = read(model.accelerator, path)
        if isinstance(value, bool):
            tried = [not value]
        elif isinstance(value, str):
            tried = ["physical", "scalesim", "ws", "os", "is"]
        else:
            tried = [value * 2, type(value)(value / 2), 45, 16]
        for other in tried:
            try:
                load_accelerator(model.accelerator, {path: other})
            except ConfigError:
                continue
            if other != value:
                found[path] = other
                break
    return found


def with_every_number(model):
    """Return the machine of a description that sets every optional number."""
    acc = model.accelerator
    given = {"technology.idle_w": 2.0, "technology.area_mm2": 50.0}
    given |= {f"memories.{name}.j_per_byte": 3e-11 for name in acc.memories}
    for name in acc.buffers:
        given |= {f"buffers.{name}.read_j_per_byte": 1e-12, f"buffers.{name}.write_j_per_byte": 2e-12,
                  f"buffers.{name}.read_bytes_per_cycle": 16.0, f"buffers.{name}.write_bytes_per_cycle": 8.0}
    if acc.roofline is not None:
        given |= {"roofline.on_chip_bytes": 2e6, "roofline.vector_ops_per_s": 1e12}
    return build_machine(load_accelerator(acc, given))


@pytest.mark.parametrize("complete", [False, True], ids=["as described", "every number given"])
def test_a_point_is_the_description_with_its_overrides(model, complete):
    """Every parameter in turn: a column of the point table says the same as an override of the description."""
    model = with_every_number(model) if complete else model
    layers = model.table(NETWORKS["gemm"])
    changes = varied(model)
    assert changes
    for path, other in changes.items():
        points = PointTable.of({path: [read(model.accelerator, path), other]})
        try:
            changed = build_machine(load_accelerator(model.accelerator, {path: other}))
        except ConfigError:
            continue  # the machine itself refuses such a description
        many, one = model.cost(layers, points, model.cost_columns), changed.cost(layers, PointTable.of(), changed.cost_columns)
        assert many.feasible[1] == one.feasible[0], path
        np.testing.assert_array_equal(many.values[1], one.values[0], err_msg=path)
        as_described = model.cost(layers, PointTable.of(), model.cost_columns)
        np.testing.assert_array_equal(many.values[0], as_described.values[0], err_msg=path)
        assert model.area_mm2(points)[1] == changed.area_mm2(PointTable.of())[0], path


def test_many_points_are_costed_as_one_by_one(model, net):
    rng = np.random.default_rng(3)
    choices = [p for p, v in varied(model).items() if not isinstance(v, str)]
    count = 12
    columns = {}
    for path in choices:
        value = read(model.accelerator, path)
        other = varied(model)[path]
        columns[path] = np.array([value, other])[rng.integers(0, 2, count)]
    layers = model.table(net)
    together = model.cost(layers, PointTable.of(columns), model.cost_columns)
    areas = model.area_mm2(PointTable.of(columns))
    for i in range(count):
        point = PointTable.of({path: column[i : i + 1] for path, column in columns.items()})
        alone = model.cost(layers, point, model.cost_columns)
        np.testing.assert_array_equal(together.values[i], alone.values[0])
        assert together.feasible[i] == alone.feasible[0]
        assert areas[i] == model.area_mm2(point)[0]
        assert np.isinf(together.values[i]).all() == (not together.feasible[i])


def test_chosen_columns_are_those_of_all(model):
    layers = model.table(NETWORKS["resnet18"])
    every = model.cost(layers, PointTable.of(), model.cost_columns)
    some = model.cost(layers, PointTable.of(), ["energy_j", "cycles"])
    assert some.columns == ("energy_j", "cycles")
    for column in some.columns:
        assert (some[column] == every[column]).all()


def test_a_lowered_schedule_runs_in_the_time_the_costs_say(model, net):
    costs = model.cost(model.table(net), PointTable.of({"clock_hz": [1e9, 5e8]}), model.cost_columns)
    for point in (0, 1):
        schedule = model.lower(costs, point)
        assert set(schedule.kernel.tolist()) == set(range(costs.layers.kernel_count))
        run_s, latency_s = event(schedule).makespan_s, costs.total("latency_s")[point]
        assert bound(schedule) <= run_s
        if "event" in model.fidelities:
            # tiles: how far closed forms are off is a table in the README; beside it, the fetch of one tile
            assert run_s == pytest.approx(latency_s, rel=0.1, abs=1e-6)
        else:  # one task a kernel, each rounded up to a picosecond
            assert bound(schedule) == run_s
            assert latency_s <= run_s + 1e-15
            assert run_s <= latency_s + 1.001e-12 * costs.layers.kernel_count


def test_a_machine_is_not_changed_by_use(model, net):
    before = model.accelerator.model_dump()
    first = hwsim.simulate(model.accelerator, net).to_json()
    model.cost(model.table(net), PointTable.of({"clock_hz": [3e8]}), model.cost_columns)
    assert hwsim.simulate(model.accelerator, net).to_json() == first
    assert model.accelerator.model_dump() == before


def test_two_processes_give_the_same_bytes():
    script = ("import sys, hwsim\nfrom hwsim.datafiles import names\n"
              "for t in names('arch_templates'):\n    sys.stdout.write(hwsim.simulate(t, 'resnet18').to_json())\n")
    outputs = [subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True,
                              text=True, check=True).stdout for seed in ("1", "2")]
    assert outputs[0] == outputs[1]
    assert outputs[0].count('"hwsim_version"') >= len(TEMPLATES)


def test_unknown_fidelity_and_policy_are_refused_together(model):
    with pytest.raises(ConfigError) as caught:
        hwsim.simulate(model.accelerator, NETWORKS["gemm"], fidelity="analitic", policy="greedy")
    assert [f.path for f in caught.value.faults] == ["fidelity", "policy"]
    assert "analytic" in str(caught.value)
    assert caught.value.faults[0].nearest == "analytic"


def test_supported_fidelities_run(model):
    for fidelity in model.fidelities:
        result = hwsim.simulate(model.accelerator, NETWORKS["gemm"], fidelity=fidelity)
        assert result.fidelity == fidelity
        assert result.cycles > 0


def test_unknown_columns_are_listed(model):
    with pytest.raises(ConfigError) as caught:
        model.cost(model.table(NETWORKS["gemm"]), PointTable.of(), ["cycels", "energy_j", "nonsense"])
    assert [f.value for f in caught.value.faults] == ["'cycels'", "'nonsense'"]
    assert caught.value.faults[0].nearest == "cycles"


def test_unknown_paths_are_listed(model):
    with pytest.raises(ConfigError) as caught:
        model.cost(model.table(NETWORKS["gemm"]), PointTable.of({"clock_hx": [1e9], "no.such": [1]}), model.cost_columns)
    assert [f.path for f in caught.value.faults] == ["clock_hx", "no.such"]
    assert caught.value.faults[0].nearest == "clock_hz"


@pytest.mark.parametrize("values", [[-1e9], [1e9, 0.0], [float("nan")], [float("inf")], ["fast"], [1e9, 1e30]])
def test_values_the_description_refuses_are_refused(model, values):
    with pytest.raises(ConfigError, match="clock_hz"):
        model.cost(model.table(NETWORKS["gemm"]), PointTable.of({"clock_hz": values}), model.cost_columns)


def test_a_value_between_allowed_choices_is_refused(model):
    with pytest.raises(ConfigError, match="node_nm"):
        model.cost(model.table(NETWORKS["gemm"]), PointTable.of({"technology.node_nm": [65, 30, 5]}), model.cost_columns)


def test_texts_in_a_column_of_numbers_are_refused(model):
    """A column is an array of SI numbers; units belong into templates and overrides."""
    with pytest.raises(ConfigError, match="clock_hz: a column of numbers"):
        model.cost(model.table(NETWORKS["gemm"]), PointTable.of({"clock_hz": ["500 MHz", "1 GHz"]}), model.cost_columns)


def test_an_infeasible_point_is_infinite_and_simulate_says_why(model):
    if model.kind != "systolic":
        pytest.skip("a roofline device runs everything")
    layers = model.table(NETWORKS["gemm"])
    buffer = model.accelerator.buffer_of("filter")
    if model.accelerator.array.dataflow == "is":
        buffer = model.accelerator.buffer_of("ifmap")
    path = f"buffers.{buffer}.capacity_bytes"
    costs = model.cost(layers, PointTable.of({path: [read(model.accelerator, path), 8.0]}), model.cost_columns)
    assert costs.feasible.tolist() == [True, False]
    assert np.isfinite(costs.values[0]).all()
    assert np.isinf(costs.values[1]).all()
    with pytest.raises(ConfigError) as caught:
        hwsim.simulate(load_accelerator(model.accelerator, {path: 8}), NETWORKS["gemm"])
    assert f"buffers.{buffer}" in {f.path for f in caught.value.faults}
    assert any(word.isdigit() for word in str(caught.value).split())


def test_the_scale_of_on_chip_energy_scales_nothing_else(model, net):
    doubled = hwsim.load_accelerator(model.accelerator, {
        "technology.onchip_energy_scale": 2 * model.accelerator.technology.onchip_energy_scale})
    before, after = (hwsim.simulate(one, net) for one in (model.accelerator, doubled))
    for part, energy_j in before.energy_breakdown_j.items():
        assert after.energy_breakdown_j[part] == pytest.approx(energy_j * (1 if part == "offchip" else 2), rel=1e-12)
    assert after.cycles == before.cycles
