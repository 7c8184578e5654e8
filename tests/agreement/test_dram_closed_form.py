"""The closed form against published rows of Ramulator 2.1 and against the burst-level model."""

import csv
from pathlib import Path

import numpy as np
import pytest

from hwsim.memory.dram.burst.burst_model import walk
from hwsim.memory.dram.closed_form import closed_form, unloaded_read_latency
from hwsim.memory.dram.presets import dram_device

DATA = Path(__file__).parents[2].parent / "shared" / "reference" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="reference tables are not here")
DEVICES = ("DDR4-2400 x8", "DDR4-3200 x8", "DDR5-3200 x8", "DDR5-4800 x8", "DDR5-6400 x8", "LPDDR5-6400 x16", "HBM2-2000 1pc",
           "HBM2-2000 2pc", "HBM3-6400 1pc", "HBM3-6400 2pc", "GDDR6-14000 x16")
PATTERNS = ("seq_read", "seq_write", "seq_rw_inline", "seq_copy", "stride_3", "stride_16", "stride_64", "random_read",
            "random_rw", "tile_64_16", "tile_256_16", "tile_1024_64")


def rows(name):
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


@needs_data
def test_bandwidth_and_latency_of_the_published_rows():
    bandwidth, latency = [], []
    for row in rows("dram_bandwidth.csv"):
        form = closed_form(dram_device(row["device"]), row["address_mapping"], row["traffic"])
        bandwidth.append(abs(form.bandwidth_bytes_per_s / (float(row["bandwidth_gb_s"]) * 1e9) - 1))
        if row["avg_read_latency_saturated_ns"]:
            latency.append(abs(form.avg_read_latency_s / (float(row["avg_read_latency_saturated_ns"]) * 1e-9) - 1))
        else:
            assert form.avg_read_latency_s is None
    assert len(bandwidth) >= 130
    assert np.median(bandwidth) <= 0.10
    assert max(bandwidth) <= 0.25
    assert np.median(latency) <= 0.10
    assert max(latency) <= 0.25


@needs_data
def test_unloaded_latency_is_the_published_formula():
    for row in rows("dram_idle_latency.csv"):
        device = dram_device(row["device"])
        latency = unloaded_read_latency(device)
        expected = int(row["formula_ck"]) * device.timing.tck_ps * 1e-12
        assert getattr(latency, f"{row['case']}_s") == pytest.approx(expected, rel=1e-12)
        assert expected == pytest.approx(float(row["formula_ns"]) * 1e-9, abs=1e-13)


@pytest.mark.parametrize("mapping", ["RoBaRaCoCh", "MOP4CLXOR"])
@pytest.mark.parametrize("name", DEVICES)
def test_bandwidth_of_the_burst_level_model(name, mapping):
    device = dram_device(name)
    for pattern in PATTERNS:
        form, bursts = closed_form(device, mapping, pattern), walk(device, mapping, pattern, requests=20_000)
        assert form.bandwidth_bytes_per_s == pytest.approx(bursts.bandwidth_bytes_per_s, rel=0.25), pattern
        if not bursts.writes:
            assert form.row_hit_share == pytest.approx(bursts.row_hit_share, abs=0.1), pattern
