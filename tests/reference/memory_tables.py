"""Recompute the tables of memory models against other tools' results and print them in Markdown.

    python tests/reference/memory_tables.py

Needs the results of CACTI 7 and Ramulator 2.1 in ``../shared/reference/data`` beside the checkout.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from hwsim.memory.dram.burst.burst_model import walk
from hwsim.memory.dram.closed_form import closed_form
from hwsim.memory.dram.presets import dram_device
from hwsim.technology import fit_sram, sram_access_s, sram_area_mm2, sram_leakage_w, sram_read_energy_j, sram_write_energy_j

DATA = Path(__file__).parents[3] / "shared" / "reference" / "data"
DRAM, SRAM = DATA / "dram_bandwidth.csv", DATA / "sram_cacti7.csv"
QUANTITIES = (
    ("read energy", "read_energy_pj_per_access", sram_read_energy_j, 1e-12),
    ("write energy", "write_energy_pj_per_access", sram_write_energy_j, 1e-12),
    ("leakage", "leakage_mw", sram_leakage_w, 1e-3), ("area", "area_mm2", sram_area_mm2, 1.0),
    ("access time", "access_ns", sram_access_s, 1e-9),
)


def dram_errors() -> pd.DataFrame:
    """Return device, mapping, kind (reads, or with writes) and relative bandwidth errors of both models, a row of the table."""
    found = []
    with DRAM.open(newline="") as stream:
        for row in csv.DictReader(stream):
            device, published = dram_device(row["device"]), float(row["bandwidth_gb_s"]) * 1e9
            found.append({
                "device": row["device"], "mapping": row["address_mapping"],
                "kind": "with writes" if int(row["writes_served"]) else "reads",
                "burst": walk(device, row["address_mapping"], row["traffic"]).bandwidth_bytes_per_s / published - 1,
                "closed": closed_form(device, row["address_mapping"], row["traffic"]).bandwidth_bytes_per_s / published - 1})
    return pd.DataFrame(found)


def dram_lines() -> Iterator[str]:
    """Yield the table of DRAM bandwidth."""
    yield ("| DRAM bandwidth against Ramulator 2.1 | mapping | rows | burst model, median | 90th percentile | largest "
           "| closed form, median | largest |")
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    errors = dram_errors()
    for (device, mapping, kind), rows in errors.groupby(["device", "mapping", "kind"], sort=False):
        burst, closed = rows["burst"].abs(), rows["closed"].abs()
        yield (f"| {device}, {kind} | {mapping} | {len(rows)} | {burst.median():.2%} | {burst.quantile(0.9):.2%} | "
               f"{burst.max():.2%} | {closed.median():.1%} | {closed.max():.1%} |")


def sram_lines() -> Iterator[str]:
    """Yield the table of SRAM errors of the fit, median and 95th percentile."""
    frame = fit_sram.read(SRAM)
    nodes = " | ".join(f"{node} nm" for node in (90, 65, 45, 32, 22))
    yield f"| SRAM against CACTI 7, median / 95th percentile | {nodes} |"
    yield "| --- | " + " | ".join(["---:"] * 5) + " |"
    for name, column, function, unit in QUANTITIES:
        cells = []
        for node in (90, 65, 45, 32, 22):
            error = np.concatenate([
                np.abs(function(rows["capacity_bytes"], rows["word_bits"], node, rows["banks"], cell=cell)
                       / (rows[column] * unit) - 1)
                for cell, rows in frame[frame["tech_nm"] == node].groupby("cell")])
            cells.append(f"{np.median(error):.1%} / {np.quantile(error, 0.95):.1%}")
        yield f"| {name} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    for lines in (sram_lines, dram_lines):
        print("\n".join([*lines(), ""]))
