"""Which way to run a network in little memory is chosen, and what is reported."""

import itertools

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.tiers import MICROCONTROLLERS, Lifetimes, Microcontroller, Stage, execute_in
from hwsim.memory.tiers.patches import patch_stage
from hwsim.memory.tiers.rows import row_stage
from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.load import load_workload


def small():
    b = NetworkBuilder("small")
    x = b.conv(b.input("x", (1, 3, 16, 16)), 8, 3, name="one")
    x = b.conv(x, 8, 3, stride=2, name="two")
    x = b.conv(b.conv(x, 16, 1, name="three"), 4, 3, stride=2, name="four")
    return b.build(b.linear(b.global_average(x), 10))


def every_cover(choices, kernels):
    """Yield every way to cover the kernels with stages."""
    def extend(done, at):
        if at == kernels:
            yield done
        for stage in choices:
            if stage.first == at:
                yield from extend([*done, stage], stage.last + 1)

    yield from extend([], 0)


@pytest.mark.parametrize("budget", [None, 3000, 2000, 1800, 1500, 1])
def test_choice_equals_trying_every_cover(budget):
    network, grids = small(), [(2, 2), (3, 3), (4, 4)]
    life = Lifetimes.of(network, in_place="depthwise")
    patches = [patch_stage(life, last, grid) for last in range(len(life.kernels)) for grid in grids]
    choices = [*life.whole(), *(stage for stage in patches if stage)]
    covers = []
    for stages in every_cover(choices, len(life.kernels)):
        table = life.table(stages, weights=False)
        extra = sum(max(0, s.macs - sum(life.macs(k) for k in range(s.first, s.last + 1))) for s in stages)
        covers.append((table.peak_bytes(), extra))
    least = min(peak for peak, _ in covers)
    limit = max(least, budget or 0)
    best = min(extra for peak, extra in covers if peak <= limit)
    found = execute_in(network, budget, grids=grids)
    assert found.peak_bytes <= limit
    assert found.extra_macs == best
    if budget is None:
        assert found.peak_bytes == least
    assert found.macs == network.macs + found.extra_macs


def test_peak_of_stages_is_the_worst_of_them():
    """The search looks at one stage at a time; the whole run must need no more than the worst."""
    for name in ("mobilenet_v2", "deit_ti", "resnet18"):
        life = Lifetimes.of(load_workload(name), in_place="depthwise")
        found = execute_in(life.network)
        assert found.peak_bytes == max(life.peak_bytes([stage]) for stage in found.stages)
        assert [step for s in found.stages for step in range(s.first, s.last + 1)] == list(range(len(life.kernels)))


def test_enough_room_is_no_reason_to_cut():
    found = execute_in(load_workload("mobilenet_v2"), 2 * 2**20)
    assert {stage.how for stage in found.stages} == {"whole"}
    assert found.extra_macs == 0
    assert found.peak_bytes == found.layerwise_peak_bytes


def test_more_room_never_costs_more_work():
    network = load_workload("mobilenet_v2")
    work = [execute_in(network, room * 1024).extra_macs for room in (180, 320, 1024)]
    assert work == sorted(work, reverse=True)


def test_vision_transformer_in_320_kib():
    """DeiT-Ti at int8 by hand: residual, Q, K and V of 197 tokens of 192 and one row of scores of three heads and context."""
    found = execute_in(load_workload("deit_ti"))
    assert found.peak_bytes == 4 * 197 * 192 + 3 * 197 + 192
    assert found.extra_macs == 0
    assert found.layerwise_peak_bytes == 4 * 197 * 192 + 3 * 197 * 197
    assert found.table.steps[0] == "patches.conv"
    assert found.stages[0].how == "patches"  # the image is never whole: patch embedding decomposition
    device = MICROCONTROLLERS["stm32f746"]
    assert not found.fits(device)  # 5.7 million parameters
    assert found.verdict(device).splitlines()[0] == "SRAM: 148.5 KiB of 320 KiB, fits by 171.5 KiB"
    assert found.verdict(device).splitlines()[1].startswith("flash: 5")
    assert "does not fit by" in found.verdict(device).splitlines()[1]
    assert found.fits(Microcontroller("large flash", device.sram_bytes, 8 * 2**20))


def test_row_blocks_grow_with_the_room():
    """Constants are read once a block, so more room means larger blocks and fewer reads."""
    network = load_workload("deit_ti")
    reads = [execute_in(network, room * 1024, row_blocks=(1, 4, 16, 64)).weight_read_bytes for room in (149, 160, 200, 300)]
    assert reads == sorted(reads, reverse=True)
    assert reads[-1] == execute_in(network, 300 * 1024, row_blocks=(), grids=()).weight_read_bytes


def test_row_stage_needs_rows_of_tokens():
    life = Lifetimes.of(load_workload("mobilenet_v2"))
    assert all(row_stage(life, i, j, 1) is None for i, j in itertools.combinations(range(12), 2))


def test_report_and_frame():
    found = execute_in(small(), grids=[(2, 2)])
    lines = found.report().splitlines()
    assert lines[0].split() == ["step", "run", "KiB"]
    assert lines[1].split()[:2] == ["one", "2x2"]
    assert lines[-2].startswith(f"peak {found.peak_bytes / 1024:.1f} KiB at {found.peak_step}")
    frame = found.frame()
    assert frame.live_bytes.max() == found.peak_bytes
    assert frame.step.tolist() == list(found.table.steps)
    assert isinstance(found.stages[0], Stage)


def test_room_is_positive():
    with pytest.raises(ConfigError, match="sram_bytes: out of range"):
        execute_in(small(), 0)


def test_names_stand_for_networks_and_devices():
    found = execute_in("resnet9", grids=[], row_blocks=[])
    assert found == execute_in(load_workload("resnet9"), grids=[], row_blocks=[])
    for name in MICROCONTROLLERS:
        device = MICROCONTROLLERS[name]
        assert (found.fits(name), found.spare_bytes(name), found.verdict(name)) == (
            found.fits(device), found.spare_bytes(device), found.verdict(device))
    with pytest.raises(ConfigError, match=r"unknown microcontroller .*did you mean 'stm32f746'"):
        found.fits("stm32f747")
    with pytest.raises(ConfigError, match="sram_bytes: not a number of bytes"):
        execute_in("resnet9", "lots")
