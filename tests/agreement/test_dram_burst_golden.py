"""The burst-level model against Ramulator 2.1 on the visible rows of the reference tables.

Where the requests are the same, so is every tick; random lines come from another generator, so only rates can agree.
"""

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hwsim.memory.dram.burst.burst_model import BurstResult, unloaded_read_latency_s, walk
from hwsim.memory.dram.presets import dram_device
from hwsim.memory.dram.traffic import Chunk, Traffic

DATA = Path(__file__).parents[3] / "shared" / "reference" / "data"
Row = dict[str, str]
Walks = dict[tuple[str, str, str], BurstResult]


def table(name: str) -> list[Row]:
    path = DATA / name
    if not path.is_file():
        return []
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


ROWS, IDLE = table("dram_bandwidth.csv"), table("dram_idle_latency.csv")
GROUPS = sorted({(row["device"], row["address_mapping"]) for row in ROWS})
pytestmark = pytest.mark.skipif(not ROWS or not IDLE, reason=f"no DRAM reference tables at {DATA}")


@pytest.fixture(scope="module")
def walks() -> Walks:
    """Return a walk for every row of the table."""
    keys = ((row["device"], row["address_mapping"], row["traffic"]) for row in ROWS)
    return {key: walk(dram_device(key[0]), *key[1:]) for key in keys}


def of(row: Row) -> tuple[str, str, str]:
    return row["device"], row["address_mapping"], row["traffic"]


@pytest.mark.parametrize("group", GROUPS, ids=[" ".join(group) for group in GROUPS])
def test_every_tick_of_every_pattern_without_chance(walks: Walks, group: tuple[str, str]) -> None:
    rows = [row for row in ROWS if of(row)[:2] == group and "random" not in row["traffic"]]
    assert len(rows) == 21
    for row in rows:
        result = walks[of(row)]
        assert (result.ticks, result.reads, result.writes) == (
            int(row["cycles"]), int(row["reads_served"]), int(row["writes_served"])), row["traffic"]
        assert 100 * result.share_of_peak == pytest.approx(float(row["pct_of_peak"]), abs=0.001)
        looks = result.row_hits + result.row_misses + result.row_conflicts
        for count, column in ((result.row_hits, "row_hit_frac"), (result.row_misses, "row_miss_frac"),
                              (result.row_conflicts, "row_conflict_frac")):
            assert count / looks == pytest.approx(float(row[column]), abs=2e-5), row["traffic"]
        latency = row["avg_read_latency_saturated_ns"]
        if latency:  # the tool divides by reads whose data is still to come: up to 1e-4 too little
            assert result.avg_read_latency_s == pytest.approx(float(latency) * 1e-9, rel=1.5e-4), row["traffic"]
        else:
            assert result.avg_read_latency_s is None


def test_random_traffic_within_a_percent(walks: Walks) -> None:
    rows = [row for row in ROWS if "random" in row["traffic"]]
    assert len(rows) == 12
    for row in rows:
        result = walks[of(row)]
        assert 100 * result.share_of_peak == pytest.approx(float(row["pct_of_peak"]), rel=0.01), of(row)
        latency_s = float(row["avg_read_latency_saturated_ns"]) * 1e-9
        assert result.avg_read_latency_s == pytest.approx(latency_s, rel=0.015), of(row)
        assert result.row_hit_share == pytest.approx(float(row["row_hit_frac"]), abs=0.003), of(row)


def test_the_errors_asked_for(walks: Walks) -> None:
    error = {True: [], False: []}  # with writes, reads only
    for row in ROWS:
        error[row["writes_served"] != "0"].append(abs(100 * walks[of(row)].share_of_peak / float(row["pct_of_peak"]) - 1))
    assert np.median(error[False]) <= 0.01 and np.percentile(error[False], 90) <= 0.04
    assert np.percentile(error[True], 90) <= 0.06


def test_unloaded_latency() -> None:
    for row in ROWS:
        if not row["avg_read_latency_unloaded_ns"]:
            continue
        latency = unloaded_read_latency_s(dram_device(row["device"]), row["address_mapping"], row["traffic"])
        # 2000 random accesses: which of them meet a refresh is chance
        rel = 0.06 if "random" in row["traffic"] else 5e-5
        assert latency == pytest.approx(float(row["avg_read_latency_unloaded_ns"]) * 1e-9, rel=rel), of(row)


@pytest.mark.parametrize("row", IDLE, ids=[f"{row['device']} {row['case']}" for row in IDLE])
def test_idle_latency(row: Row) -> None:
    device = dram_device(row["device"])
    o = device.organisation
    columns = o.row_bytes // o.transaction_bytes
    lines = {"hit": itertools.repeat(0), "closed": itertools.count(0, columns),
             "conflict": itertools.cycle((0, columns * o.banks))}[row["case"]]
    reads = int(row["reads"])
    line = np.array(list(itertools.islice(lines, reads + 1)))

    def chunks() -> Iterator[Chunk]:
        yield line, np.zeros(line.size, np.bool_)

    # the last request is accepted, not served
    latency = unloaded_read_latency_s(device, "RoBaRaCoCh", Traffic("idle", chunks), accesses=reads + 1, refresh=False)
    assert latency == pytest.approx(float(row["avg_latency_ns"]) * 1e-9, abs=0.5e-12 * float(row["tick_ps"]) / 500)
