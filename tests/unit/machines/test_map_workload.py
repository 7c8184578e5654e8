"""The mappings of a workload: every distinct product once, with the costs of a run."""

import math

import pytest

import hwsim
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import map_problem
from hwsim.dataflow.mapper.objective import Objective
from hwsim.errors import ConfigError


def network():
    """Four convolutions, two of them alike but for what is fused behind, and a pooling layer."""
    b = hwsim.NetworkBuilder("net")
    x = b.conv(b.input("x", (1, 4, 10, 10)), 8, 3, stride=2, name="down")
    y = b.relu(b.conv(x, 8, 3, name="first"), name="relu")
    y = b.add(b.conv(y, 8, 3, name="second"), x, name="sum")
    return b.build(b.conv(b.pool(y, 2, name="pool"), 16, 1, name="last"))


@pytest.mark.parametrize(("template", "overrides"), [
    ("spatial_array", {"technology.onchip_energy_scale": 1.5}), ("eyeriss", {}), ("nvdla_64", {}),
    ("spatial_array", {"vector_unit": {"lanes": 1, "special_per_cycle": 1}}), ("spatial_array", {"pe_array.residency": 0.5})])
def test_costs_are_those_of_a_run(template, overrides):
    accelerator = hwsim.load_accelerator(template, overrides)
    found = hwsim.map_workload(accelerator, network())
    if not accelerator.pe_array.residency:  # then what stays tells layers apart
        assert [entry.layers for entry in found.layers] == [("down",), ("first", "second"), ("last",)]
    kernels = hwsim.simulate(accelerator, network()).layers.groupby("kernel")[["cycles", "energy_j"]].sum()
    products = kernels.loc[["down", "first", "second", "last"]]
    assert found.cycles == pytest.approx(products.cycles.sum()) and found.energy_j == pytest.approx(products.energy_j.sum())
    for entry in found.layers:
        assert (entry.cycles, entry.energy_j) == pytest.approx(tuple(products.loc[entry.name]))
        assert math.fsum(part.energy_j for part in entry.traffic) + math.fsum(entry.energy_parts_j.values()) == pytest.approx(
            entry.energy_j)
        assert math.fsum(entry.time_parts_cycles.values()) == pytest.approx(entry.cycles)


def test_the_frame_has_a_row_a_distinct_layer():
    found = hwsim.map_workload("spatial_array", network())
    frame = found.frame()
    assert frame.layer.tolist() == ["down", "first", "last"] and frame["count"].tolist() == [1, 2, 1]
    assert frame.loc[0, ["N", "G", "K", "C", "P", "Q", "R", "S"]].tolist() == [1, 1, 8, 4, 5, 5, 3, 3]
    assert frame.all_cycles.sum() == found.cycles and (frame.macs == frame[list("NGKCPQRS")].prod(axis=1)).all()
    parts = [name for name in frame.columns if name.startswith("energy_") and name != "energy_j"]
    assert frame[parts].sum(axis=1).tolist() == pytest.approx(frame.energy_j.tolist())
    assert found["second"] is found["first"] and found["first"].shape == "K8 C8 P5 Q5 R3 S3"
    assert found["down"].shape == "K8 C4 P5 Q5 R3 S3 /2"
    assert list(found.mappings) == ["down", "first", "second", "last"]


def test_only_the_layers_asked_for():
    found = hwsim.map_workload("spatial_array", network(), layers=["second", "relu"])
    assert [entry.name for entry in found.layers] == ["first"]  # the layer that they are like, or are fused behind


def test_objectives_and_strategies_reach_the_search():
    accelerator = hwsim.load_accelerator("spatial_array")
    space = hwsim.build_machine(accelerator).flow.space
    problem = Problem.of("last", K=16, C=8, P=2, Q=2)
    for objective, strategy in (("energy", "pruned"), (Objective.weighted(1, 0.5), "annealing")):
        entry = hwsim.map_workload(accelerator, network(), layers=["last"], objective=objective, strategy=strategy,
                                   seed=3)["last"]
        assert entry.mapped.nest == map_problem(problem, space, objective, strategy, 3).nest


def test_saved_mappings_are_used_by_the_template(tmp_path):
    found = hwsim.map_workload("spatial_array", network(), objective="latency")
    assert [file.name for file in found.save(tmp_path / "new" / "mappings")] == ["down.yaml", "first.yaml", "last.yaml"]
    fixed = hwsim.load_accelerator("spatial_array", {"pe_array.mappings": str(tmp_path / "new" / "mappings")})
    again = hwsim.map_workload(fixed, network())
    assert {entry.mapped.strategy for entry in again.layers} == {"by hand"}
    assert again.mappings.keys() == found.mappings.keys()
    assert again.cycles == found.cycles and again.energy_j == pytest.approx(found.energy_j, rel=1e-12)
    assert again["second"].name == "second"  # alike or not, it is costed by its own name


@pytest.mark.parametrize("template", ["maeri_like", "shidiannao", "simba_like"])
def test_what_is_found_may_be_fixed(template, tmp_path):
    """Whatever dims a template unrolls, and where: what its search finds is allowed by hand, and costs the same."""
    found = hwsim.map_workload(template, network())
    found.save(tmp_path)
    again = hwsim.map_workload(hwsim.load_accelerator(template, {"pe_array.mappings": str(tmp_path)}), network())
    assert (again.cycles, again.energy_j) == pytest.approx((found.cycles, found.energy_j), rel=1e-12)
    assert repr(again).startswith(f"net on {template}: 4 products, 4 distinct") and repr(found["last"]) in found.summary()
    with pytest.raises(KeyError):
        found["lost"]


def test_names_make_no_trouble_as_files(tmp_path):
    b = hwsim.NetworkBuilder("net")
    x = b.input("x", (1, 4, 4, 4))
    for name, width in (("/a/Conv", 4), ("_a_Conv", 5), ("..", 6), ('q"\\é\n', 7)):
        x = b.conv(x, width, 1, name=name)
    found = hwsim.map_workload("spatial_array", b.build(x))
    files = found.save(tmp_path)
    assert len(set(files)) == 4 and all(file.parent == tmp_path for file in files)
    again = hwsim.map_workload(hwsim.load_accelerator("spatial_array", {"pe_array.mappings": str(tmp_path)}), b.build(x))
    assert again.cycles == pytest.approx(found.cycles, rel=1e-12) and not again.notes


@pytest.mark.parametrize(("template", "choices", "expected"), [
    ("tpu_v1", {}, [r"tpu_v1.kind: systolic accelerators have no mappings", "eyeriss", "spatial_array"]),
    ("spatial_array", {"layers": ["frist", "pool"]}, ["got 'frist'); did you mean 'first'", "got 'pool'"]),
    ("spatial_array", {"strategy": "prunde"}, ["unknown mapping strategy (got 'prunde'); did you mean 'pruned'"]),
    ("spatial_array", {"objective": "speed"}, ["unknown objective (got speed); allowed: latency"]),
    ("eyeriss", {"objective": "edp"}, ["eyeriss.pe_array.dataflow: this dataflow has one mapping a layer"]),
])
def test_what_cannot_be_mapped(template, choices, expected):
    with pytest.raises(ConfigError) as error:
        hwsim.map_workload(template, network(), **choices)
    for part in expected:
        assert part in str(error.value)


def test_activations_on_chip_are_not_fixed_by_hand(tmp_path):
    accelerator = hwsim.load_accelerator("spatial_array", {"pe_array.residency": 0.5})
    with pytest.raises(ConfigError, match=r"spatial_array\.pe_array\.residency: mappings of activations that stay on chip"):
        hwsim.map_workload(accelerator, network()).save(tmp_path)
    assert not list(tmp_path.iterdir())


def test_fixed_dataflows_have_nothing_to_save(tmp_path):
    with pytest.raises(ConfigError, match="eyeriss has no loop nests to save"):
        hwsim.map_workload("eyeriss", network()).save(tmp_path)
