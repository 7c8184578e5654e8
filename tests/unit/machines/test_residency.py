"""Activations that stay on chip between the kernels of a spatial array."""

import numpy as np
import pytest

import hwsim
from hwsim.arch.load import load_accelerator
from hwsim.errors import ConfigError
from hwsim.machines.energy_by_level import energy_by_level
from hwsim.machines.simulate import build_machine
from hwsim.machines.spatial.machine import array_cost
from hwsim.machines.spatial.residency import Residency
from hwsim.workload.liveness import keep_bytes, lifetimes
from hwsim.workload.table import IO, KERNEL


def network():
    """A residual block with a pool: an activation that waits, one read twice, one that no product reads."""
    b = hwsim.NetworkBuilder("block", activation_bits=8, weight_bits=8)
    x = b.relu(b.conv(b.input("x", (1, 8, 16, 16)), 16, 3, name="a"))
    y = b.relu(b.conv(x, 16, 3, name="b"))
    y = b.add(b.conv(y, 16, 1, name="c"), x)
    return b.build(b.conv(b.pool(y, 2, name="p"), 8, 1, name="d"))


def described(share, **overrides):
    return load_accelerator("spatial_array", {"pe_array.residency": share, **overrides})


def costs(share, net=None, **overrides):
    """Return the layer table and off-chip bytes of every kernel: ifmap, filter, ofmap."""
    model = build_machine(described(share, **overrides))
    table = model.table(net or network())
    columns = [f"{operand}_offchip_bytes" for operand in ("ifmap", "filter", "ofmap")]
    found = model.cost(table, hwsim.PointTable.of(), (*columns, "energy_j", "latency_s"))
    return table, np.array([found[column][0] for column in columns]).T, found


def test_what_stays_moves_no_byte_off_chip_and_everything_else_as_often_as_without():
    table, moved, _ = costs(0.5)
    _, before, _ = costs(0.0)
    residency = Residency(described(0.5))
    for kernel in range(table.kernel_count):
        entries, stay = residency.stay(table, kernel)
        assert stay[entries[:, IO["forced"]] == 0].all()  # it all fits
        outputs = entries[:, IO["is_output"]] > 0
        assert moved[kernel, 2] == pytest.approx(entries[outputs & ~stay, IO["bytes"]].sum())
        assert moved[kernel, 0] == pytest.approx(entries[~outputs & ~stay, IO["bytes"]].sum())
        assert before[kernel, 2] >= entries[outputs, IO["bytes"]].sum() > 0
        assert moved[kernel, 1] <= before[kernel, 1] * (1 + 1e-12)
    assert moved[1:-1, [0, 2]].sum() == 0


@pytest.mark.parametrize("share", [0.01, 0.02, 0.03, 0.05, 0.5])
def test_what_stays_is_at_no_time_more_than_its_share(share):
    net, residency = network(), Residency(described(share))
    spans = lifetimes(net)
    needs = keep_bytes(spans)
    live = [sum(span.bits / 8 for name, span in spans.items()
                if needs[name] <= residency.room_bytes and span.first <= step <= span.last) for step in range(len(net.layers))]
    assert max(live) <= residency.room_bytes == share * 2**18
    table = build_machine(described(share)).table(net)
    staying = {float(entry[IO["keep_bytes"]]) for kernel in range(table.kernel_count)
               for entry, stays in zip(*residency.stay(table, kernel), strict=True) if stays}
    assert staying <= {need for need in needs.values() if need <= residency.room_bytes}


def test_kernels_read_and_write_the_buffer_instead():
    description = described(0.5)
    model, residency = build_machine(description), Residency(description)
    table = model.table(network())
    for kernel in range(table.kernel_count):
        cost = array_cost(model.flow, table, kernel)
        entries, stay = residency.stay(table, kernel)
        outputs = entries[:, IO["is_output"]] > 0
        read = sum(cost.moved_bytes.get(("glb", operand), (0, 0))[0] for operand in ("ifmap", "psum"))
        written = sum(cost.moved_bytes.get(("glb", operand), (0, 0))[1] for operand in ("ifmap", "psum"))
        touched = 1.0 if table.kernels[kernel, KERNEL["stride_w"]] <= 1 else 0.25
        assert read >= touched * entries[stay & ~outputs, IO["bytes"]].sum()
        assert written >= entries[stay & outputs, IO["bytes"]].sum()


def test_a_result_whose_partial_sums_have_no_room_goes_off_chip_and_comes_back():
    b = hwsim.NetworkBuilder("deep", activation_bits=8, weight_bits=8)
    net = b.build(b.conv(b.conv(b.input("x", (1, 256, 8, 8)), 128, 3, name="a"), 4, 1, name="b"))
    # 90 % of the buffer have room for both activations, not for sums of 3 bytes, which PEs that share out C alone do not finish
    narrow = {"buffers.glb.capacity_bytes": 27400, "pe_array.unroll_x": ["C"], "pe_array.unroll_y": ["C"]}
    table, moved, _ = costs(0.9, net, **narrow)
    result = 128 * 8 * 8
    assert Residency(described(0.9, **narrow)).operands(table, 0) == (False, False, True)
    assert moved[0, 2] >= result and moved[0, 0] >= 256 * 8 * 8 + result
    assert moved[1, 0] == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_energy_by_level_still_sums_up(share):
    _, _, found = costs(share)
    frame = energy_by_level(described(share), network())
    assert frame.to_numpy().sum(axis=1) == pytest.approx(found["energy_j"][0])


def test_a_small_network_gets_better():
    _, _, off = costs(0.0)
    _, _, kept = costs(0.25)
    assert kept["energy_j"].sum() * kept["latency_s"].sum() < 0.8 * off["energy_j"].sum() * off["latency_s"].sum()


@pytest.mark.parametrize(("template", "overrides", "message"), [
    ("eyeriss", {"pe_array.residency": 0.5}, "only a free dataflow keeps activations on chip"),
    ("heterogeneous_2", {"parts.nvdla.pe_array.residency": 0.5}, "what one part keeps another could not read"),
    ("spatial_array", {"pe_array.residency": 0.5, "buffers.glb.holds": ["ifmap", "filter"]},
     "no buffer holds both ifmaps and ofmaps")])
def test_machines_that_keep_nothing_say_so(template, overrides, message):
    with pytest.raises(ConfigError, match=message):
        build_machine(load_accelerator(template, overrides))
