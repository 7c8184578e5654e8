"""Laws that hold for any network on any systolic design, tried on random ones."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import DATAFLOWS, gemms, small_networks, systolic_overrides

import hwsim
from hwsim.arch.load import load_accelerator
from hwsim.machines import PointTable
from hwsim.machines.simulate import build_machine
from hwsim.result import CYCLE_PARTS, ENERGY_PARTS

LIMITED = settings(max_examples=60, deadline=None, derandomize=True)
NETWORKS = st.one_of(gemms(), small_networks())
OFFCHIP = ("ifmap_offchip_bytes", "filter_offchip_bytes", "ofmap_offchip_bytes")
ENDLESS = {f"buffers.{b}.capacity_bytes": 2.0**40 for b in ("ifmap_sram", "filter_sram", "ofmap_sram")}
CLOSE = 1 + 1e-9


def costs(dataflow, overrides, net):
    """Return (accelerator, layer table, cost table) of the one described point."""
    acc = load_accelerator(f"systolic_{dataflow}_32", overrides)
    model = build_machine(acc)
    layers = model.table(net)
    return acc, layers, model.cost(layers, PointTable.of(), model.cost_columns)


def compulsory(layers):
    """Return bytes a kernel that must move where nothing stays on chip: every operand once."""
    filters = layers.column("b_bytes") * layers.column("b_constant") + layers.column("extra_weight_bytes")
    return filters + np.bincount(layers.io[:, 0].astype(int), layers.io[:, 1], layers.kernel_count)


@LIMITED
@given(DATAFLOWS, systolic_overrides(), NETWORKS)
def test_parts_sum_and_none_is_negative(dataflow, overrides, net):
    _, _, table = costs(dataflow, overrides, net)
    for total, parts in (("cycles", CYCLE_PARTS), ("energy_j", ENERGY_PARTS)):
        for part in parts:
            assert (table[part.column] >= 0).all(), part.column
        assert sum(table[p.column] for p in parts) == pytest.approx(table[total], rel=1e-12)
    assert (table["compute_cycles"] <= table["cycles"] * CLOSE).all()
    assert (table["spatial_utilisation"] <= 1).all()


@LIMITED
@given(DATAFLOWS, systolic_overrides(), NETWORKS)
def test_a_result_keeps_its_laws(dataflow, overrides, net):
    result = hwsim.simulate(load_accelerator(f"systolic_{dataflow}_32", overrides), net)
    layers = result.layers
    assert (layers[[p.column for p in (*CYCLE_PARTS, *ENERGY_PARTS)]] >= 0).all(axis=None)
    assert (layers["stall_cycles"] >= -1e-9 * layers["cycles"]).all()
    for share in ("utilisation", "spatial_utilisation", "temporal_utilisation"):
        assert layers[share].between(0, CLOSE).all()
    assert result.energy_j == math.fsum(result.energy_breakdown_j.values())


@LIMITED
@given(DATAFLOWS, systolic_overrides(), NETWORKS)
def test_time_is_at_least_the_roofline(dataflow, overrides, net):
    """A kernel takes at least its passes over all PEs, its vector work on all lanes, its bytes over the memory."""
    acc, layers, table = costs(dataflow, overrides, net)
    cycles = table["cycles"][0]
    passes = (np.ceil(layers.column("a_bits") / acc.array.activation_bits)
              * np.ceil(layers.column("b_bits") / acc.array.weight_bits))
    assert (cycles * CLOSE >= layers.column("macs") * passes / (acc.array.rows * acc.array.cols)).all()
    assert (cycles * CLOSE >= layers.column("vector_ops") / acc.vector_unit.lanes).all()
    assert (cycles * CLOSE >= layers.column("special_ops") / acc.vector_unit.special_per_cycle).all()
    dram = acc.memories["dram"]
    moved = sum(table[name][0] for name in OFFCHIP)
    assert (cycles * CLOSE >= moved / dram.bandwidth_bytes_per_s * acc.clock_hz).all()


@LIMITED
@given(DATAFLOWS, systolic_overrides(), NETWORKS)
def test_traffic_is_at_least_compulsory(dataflow, overrides, net):
    """These templates keep nothing between kernels, so every operand crosses at least once."""
    _, layers, table = costs(dataflow, overrides, net)
    moved = sum(table[name][0] for name in OFFCHIP)
    assert (moved * CLOSE >= compulsory(layers)).all()
    assert (moved <= (table["ifmap_buffer_write_bytes"] + table["filter_buffer_write_bytes"]
                      + table["ofmap_buffer_read_bytes"])[0] * CLOSE).all()  # all of it passes through a buffer


@LIMITED
@given(DATAFLOWS, systolic_overrides(), NETWORKS)
def test_traffic_is_compulsory_with_endless_buffers(dataflow, overrides, net):
    _, layers, table = costs(dataflow, overrides | ENDLESS, net)
    assert sum(table[name][0] for name in OFFCHIP) == pytest.approx(compulsory(layers), rel=1e-12)


@LIMITED
@given(DATAFLOWS, systolic_overrides(), NETWORKS)
def test_endless_memory_never_stalls(dataflow, overrides, net):
    """With any bandwidth, any buffer and any port only the declared latency of the memory is left."""
    ports = {f"{path.removesuffix('capacity_bytes')}{port}_bytes_per_cycle": 1e9
             for path in ENDLESS for port in ("read", "write")}
    fast = {"memories.dram.bandwidth_bytes_per_s": 1e18, "memories.dram.latency_s": 0.0}
    _, _, table = costs(dataflow, overrides | ENDLESS | ports | fast, net)
    # the first and last bytes still take a part of a cycle, which counts as a whole one
    stalls = [table[f"{cause}_stall_cycles"] for cause in ("weight", "input", "output", "buffer")]
    assert max(float(s.max()) for s in stalls) <= 1.0
    assert (table["cycles"] <= table["compute_cycles"] + 4).all()


@LIMITED
@given(DATAFLOWS, systolic_overrides(), NETWORKS, st.floats(1.0, 50.0))
def test_more_bandwidth_is_never_slower(dataflow, overrides, net, factor):
    path = "memories.dram.bandwidth_bytes_per_s"
    _, _, slow = costs(dataflow, overrides, net)
    _, _, fast = costs(dataflow, overrides | {path: overrides[path] * factor}, net)
    # whole cycles are charged for each of four causes
    assert (fast["cycles"] <= slow["cycles"] + 4).all()


@LIMITED
@given(DATAFLOWS, systolic_overrides(), NETWORKS, st.floats(0.0, 1e-6))
def test_less_latency_is_never_slower(dataflow, overrides, net, latency_s):
    _, _, slow = costs(dataflow, overrides | {"memories.dram.latency_s": latency_s}, net)
    _, _, fast = costs(dataflow, overrides | {"memories.dram.latency_s": 0.0}, net)
    assert (fast["cycles"] <= slow["cycles"]).all()


@LIMITED
@given(DATAFLOWS, systolic_overrides(), st.integers(1, 200), st.integers(1, 200), st.integers(1, 200))
def test_twice_the_batch_takes_at_most_twice_the_time(dataflow, overrides, m, n, k):
    """Two runs one after the other are a schedule of the doubled batch; each run rounds four causes up."""
    def net(rows):
        b = hwsim.NetworkBuilder("fc")
        return b.build(b.relu(b.linear(b.input("x", (rows, k)), n)))

    # a single chunk, so that tiles do not shrink
    whole = overrides | ENDLESS
    one, two = (float(costs(dataflow, whole, net(rows))[2]["cycles"][0, 0]) for rows in (m, 2 * m))
    assert two <= 2 * one + 4


@LIMITED
@given(DATAFLOWS, systolic_overrides(), NETWORKS)
def test_twice_the_clock_halves_what_only_computes(dataflow, overrides, net):
    """Compute cycles do not depend on the clock."""
    _, _, one = costs(dataflow, overrides | {"clock_hz": 1e9}, net)
    _, _, two = costs(dataflow, overrides | {"clock_hz": 2e9}, net)
    assert one["compute_cycles"] == pytest.approx(two["compute_cycles"], rel=1e-12)


@LIMITED
@given(systolic_overrides(), NETWORKS, st.sampled_from([0, 3000]))
def test_each_memory_carries_no_more_than_its_bandwidth(overrides, net, latency):
    """Filters in one memory, activations in another (tpu_v1): neither moves more bytes than time x bandwidth."""
    rates = {"memories.weight_dram.bandwidth_bytes_per_s": overrides["memories.dram.bandwidth_bytes_per_s"],
             "memories.host.bandwidth_bytes_per_s": 3e9, "memories.host.streamed": overrides["memories.dram.streamed"],
             "buffers.unified_buffer.capacity_bytes": 40000.0, "vector_unit.latency_cycles": latency,
             **{key: value for key, value in overrides.items() if key.startswith("array.")}}
    acc = load_accelerator("tpu_v1", rates)
    model = build_machine(acc)
    table = model.cost(model.table(net), PointTable.of(), model.cost_columns)
    seconds = table["latency_s"][0] * CLOSE
    assert (seconds >= table["filter_offchip_bytes"][0] / acc.memories["weight_dram"].bandwidth_bytes_per_s).all()
    host = table["ifmap_offchip_bytes"][0] + table["ofmap_offchip_bytes"][0]
    assert (seconds >= host / acc.memories["host"].bandwidth_bytes_per_s).all()
