"""The fit behind ``sram.py``: ``python -m hwsim.technology.fit_sram TABLE.csv`` writes ``sram_table.csv`` and the errors.

CACTI results (columns tech_nm, capacity_bytes, word_bits, banks, cell and the quantities) cover part of a regular grid.
Every point of the grid is estimated from all results by kriging in logarithms: a power law (in capacity, word, node and
banks, a factor for the cell) plus a correction that is alike for points that are near in any of the five directions d,

    covariance of two corrections ~ prod_d (1 + SHARE exp(-|x_d - x'_d| / REACH)),  x_d = log2 (cell: 0 or 1),

plus NUGGET at the same point, for what steps from one organisation to the next. So a result far away in capacity still
says how nodes compare, and the steps CACTI takes at all nodes alike survive. The three constants are the flat optimum of
the errors of points left out. Where the estimate falls with capacity (energy: also with the word) it is replaced by the
mean of the highest value so far and the lowest still to come, at least ``LEAST_RISE`` a doubling.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hwsim.technology.entry import Floats
from hwsim.technology.sram_table import (
    BANKS,
    CAPACITIES_BYTES,
    CELLS,
    FILE,
    NODES_NM,
    QUANTITIES,
    SHAPE,
    SOURCE,
    WORDS_BITS,
    Beyond,
)

if TYPE_CHECKING:
    import pandas as pd

SHARE, REACH, NUGGET = 0.3, 3.0, 0.005
LEAST_RISE = 0.005  # of ln y, a doubling of capacity: five times what four digits can blur
COLUMNS = ("read_energy_pj_per_access", "write_energy_pj_per_access", "leakage_mw", "area_mm2", "access_ns")
_RISES_WITH_WORD = ("read_energy_pj", "write_energy_pj")


def read(path: Path) -> pd.DataFrame:
    """Return the CACTI results of the cells and nodes of the fit."""
    import pandas as pd

    frame = pd.read_csv(path)
    return frame[frame["cell"].isin(CELLS) & frame["tech_nm"].isin(NODES_NM)].reset_index(drop=True)


def _coordinates(cell: Floats, node_nm: Floats, banks: Floats, word_bits: Floats, capacity_bytes: Floats) -> Floats:
    return np.column_stack([cell, np.log2(node_nm), np.log2(banks), np.log2(word_bits), np.log2(capacity_bytes)])


def _krige(known: Floats, values: Floats, wanted: Floats) -> Floats:
    """Return the estimates at ``wanted`` (points x 5) from ``values`` (results x quantities) at ``known``."""
    def covariance(a: Floats, b: Floats) -> Floats:
        distance = np.abs(a[:, None, :] - b[None, :, :])
        product: Floats = np.prod(1 + SHARE * np.exp(-distance / REACH), axis=2)
        return product

    def trend(at: Floats) -> Floats:
        return np.column_stack([np.ones(len(at)), at])

    between = covariance(known, known) + NUGGET * np.eye(len(known))
    solved = np.linalg.solve(between, np.column_stack([trend(known), values]))
    inverse_trend, inverse_values = solved[:, :known.shape[1] + 1], solved[:, known.shape[1] + 1:]
    power_law = np.linalg.solve(trend(known).T @ inverse_trend, trend(known).T @ inverse_values)
    correction: Floats = covariance(wanted, known) @ (inverse_values - inverse_trend @ power_law)
    return trend(wanted) @ power_law + correction


def _rising(ln_values: Floats, axis: int) -> Floats:
    """Return values that rise along ``axis``; those that did are kept."""
    least = LEAST_RISE * np.arange(ln_values.shape[axis])
    flat = np.moveaxis(ln_values, axis, -1) - least
    highest = np.maximum.accumulate(flat, axis=-1)
    lowest = np.minimum.accumulate(flat[..., ::-1], axis=-1)[..., ::-1]
    return np.moveaxis((highest + lowest) / 2 + least, -1, axis)


def fit(frame: pd.DataFrame) -> dict[str, Floats]:
    """Return ln of every quantity (its unit in its name) on the whole grid, (cell, node, banks, word, capacity)."""
    cell = frame["cell"].map(CELLS.index).to_numpy(dtype=np.float64)
    columns = [frame[name].to_numpy(dtype=np.float64) for name in ("tech_nm", "banks", "word_bits", "capacity_bytes")]
    grid = np.meshgrid(*(np.array(axis, dtype=np.float64) for axis in
                         (range(len(CELLS)), NODES_NM, BANKS, WORDS_BITS, CAPACITIES_BYTES)), indexing="ij")
    values = np.log(frame[list(COLUMNS)].to_numpy(dtype=np.float64))
    estimates = _krige(_coordinates(cell, *columns), values, _coordinates(*(axis.ravel() for axis in grid)))
    tables = {}
    for quantity, estimate in zip(QUANTITIES, estimates.T, strict=True):
        table = _rising(estimate.reshape(len(CELLS), *SHAPE), axis=-1)
        tables[quantity] = _rising(table, axis=-2) if quantity in _RISES_WITH_WORD else table
    return tables


def beyond(table: Floats) -> Beyond:
    """Return the powers beyond a table: medians, over cells and nodes, of one bank's slopes at its edges.

    Capacity: over two doublings, below for words of at most 64 bits (wider ones make 1 KiB memories flat, whatever their
    capacity); word: over one doubling, from 64 KiB for the wide ones (again, deep memories).
    """
    one_bank = table[:, :, 0] / np.log(2)
    slopes = ((one_bank[..., :2, 2] - one_bank[..., :2, 0]) / 2, (one_bank[..., -1] - one_bank[..., -3]) / 2,
              one_bank[..., 1, :] - one_bank[..., 0, :], one_bank[..., -1, 6:] - one_bank[..., -2, 6:])
    return Beyond(*(round(float(np.median(slope)), 2) + 0.0 for slope in slopes))  # no -0.0


def errors(frame: pd.DataFrame, tables: dict[str, Floats]) -> Floats:
    """Return |table / CACTI - 1|, (results, quantities)."""
    axes = (("cell", CELLS), ("tech_nm", NODES_NM), ("banks", BANKS), ("word_bits", WORDS_BITS),
            ("capacity_bytes", CAPACITIES_BYTES))
    index = tuple(frame[column].map(axis.index).to_numpy() for column, axis in axes)
    ours = np.column_stack([tables[quantity][index] for quantity in QUANTITIES])
    relative: Floats = np.abs(np.exp(ours) / frame[list(COLUMNS)].to_numpy(dtype=np.float64) - 1)
    return relative


def held_out_errors(frame: pd.DataFrame, folds: int = 5, seed: int = 0) -> Floats:
    """Return the errors of results that took no part: each of ``folds`` random parts predicted from the others."""
    part = np.random.default_rng(seed).permutation(len(frame)) % folds
    found = np.empty((len(frame), len(QUANTITIES)))
    for fold in range(folds):
        found[part == fold] = errors(frame[part == fold], fit(frame[part != fold]))
    return found


def write(tables: dict[str, Floats], path: Path = FILE) -> None:
    """Write the tables, four significant digits, one line a quantity, cell, node, number of banks and word."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# calibrated to {SOURCE} by hwsim.technology.fit_sram\n")
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["quantity", "cell", "node_nm", "banks", "word_bits", *CAPACITIES_BYTES])
        for quantity, table in tables.items():
            for place in np.ndindex(table.shape[:-1]):
                point = [axis[i] for axis, i in zip((CELLS, NODES_NM, BANKS, WORDS_BITS), place, strict=True)]
                lines.writerow([quantity, *point, *(f"{value:.4g}" for value in np.exp(table[place]))])


def report(frame: pd.DataFrame, error: Floats) -> str:
    """Return median and 95th percentile of the error in percent, a line a quantity, a column a node."""
    lines = []
    for column, quantity in enumerate(QUANTITIES):
        of_nodes = [error[(frame["tech_nm"] == node).to_numpy(), column] * 100 for node in NODES_NM]
        cells = [f"{np.median(some):4.1f}{np.quantile(some, 0.95):6.1f}" for some in of_nodes]
        lines.append(f"{quantity:15s}  {'   '.join(cells)}")
    return "\n".join(lines)


def main(path: Path) -> str:
    """Fit the CSV at ``path``, write the table of the package, and return powers and errors as text."""
    frame = read(path)
    tables = fit(frame)
    write(tables)
    powers = "\n".join(f"{quantity}: {beyond(table)}" for quantity, table in tables.items())
    return (f"{powers}\n\nmedian and 95th percentile of the error, %, at {NODES_NM} nm\nfit\n"
            f"{report(frame, errors(frame, tables))}\nheld out, five folds\n{report(frame, held_out_errors(frame))}\n")


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1])))
