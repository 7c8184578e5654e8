"""Kernels on parts: against every assignment in every order of networks costed by hand, and what sharing bandwidth costs."""

from itertools import pairwise, permutations, product

import numpy as np
import pytest
from click.testing import CliRunner

import hwsim
from hwsim.cli import main
from hwsim.machines import PointTable
from hwsim.machines.simulate import build_machine
from hwsim.technology.arithmetic import mac_energy_j

OFFCHIP_J = 2e-11
BATCH = 16
SIZES = {"a": (300, 80, 500, 40), "b": (64, 700, 90)}  # widths of chained linear layers
PARTS = {"big": (40e9, 3e-6, 2e9, 45), "small": (9e9, 1e-6, 8e9, 7)}  # peak, launch, link, node
SHARED = 4e9  # bytes per second


def part(name, peak, launch, link, node):
    return {"name": name, "kind": "roofline", "clock_hz": 1e9, "link_bytes_per_s": link,
            "technology": {"node_nm": node, "idle_w": 0.0},
            "roofline": {"peak_macs_per_s": {8: peak}, "launch_overhead_s": launch}}


def chip(parts, **more):
    return hwsim.load_accelerator({
        "name": "chip", "kind": "heterogeneous", "clock_hz": 1e9, "technology": {"node_nm": 28},
        "memories": {"dram": {"type": "lpddr4", "holds": ["ifmap", "filter", "ofmap"], "bandwidth_bytes_per_s": SHARED,
                              "j_per_byte": OFFCHIP_J}},
        "parts": {name: part(name, *numbers) for name, numbers in parts.items()}, **more})


def linears(name, widths, batch=BATCH):
    b = hwsim.NetworkBuilder(name)
    x = b.input("x", (batch, widths[0]))
    for width in widths[1:]:
        x = b.linear(x, width, bias=False)
    return b.build(x)


def by_hand(widths, peak, launch, link, node):
    """Seconds, joules and bytes of each linear layer alone on a part: everything crosses the pins once."""
    found = []
    for before, after in pairwise(widths):
        macs, moved = BATCH * before * after, BATCH * before + before * after + BATCH * after
        seconds = launch + max(macs / peak, moved / min(SHARED, link))
        found.append((seconds, macs * float(mac_energy_j(8, 8, 32, node)) + moved * OFFCHIP_J, moved))
    return found


def every_plan():
    """Makespan and energy of every assignment in every order of the layers of both networks."""
    costs = [[by_hand(SIZES[job], *numbers)[k] for numbers in PARTS.values()]
             for job in SIZES for k in range(len(SIZES[job]) - 1)]
    first = len(SIZES["a"]) - 1
    orders = [order for order in permutations(range(len(costs)))
              if all(order.index(k) < order.index(k + 1) for k in range(len(costs) - 1) if k + 1 != first)]
    assert len(orders) == 10  # of five layers, two are those of the second network
    plans = []
    for where in product(range(2), repeat=len(costs)):
        energy_j = sum(costs[k][where[k]][1] for k in range(len(costs)))
        bus_s = sum(costs[k][where[k]][2] for k in range(len(costs))) / SHARED
        for order in orders:
            free_s, job_s = [0.0, 0.0], [0.0, 0.0]
            for k in order:
                end_s = max(free_s[where[k]], job_s[k >= first]) + costs[k][where[k]][0]
                free_s[where[k]] = job_s[k >= first] = end_s
            plans.append((max(*free_s, bus_s), energy_j))
    return np.array(plans)


NETS = [linears(name, widths) for name, widths in SIZES.items()]
PLANS = every_plan()


def test_latency_is_the_least_of_all_plans():
    result = hwsim.simulate(chip(PARTS), NETS)
    assert result.latency_s == pytest.approx(PLANS[:, 0].min(), rel=1e-5)
    assert result.metrics["assignment_gap"] == 0.0
    assert result.metrics["bound_latency_s"] == pytest.approx(result.latency_s, rel=1e-5)
    assert set(result.layers["part"]) == {"big", "small"}
    assert any("none is better" in note for note in result.notes)


def test_energy_is_the_least_of_all_plans():
    result = hwsim.simulate(chip(PARTS), NETS, policy=hwsim.Assign("energy"))
    assert result.energy_j == pytest.approx(PLANS[:, 1].min(), rel=1e-9)


def test_edp_is_the_least_of_all_plans():
    result = hwsim.simulate(chip(PARTS), NETS, policy=hwsim.Assign("edp"))
    assert result.metrics["edp_j_s"] == pytest.approx(PLANS.prod(axis=1).min(), rel=1e-5)
    assert result.latency_s * result.energy_j == pytest.approx(result.metrics["edp_j_s"], rel=1e-12)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_energy_within_a_limit_is_the_least_of_the_plans_within_it(share):
    shortest, cheapest = PLANS[:, 0].min(), PLANS[PLANS[:, 1].argmin(), 0]
    limit_s = shortest + share * (cheapest - shortest)
    result = hwsim.simulate(chip(PARTS), NETS, policy=hwsim.Assign("energy", limit_s=limit_s))
    assert result.latency_s <= limit_s
    assert result.energy_j == pytest.approx(PLANS[PLANS[:, 0] <= limit_s, 1].min(), rel=1e-5)
    assert result.energy_j > PLANS[:, 1].min() * (1 + 1e-6)


def test_a_layer_takes_what_it_takes_alone_on_its_part():
    result = hwsim.simulate(chip(PARTS), NETS)
    expected = {(job, k, name): cost for job in SIZES for name, numbers in PARTS.items()
                for k, cost in enumerate(by_hand(SIZES[job], *numbers))}
    counts = {"a": 0, "b": 0}
    for row in result.layers.to_dict(orient="records"):
        seconds, joules, moved = expected[row["job"], counts[row["job"]], row["part"]]
        counts[row["job"]] += 1
        assert row["latency_s"] == pytest.approx(seconds, rel=1e-12)
        assert row["energy_j"] == pytest.approx(joules, rel=1e-12)
        assert row["end_s"] - row["start_s"] == pytest.approx(seconds, rel=1e-9)
        offchip = sum(row[f"{operand}_offchip_bytes"] for operand in ("ifmap", "filter", "ofmap"))
        assert offchip == moved
    assert counts == {"a": 3, "b": 2}


def test_parts_that_share_the_bandwidth_wait_for_each_other():
    """Twins on twins: both networks are always at the same layer, and each has half of the bandwidth."""
    net, peak, launch = (4096, 64, 64), 1e15, 40e-6
    acc = chip({"one": (peak, launch, SHARED, 28), "two": (peak, launch, SHARED, 28)})
    twins = [linears("left", net), linears("right", net)]
    moved = [cost[2] for cost in by_hand(net, peak, launch, SHARED, 28)]
    alone_s = [launch + size / SHARED for size in moved]
    both_s = [max(one, 2 * size / SHARED) for one, size in zip(alone_s, moved, strict=True)]
    assert both_s[0] > alone_s[0] and both_s[1] == alone_s[1]
    analytic, event = (hwsim.simulate(acc, twins, fidelity=name) for name in ("analytic", "event"))
    assert analytic.latency_s == pytest.approx(max(sum(alone_s), 2 * sum(moved) / SHARED), rel=1e-9)
    assert event.latency_s == pytest.approx(sum(both_s), rel=1e-9)
    assert event.layers["latency_s"].tolist() == pytest.approx(2 * both_s, rel=1e-9)
    waited = event.layers["stall_cycles"].sum() - analytic.layers["stall_cycles"].sum()
    assert waited == pytest.approx(2 * (both_s[0] - alone_s[0]) * 1e9, rel=1e-6)
    assert [job.end_s for job in event.jobs] == pytest.approx([sum(both_s)] * 2, rel=1e-9)
    offchip = next(resource for resource in event.resources if resource.name == "off-chip")
    assert offchip.event_s == pytest.approx(2 * (both_s[0] - alone_s[0]), rel=1e-6)


def test_static_power_runs_while_a_part_waits():
    acc = hwsim.load_accelerator(chip({"one": (1e15, 40e-6, SHARED, 28), "two": (1e15, 40e-6, SHARED, 28)}),
                                 {"parts.one.technology.idle_w": 0.5, "parts.two.technology.idle_w": 0.5})
    result = hwsim.simulate(acc, [linears("left", (4096, 64)), linears("right", (4096, 64))], fidelity="event")
    assert result.energy_breakdown_j["static"] == pytest.approx(0.5 * result.layers["latency_s"].sum(), rel=1e-9)


def test_idle_power_of_the_whole_lasts_as_long_as_the_run():
    plain, idle = chip(PARTS), chip(PARTS, technology={"node_nm": 28, "idle_w": 2.0})
    for workload in (NETS, NETS[:1]):
        without, given = (hwsim.simulate(acc, workload) for acc in (plain, idle))
        assert given.latency_s == without.latency_s
        assert given.energy_j - without.energy_j == pytest.approx(2.0 * given.latency_s, rel=1e-9)


def test_branches_run_at_the_same_time_if_asked():
    b = hwsim.NetworkBuilder("fork")
    x = b.input("x", (BATCH, 256))
    net = b.build([b.linear(x, 300, bias=False), b.linear(x, 300, bias=False)])
    acc = chip({"one": (1e9, 0.0, SHARED, 28), "two": (1e9, 0.0, SHARED, 28)})
    in_turn = hwsim.simulate(acc, net)
    together = hwsim.simulate(acc, net, policy=hwsim.Assign(branches=True))
    seconds = BATCH * 256 * 300 / 1e9
    assert in_turn.latency_s == pytest.approx(2 * seconds, rel=1e-12)
    assert together.latency_s == pytest.approx(seconds, rel=1e-12)
    assert together.energy_j == pytest.approx(in_turn.energy_j, rel=1e-12)


def test_one_part_is_that_part_with_the_memory_of_the_whole():
    """A chain whose activations go off chip anyway: the part alone at its link's rate is the same machine."""
    whole = hwsim.load_accelerator("heterogeneous_2")
    one = whole.model_copy(update={"parts": {"nvdla": whole.parts["nvdla"]}})
    memory = whole.memories["dram"]
    rate = min(memory.bandwidth_bytes_per_s, whole.parts["nvdla"].link_bytes_per_s / memory.efficiency)
    alone = whole.parts["nvdla"].model_copy(
        update={"link_bytes_per_s": None, "memories": {"dram": memory.model_copy(update={"bandwidth_bytes_per_s": rate})}})
    net = hwsim.load_workload("mobilenet_v2")
    first, second = hwsim.simulate(one, net), hwsim.simulate(alone, net)
    assert first.latency_s == pytest.approx(second.latency_s, rel=1e-12)
    assert first.energy_j == pytest.approx(second.energy_j, rel=1e-12)
    assert first.area_mm2 == second.area_mm2


@pytest.fixture(scope="module")
def pair():
    return hwsim.load_accelerator("heterogeneous_2")


@pytest.fixture(scope="module", params=["analytic", "event"])
def two_networks(request, pair):
    return hwsim.simulate(pair, ["resnet18", "mobilenet_v2"], fidelity=request.param)


def test_no_part_does_two_things_at_once_and_layers_follow_each_other(two_networks):
    frame = two_networks.layers
    kernels = frame[frame["name"] == frame["kernel"]]
    for column in ("part", "job"):
        for _, rows in kernels.groupby(column):
            ordered = rows.sort_values(["start_s", "end_s"])
            assert (ordered["start_s"].to_numpy()[1:] >= ordered["end_s"].to_numpy()[:-1] - 1e-11).all()
    for _, rows in kernels.groupby("job"):
        assert (np.diff(rows["start_s"]) >= 0).all()  # in the order of the network
    assert kernels["end_s"].max() <= two_networks.latency_s * (1 + 1e-12)


def test_two_networks_take_less_than_one_after_the_other(pair, two_networks):
    single = [hwsim.simulate(pair, name, fidelity=two_networks.fidelity) for name in ("resnet18", "mobilenet_v2")]
    assert max(one.latency_s for one in single) <= two_networks.latency_s < sum(one.latency_s for one in single)
    assert two_networks.latency_s >= two_networks.metrics["bound_latency_s"]
    assert two_networks.macs == sum(one.macs for one in single)
    bound_s = two_networks.metrics["bound_latency_s"]
    gap = 1 - 1 / (1 + two_networks.metrics["assignment_gap"])
    assert two_networks.latency_s * (1 - gap) >= bound_s * (1 - 1e-12)  # equal where parts do not wait for each other
    assert 0 < two_networks.temporal_utilisation <= 1 and 0 < two_networks.utilisation <= 1
    assert (two_networks.layers["utilisation"] <= 1 + 1e-12).all()


def test_waiting_for_bandwidth_never_makes_a_run_shorter(pair):
    for bandwidth in (3e9, 12e9, 25.6e9):
        chip = hwsim.load_accelerator(pair, {"memories.dram.bandwidth_bytes_per_s": bandwidth})
        analytic, event = (hwsim.simulate(chip, ["resnet18", "mobilenet_v2"], fidelity=name) for name in ("analytic", "event"))
        assert event.latency_s >= analytic.latency_s * (1 - 1e-9)
        assert event.energy_breakdown_j["offchip"] == analytic.energy_breakdown_j["offchip"]
        moved = event.layers[[f"{operand}_offchip_bytes" for operand in ("ifmap", "filter", "ofmap")]].sum(axis=None)
        assert event.latency_s >= moved / (0.8 * bandwidth) * (1 - 1e-9)


def test_a_limit_that_the_fastest_run_keeps_to_can_be_kept(pair):
    names = ["resnet18", "mobilenet_v2"]
    fastest = hwsim.simulate(pair, names)
    within = hwsim.simulate(pair, names, policy=hwsim.Assign("energy", limit_s=fastest.latency_s))
    assert within.latency_s <= fastest.latency_s
    assert within.energy_j <= fastest.energy_j * (1 + 1e-12)


def test_the_command_line_runs_several_networks(pair):
    done = CliRunner().invoke(main, ["run", "resnet18", "mobilenet_v2", "--on", "heterogeneous_2", "--objective", "edp",
                                     "--fidelity", "event", "--top", "0"])
    assert done.exit_code == 0, done.output
    result = hwsim.simulate(pair, ["resnet18", "mobilenet_v2"], policy=hwsim.Assign("edp"), fidelity="event")
    assert done.stdout == result.summary(0) + "\n"
    for text in ("gap to the best assignment", "no assignment is faster than", "kernels assigned for least edp"):
        assert text in done.stdout


def test_area_is_the_sum_of_the_parts(pair):
    result = hwsim.simulate(pair, linears("tiny", (64, 64)))
    assert set(result.area_breakdown_mm2) == {"nvdla", "systolic"}
    assert result.area_mm2 == pytest.approx(sum(result.area_breakdown_mm2.values()), rel=1e-12)
    assert "systolic.ifmap_sram" in result.traffic_bytes and "dram" in result.traffic_bytes


def test_parameters_reach_into_the_parts(pair):
    model = build_machine(pair)
    paths = model.parameters()
    assert {"parts.nvdla.pe_array.x", "parts.systolic.array.rows", "parts.systolic.clock_hz", "parts.nvdla.link_bytes_per_s",
            "memories.dram.bandwidth_bytes_per_s"} <= set(paths)
    assert not any(".memories." in path for path in paths)
    layers = model.table(hwsim.load_workload("resnet18"))
    columns = {"parts.nvdla.pe_array.x": [16, 4, 32], "parts.systolic.array.rows": [32, 64, 16],
               "memories.dram.bandwidth_bytes_per_s": [25.6e9, 6.4e9, 12.8e9],
               "parts.systolic.link_bytes_per_s": [3e9, 9e9, 3e9]}
    costs = model.cost(layers, PointTable.of(columns), model.cost_columns)
    for index in range(3):
        changed = build_machine(hwsim.load_accelerator(pair, {path: values[index] for path, values in columns.items()}))
        alone = changed.cost(layers, PointTable.of(), model.cost_columns)
        np.testing.assert_array_equal(costs.values[index], alone.values[0])
    assert len({tuple(row) for row in costs["part"].tolist()}) > 1


def test_a_part_that_cannot_run_a_layer_leaves_it_to_the_others(pair):
    small = hwsim.load_accelerator(pair, {"parts.nvdla.buffers.cbuf.capacity_bytes": 8192, "parts.nvdla.buffers.cbuf.banks": 2})
    result = hwsim.simulate(small, "resnet18")
    note = next(note for note in result.notes if "cannot run" in note)
    assert note.startswith("nvdla cannot run ") and note.endswith("; other parts do")
    frame = result.layers
    wide = frame[(frame["name"] == frame["kernel"]) & (frame["op"] == "conv")].tail(1)
    assert wide["part"].tolist() == ["systolic"]
    assert np.isfinite(result.latency_s)


def test_plots_and_traces(pair, tmp_path):
    result = hwsim.simulate(pair, ["resnet18", "mobilenet_v2"], fidelity="event")
    kernels = (result.layers["name"] == result.layers["kernel"]).sum()
    ax = hwsim.plot.gantt(result)
    assert len(ax.patches) == kernels
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["nvdla", "systolic"]
    assert "resnet18/" not in " ".join(text.get_text() for text in ax.texts)
    hwsim.plot.timeline(result)
    assert set(result.timeline.frame()["resource"]) == {"nvdla", "systolic", "off-chip"}
    assert result.timeline.span_s[1] == pytest.approx(result.latency_s, rel=1e-12)
    result.to_chrome_trace(tmp_path / "trace.json")
    assert "mobilenet_v2" in (tmp_path / "trace.json").read_text()


def test_a_gantt_chart_needs_parts():
    with pytest.raises(hwsim.ConfigError, match="without parts"):
        hwsim.plot.gantt(hwsim.simulate("edge_npu", linears("tiny", (64, 64))))
