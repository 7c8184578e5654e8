"""Walks computed by hand, laws of the reference table's notes, conservation, and what is refused."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hwsim
from hwsim.errors import ConfigError, UnsupportedError
from hwsim.memory.dram.burst.burst_model import command_log, unloaded_read_latency_s, walk
from hwsim.memory.dram.commands import Command
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.presets import dram_device
from hwsim.memory.dram.trace import trace
from hwsim.memory.dram.traffic import Chunk, Traffic, traffic

ACT, PRE, PRE_ALL, READ, WRITE, REFRESH, ACT_2, CAS = Command
DDR4 = dram_device("DDR4-3200 x8")
ELEVEN = ("DDR4-2400 x8", "DDR4-3200 x8", "DDR5-3200 x8", "DDR5-4800 x8", "DDR5-6400 x8", "LPDDR5-6400 x16", "HBM2-2000 1pc",
          "HBM2-2000 2pc", "HBM3-6400 1pc", "HBM3-6400 2pc", "GDDR6-14000 x16")
ROW = 128  # transactions of a DDR4 row; RoBaRaCoCh: line 0 is in bank 0, ROW in bank 1, 16 * ROW in bank 0 again


def requests(*lines: int, writes: tuple[int, ...] = ()) -> Traffic:
    """Return reads of ``lines``, writes at the positions in ``writes``."""
    def chunks() -> Iterator[Chunk]:
        yield np.array(lines), np.isin(np.arange(len(lines)), writes)

    return Traffic("by hand", chunks, endless=False)


def log_of(device: DramDevice, pattern: Traffic, count: int) -> list[tuple[int, int, int]]:
    """Return (tick, command, bank) of a walk without refresh; requests that never end keep it running."""
    def endless() -> Iterator[Chunk]:
        yield from pattern.chunks()
        for _ in range(64):  # of another row of bank 15, so that the first requests are served before the last is accepted
            yield np.full(64, 15 * ROW), np.zeros(64, np.bool_)

    entries = command_log(device, "RoBaRaCoCh", Traffic("", endless), requests=200, refresh=False)
    return [tuple(entry[:3]) for entry in entries.tolist() if entry[3] != 15 * ROW][:count]


def test_a_read_of_a_closed_bank() -> None:
    # sent before tick 1; tRCD = 22
    assert log_of(DDR4, requests(0), 2) == [(1, ACT, 0), (23, READ, 0)]


def test_a_read_of_another_row() -> None:
    # bank 0: activate at 1, read at 23; tRTP 12 would allow 35, tRAS 52 allows 53; tRP = 22, tRCD = 22
    assert log_of(DDR4, requests(0, 16 * ROW), 5) == [(1, ACT, 0), (23, READ, 0), (53, PRE, 0), (75, ACT, 0), (97, READ, 0)]


def test_a_younger_hit_of_another_tick_does_not_keep_a_row_open() -> None:
    # the hit of line 1 arrived in the tick of the conflict before it, so it keeps the row open (tCCD_L = 8); the one sent eight
    # requests later is younger: the row closes when tRAS is over, though that hit is still queued behind a full bank group
    early = log_of(DDR4, requests(0, 16 * ROW, 1), 4)
    assert [entry[1] for entry in early] == [ACT, READ, READ, PRE]


def test_reads_go_before_writes_until_the_write_queue_is_nearly_full() -> None:
    # 26 writes are more than 80 % of 32; they are served down to 6
    lines = [line for i in range(60) for line in (i, ROW + i)]
    entries = command_log(DDR4, "RoBaRaCoCh", requests(*lines, writes=tuple(range(1, 120, 2))), requests=120, refresh=False)
    columns = [command for command in entries[:, 1].tolist() if command in (READ, WRITE)]
    runs = [(kind, len(list(group))) for kind, group in itertools.groupby(columns)]
    assert runs[0][0] == READ  # the first write waits although it came in the second tick
    # served while others are sent: from 26 (more than 25.6) until fewer than 6.4 are left, at least 20 in a row
    assert runs[1][0] == WRITE and runs[1][1] >= 20


def test_two_steps_of_an_activate_and_the_data_clock() -> None:
    # LPDDR5: ACT-1 at 1, ACT-2 in the next free tick, tRRD = 4 and tRCD = 15 from the first; at 16 the data clock is started,
    # then the read follows
    device = dram_device("LPDDR5-6400 x16")
    columns = device.organisation.row_bytes // device.organisation.transaction_bytes
    entries = command_log(device, "RoBaRaCoCh", requests(*[0] * 3, *[15 * columns] * 200), requests=150, refresh=False)
    assert [tuple(entry) for entry in entries[:4, :3].tolist()] == [(1, ACT, 0), (2, ACT_2, 0), (5, ACT, 15), (6, ACT_2, 15)]
    assert [tuple(entry) for entry in entries[4:6, :3].tolist()] == [(16, CAS, 0), (17, READ, 0)]


def test_a_row_and_a_column_command_in_one_tick() -> None:
    device = dram_device("HBM2-2000 2pc")
    entries = command_log(device, "MOP4CLXOR", "seq_copy", requests=2000)
    ticks = entries[:, 0]
    column = np.isin(entries[:, 1], (READ, WRITE))
    assert np.unique(ticks[column]).size == column.sum() and np.unique(ticks[~column]).size == (~column).sum()
    assert np.intersect1d(ticks[column], ticks[~column]).size > 100


def test_half_cycles_of_hbm3_carry_precharges_only() -> None:
    entries = command_log(dram_device("HBM3-6400 2pc"), "MOP4CLXOR", "random_rw", requests=3000)
    falling = entries[entries[:, 0] % 2 == 0]
    assert set(falling[:, 1].tolist()) <= {PRE, PRE_ALL} and len(falling) > 100


def test_writes_of_a_line_are_gathered_and_serve_its_reads() -> None:
    # a read, so that reads are served; write 5, write 5 again (gathered), read 5 (served by the write)
    pattern = requests(0, 5, 5, 5, *range(1000, 1040), writes=(1, 2))
    result = walk(DDR4, "RoBaRaCoCh", pattern, refresh=False)
    assert (result.writes_coalesced, result.reads_forwarded) == (1, 1)


@pytest.mark.parametrize("mapping", ["RoBaRaCoCh", "MOP4CLXOR"])
@pytest.mark.parametrize("name", ELEVEN)
def test_nothing_is_lost(name: str, mapping: str) -> None:
    device = dram_device(name)
    result = walk(device, mapping, "random_rw", requests=20_000)
    waiting = 20_000 - result.reads - result.writes - result.reads_forwarded - result.writes_coalesced
    assert 0 < waiting <= 64 + device.organisation.banks
    looked = result.row_hits + result.row_misses + result.row_conflicts
    assert result.reads + result.writes <= looked <= result.reads + result.writes + waiting
    # a bank is opened once more than it is closed, or as often; a refresh closes whole ranks
    assert result.precharges <= result.activates <= result.precharges + device.organisation.banks * (1 + result.precharges_all)
    ranks = device.organisation.pseudochannels * device.organisation.ranks
    due = result.ticks // (device.timing.refi * device.timing.ticks_per_ck) * ranks
    assert due - ranks <= result.refreshes <= due
    assert result.share_of_peak < 1


@pytest.mark.parametrize("name", [name for name in ELEVEN if name.startswith("DDR")])
def test_the_best_stream_loses_only_refresh(name: str) -> None:
    device, t = dram_device(name), dram_device(name).timing
    best = max(walk(device, mapping, pattern).share_of_peak for mapping in ("RoBaRaCoCh", "MOP4CLXOR")
               for pattern in ("seq_read", "stride_2", "stride_4"))
    # the last read, closing all banks, the refresh, opening the first bank
    assert best == pytest.approx(1 - (t.rtp + t.rp + t.rfc + t.rcd_rd) / t.refi, rel=0.003)


@pytest.mark.parametrize("name", ELEVEN)
def test_a_long_stride_is_bound_by_the_row_cycle(name: str) -> None:
    device, o, t = dram_device(name), dram_device(name).organisation, dram_device(name).timing
    # 64 KiB apart; a row of every bank is row_bytes x banks
    banks = max(1, o.row_bytes * o.banks // 65536)
    expected = banks * 64 / (t.rc * t.tck_ps * 1e-12) * (1 - t.rfc / t.refi)
    rate = walk(device, "RoBaRaCoCh", "stride_1024", requests=50_000).bandwidth_bytes_per_s
    assert rate == pytest.approx(expected, rel=0.025)


def test_a_stream_within_one_bank_group_is_bound_by_its_column_path() -> None:
    # a row after the other, each in one bank group: tCCD_L 8 of a burst of 4, until the queue spans two rows
    one_row = requests(*[line % ROW for line in range(20_000)])
    assert walk(DDR4, "RoBaRaCoCh", one_row, refresh=False).share_of_peak == pytest.approx(4 / 8, rel=0.005)


@pytest.mark.parametrize(("name", "pattern", "mop", "row"), [  # percent of peak, notes of the reference table
    ("HBM3-6400 1pc", "seq_read", 88, 62), ("GDDR6-14000 x16", "seq_read", 86, 57), ("HBM3-6400 1pc", "random_read", 30, 59)])
def test_what_the_mapping_does(name: str, pattern: str, mop: int, row: int) -> None:
    device = dram_device(name)
    shares = [round(100 * walk(device, mapping, pattern).share_of_peak) for mapping in ("MOP4CLXOR", "RoBaRaCoCh")]
    assert shares == [mop, row]


@pytest.mark.parametrize("name", ["HBM2-2000 2pc", "HBM3-6400 2pc"])
def test_a_queue_of_one_row_does_not_fill_two_pseudo_channels(name: str) -> None:
    for pattern in ("seq_read", "seq_write"):  # 42 to 51 % in the reference table
        assert 41.5 < 100 * walk(dram_device(name), "RoBaRaCoCh", pattern).share_of_peak < 51.5


def test_refresh_costs_its_share() -> None:
    with_refresh, without = (walk(DDR4, "MOP4CLXOR", "seq_read", refresh=on).bandwidth_bytes_per_s for on in (True, False))
    assert with_refresh / without == pytest.approx(1 - 576 / 12480, rel=0.01)


def test_chunks_do_not_matter(tmp_path: Path) -> None:
    whole = walk(DDR4, "MOP4CLXOR", "random_rw", requests=30_000)
    both = itertools.islice(traffic("random_rw", DDR4).chunks(), 2)
    line, write = (np.concatenate(parts) for parts in zip(*both, strict=True))

    def pieces() -> Iterator[Chunk]:
        for start in range(0, 30_000, 7):
            yield line[start:start + 7], write[start:start + 7]

    assert walk(DDR4, "MOP4CLXOR", Traffic("random_rw", pieces), requests=30_000) == whole
    file = tmp_path / "random.trace"
    file.write_text("".join(f"{'W' if w else 'R'} {64 * n:#x}\n" for n, w in zip(line[:30_000], write, strict=False)),
                    encoding="utf-8")
    assert replace(walk(DDR4, "MOP4CLXOR", trace(file, DDR4)), traffic="random_rw") == whole


def test_the_same_in_every_process() -> None:
    code = ("from hwsim.memory.dram.burst.burst_model import walk; from hwsim.memory.dram.presets import dram_device;"
            "print(walk(dram_device('DDR4-3200 x8'), 'MOP4CLXOR', 'random_rw', requests=20000))")
    environment = {**os.environ, "PYTHONPATH": str(Path(hwsim.__file__).parents[1]), "PYTHONHASHSEED": "11"}
    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(walk(DDR4, "MOP4CLXOR", "random_rw", requests=20_000))


def test_unloaded_reads_see_the_idle_latency() -> None:
    # a row hit: CL + BL/2 = 26 cycles and one to be chosen; the first of them activates (22 more)
    latency = unloaded_read_latency_s(DDR4, "RoBaRaCoCh", requests(*[7] * 101), accesses=101, refresh=False)
    assert latency == pytest.approx((99 * 27 + 49) / 100 * 625e-12, rel=1e-12)
    assert unloaded_read_latency_s(DDR4, "RoBaRaCoCh", "seq_write", accesses=10) is None


def test_a_walk_without_reads_has_no_read_latency() -> None:
    assert walk(DDR4, "RoBaRaCoCh", "seq_write", requests=1000).avg_read_latency_s is None


def test_what_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one request"):
        walk(DDR4, "RoBaRaCoCh", "seq_read", requests=0)
    with pytest.raises(ConfigError, match="unknown DRAM address mapping"):
        walk(DDR4, "RoCoBa", "seq_read")
    with pytest.raises(ConfigError, match="unknown DRAM traffic"):
        walk(DDR4, "RoBaRaCoCh", "sequential")
    large = replace(DDR4, organisation=replace(DDR4.organisation, banks_per_group=128))
    with pytest.raises(UnsupportedError, match="more banks than"):
        walk(large, "RoBaRaCoCh", "seq_read")
    tired = replace(DDR4, timing=replace(DDR4.timing, refi=DDR4.timing.rfc))
    with pytest.raises(ConfigError, match="refresh leaves no time"):
        walk(tired, "RoBaRaCoCh", "seq_read")
    assert walk(tired, "RoBaRaCoCh", "seq_read", requests=100, refresh=False).refreshes == 0
    with pytest.raises(ConfigError, match=r"DRAM device .*did you mean 'DDR4-3200 x8'"):
        walk("DDR4-3201 x8", "RoBaRaCoCh", "seq_read")


@pytest.mark.parametrize(("mapping", "traffic", "requests", "says"), [
    (5, "seq_read", None, "mapping: not the name of a DRAM address mapping"),
    (["MOP4CLXOR"], "seq_read", None, "mapping: not the name of a DRAM address mapping"),
    ("MOP4CLXOR", 5, None, "traffic: not DRAM traffic"),
    ("MOP4CLXOR", "seq_read", "many", "requests: a walk has at least one request"),
    ("MOP4CLXOR", "seq_read", 1e3, "requests: a walk has at least one request"),
    ("MOP4CLXOR", "seq_read", 10**30, "allowed: a whole number, 1 to 1000000000"),
    ("MOP4CLXOR", "seq_read", 10, "seq_read: too few requests: none was served"),
])
def test_arguments_of_another_kind(mapping, traffic, requests, says) -> None:
    with pytest.raises(ConfigError, match=says):
        walk(DDR4, mapping, traffic, requests=requests)


def test_names_and_files_stand_for_devices(tmp_path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: DDR4-3200 x8\nlike: DDR4-3200 x8\n")
    want = walk(DDR4, "MOP4CLXOR", "random_rw", requests=2000)
    assert walk("DDR4-3200 x8", "MOP4CLXOR", "random_rw", requests=2000) == want
    assert walk(file, "MOP4CLXOR", "random_rw", requests=2000) == want
    assert walk(str(file), "MOP4CLXOR", traffic("random_rw", DDR4), requests=2000) == want
    with pytest.raises(ConfigError, match="allowed: a whole number, 1 to 4194304"):
        command_log("DDR4-3200 x8", "MOP4CLXOR", "seq_read", requests=10**9)
