"""Tile tasks in the event engine against a walk of the same product in plain Python, written apart from them."""

from functools import cache

import numpy as np
import pytest
import tile_walk

import hwsim
from hwsim.arch.description import Memory
from hwsim.arch.load import load_accelerator
from hwsim.dataflow.tile_rows import ACTIONS
from hwsim.machines.simulate import build_machine
from hwsim.workload.ops import RecurrentGates, RecurrentMatMul

OPERANDS = ("ifmap", "filter", "ofmap")
SEEDS = range(50)


def network_of(g):
    """Return a network of one product, and (m, n, k, groups, steps, whether b is a weight, bytes of the addend)."""
    kind = str(g.choice(["linear", "matmul", "grouped", "recurrent"]))
    groups = {"matmul": int(g.integers(1, 4)), "grouped": int(g.integers(2, 5))}.get(kind, 1)
    steps = int(g.integers(2, 6)) if kind == "recurrent" else 1
    m, n, k = (int(g.choice([1, 2, 5, 16, 30, 57])) for _ in range(3))
    epilogue = str(g.choice(["none", "relu", "add"]))
    b = hwsim.NetworkBuilder("product")
    if kind == "recurrent":
        n *= 4
        y = b.add_layer(RecurrentMatMul(steps), [b.input("x", (m, k)), b.weight("w", (k, n))])
        y = b.add_layer(RecurrentGates(4), [y, b.input("z", b.shape(y))])
    elif kind == "linear":
        y = b.linear(b.input("x", (m, k)), n, bias=False)
    elif kind == "matmul":
        y = b.matmul(b.input("x", (groups, m, k)), b.input("y", (groups, k, n)))
    else:  # m pixels
        y = b.conv(b.input("x", (1, k * groups, m, 1)), n * groups, 1, groups=groups)
    if kind != "recurrent" and epilogue != "none":
        y = b.relu(y) if epilogue == "relu" else b.add(y, b.input("z", b.shape(y)))
    addend = groups * steps * m * n * (kind == "recurrent" or epilogue == "add")
    return b.build(y), (m, n, k, groups, steps, kind != "matmul", addend)


def machine_of(g):
    """Return an accelerator with buffers, ports and memories that may or may not be enough, and the walk's view of it."""
    rows, cols = (int(g.choice([2, 3, 4, 8, 13])) for _ in range(2))
    dataflow, pipelined, clock = str(g.choice(["ws", "os", "is"])), bool(g.integers(2)), float(g.choice([1e9, 7e8]))
    tiles = {"ifmap": max(rows * cols, 8 * cols), "filter": max(rows * cols, 8)}
    halves = {name: float(g.choice([1, 2, 5, 40]) * tile) for name, tile in tiles.items()}
    halves["psum"] = float(g.choice([1, 3, 20, 200]) * cols * 4)
    one = bool(g.integers(2))
    homes = dict.fromkeys(OPERANDS, "dram") if one else {"ifmap": "host", "filter": "flash", "ofmap": "dram"}
    streamed = one or bool(g.integers(4))
    if not streamed:
        homes["ofmap"] = "host"
    rate = {name: float(g.choice([3e8, 2e9, 1.7e10, 1e13])) for name in sorted(set(homes.values()))}
    latency = {name: float(g.choice([0.0, 2e-8])) for name in rate}
    ports = {"ifmap": float(g.choice([1, 0.5]) * rows), "filter": float(g.choice([1, 0.4]) * cols),
             "ofmap": float(g.choice([4, 0.3]) * cols)}
    lanes, depth = int(g.choice([1, 8, 64])), int(g.choice([0, 11]))
    accelerator = load_accelerator("systolic_ws_32", {
        "array.rows": rows, "array.cols": cols, "array.dataflow": dataflow, "array.pipelined_folds": pipelined,
        "clock_hz": clock, "vector_unit.lanes": lanes, "vector_unit.latency_cycles": depth,
        **{f"buffers.{name}_sram.capacity_bytes": 2 * halves["psum" if name == "ofmap" else name] for name in OPERANDS},
        **{f"buffers.{name}_sram.{'write' if name == 'ofmap' else 'read'}_bytes_per_cycle": ports[name] for name in OPERANDS}})
    memories = {name: Memory(type="ddr4", holds=tuple(o for o in OPERANDS if homes[o] == name), latency_s=latency[name],
                             bandwidth_bytes_per_s=rate[name], streamed=streamed or name == "flash") for name in rate}
    accelerator = accelerator.model_copy(update={"memories": memories})
    return accelerator, tile_walk.Machine(rows, cols, dataflow, pipelined, clock, halves, ports, homes, rate, latency, streamed,
                                          depth)


@cache
def both(seed):
    """Return the result of a drawn case, its closed forms, and the walk."""
    g = np.random.default_rng(seed)
    network, (m, n, k, groups, steps, constant, addend) = network_of(g)
    accelerator, machine = machine_of(g)
    unit, work = accelerator.vector_unit, build_machine(accelerator).table(network)
    read = float(work.column("vector_read_bytes").sum())
    lanes = float((work.column("vector_ops") / unit.lanes + work.column("special_ops") / unit.special_per_cycle).sum())
    out = network.tensors[network.outputs[0]].elements
    product = tile_walk.Product(m, n, k, groups, constant, groups * m * k, groups * k * n, out, addend,
                                max(lanes, read / machine.ports["ifmap"]), read, steps)
    result, closed = (hwsim.simulate(accelerator, network, fidelity=fidelity) for fidelity in ("event", "analytic"))
    return result, closed, product, machine, tile_walk.run(product, machine)


def tasks(result, *actions):
    """Return which tasks of the timeline do one of ``actions``."""
    return np.isin(np.array(ACTIONS)[result.timeline.action], actions)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_task_ends_when_the_walk_says(seed):
    result, _, _, _, walked = both(seed)
    # a transfer ends at the first whole picosecond after, and shares of bandwidth are rounded down
    within = 2e-12 * (result.timeline.action.size + 10)
    found = {"array": ("compute",), "addend": ("load addend",), "store": ("store ofmap",)}
    if walked.ends["vector"]:
        found["vector"] = ("vector",)
    for queue, actions in found.items():
        expected = np.array(walked.ends[queue]) / tile_walk.PS
        ends = np.sort(result.timeline.end_s[tasks(result, *actions)])
        if queue == "store" and not expected.size:
            continue  # one transfer at the end
        if queue == "vector":
            ends = ends[: expected.size]  # without the latency of the unit
        assert ends == pytest.approx(expected, abs=within, rel=1e-12), queue
    assert result.latency_s == pytest.approx(walked.makespan_ps / tile_walk.PS, abs=within, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_bytes_and_cycles_are_those_of_the_closed_forms(seed):
    result, closed, product, machine, walked = both(seed)
    moved = result.timeline.moved_bytes
    layers = closed.layers
    loads = {"filter": tasks(result, "load filter"), "ofmap": tasks(result, "store ofmap"),
             "ifmap": tasks(result, "load ifmap", "load second ifmap", "load addend")}
    for operand, chosen in loads.items():
        exact = layers[f"{operand}_offchip_bytes"].sum()
        assert exact == pytest.approx(moved[chosen].sum(), abs=2 * product.groups * product.steps), operand
    # the array is busy for the stall-free cycles, or longer where buffer ports are narrow
    compute = tasks(result, "compute")
    busy = ((result.timeline.end_s - result.timeline.start_s)[compute]).sum() * machine.clock_hz
    free, rounding = walked.stall_free_cycles, 1e-3 * compute.sum()
    assert busy > free - rounding
    if walked.wide_ports:
        assert busy < free + rounding


@pytest.mark.parametrize("seed", SEEDS)
def test_buffers_never_hold_more_than_their_room_and_end_empty(seed):
    timeline = both(seed)[0].timeline
    for number, (name, room) in enumerate(timeline.pools):
        here = timeline.pool == number
        order = np.lexsort((timeline.pool_delta[here], timeline.pool_time_s[here]))
        level = np.cumsum(timeline.pool_delta[here][order])
        assert level.size == 0 or (level.max() <= room and level[-1] == 0), name
        assert level.size == 0 or level.min() >= 0, name


def test_the_cases_reach_every_loop_order_and_every_wait():
    """Guards the draw: a suite of runs that never reload, share or wait would prove nothing."""
    seen = [both(seed) for seed in SEEDS]
    closed = [c.layers for _, c, _, _, _ in seen]
    reloads = {"filter": [product.b_bytes for _, _, product, _, _ in seen if product.constant]}
    assert sum(layers["filter_offchip_bytes"].sum() > size for layers, size in zip(
        [c for c, s in zip(closed, seen, strict=True) if s[2].constant], reloads["filter"], strict=True)) >= 4
    for column in ("input_stall_cycles", "weight_stall_cycles", "output_stall_cycles", "buffer_stall_cycles"):
        assert sum(result.layers[column].sum() > 0 for result, *_ in seen) >= 5, column
    assert {(m.dataflow, m.pipelined) for *_, m, _ in seen} == {(d, p) for d in ("ws", "os", "is") for p in (False, True)}
    assert {product.steps > 1 for _, _, product, _, _ in seen} == {False, True}
    assert sum(not m.streamed for *_, m, _ in seen) >= 2
