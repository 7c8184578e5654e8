"""AccelForge's published regression of chained products under its own assumptions."""

import runpy
from pathlib import Path

import pytest

TABLE = runpy.run_path(str(Path(__file__).parent / "accelforge_table.py"))


@pytest.mark.parametrize("cell", TABLE["CELLS"], ids=lambda cell: f"{cell.products}x{cell.size}")
def test_energy_and_latency_are_the_published_ones(cell):
    for ours, published in zip(TABLE["found"](cell), (cell.unfused, cell.fused), strict=True):
        assert ours == pytest.approx(published, rel=1e-6)


def test_least_edp_is_not_above_the_published_one():
    cell = TABLE["CELLS"][0]
    for (joules, seconds), published in zip(TABLE["found"](cell, "edp"), (cell.unfused, cell.fused), strict=True):
        assert joules * seconds <= published[0] * published[1] * (1 + 1e-6)


def test_the_table_says_so():
    assert all(line.count("%") == 2 for line in TABLE["lines"]()[2:])
