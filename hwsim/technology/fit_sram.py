"""The fit behind ``sram.py``: ``main(path)`` fits a table of CACTI results and returns the coefficients as text.

For each quantity, over all nodes, words and banks of the ITRS-LSTP cell at once:

    ln y = s(node) + a ln(C + q W^2) + w ln W + b ln B        C bits in total, W bits a word, B banks

``q W^2`` is the smallest array a word can have (wide words in small memories make flat, wasteful arrays). ``q`` is
searched on a grid; the rest is linear, solved by reweighting so that the steps of CACTI's discrete organisations pull
like absolute, not like squared, deviations.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hwsim.technology.entry import Floats

NODES_NM = (22, 32, 45, 65, 90)
CELL = "itrs-lstp"
QUANTITIES = {  # column -> factor to SI
    "read_energy_pj_per_access": 1e-12,
    "write_energy_pj_per_access": 1e-12,
    "leakage_mw": 1e-3,
    "area_mm2": 1.0,
}


def _fit(columns: dict[str, Floats], target: Floats) -> tuple[float, Floats, Floats]:
    """Return q, (s of each node, a, w, b) and the absolute relative errors."""
    is_node = (columns["tech_nm"][:, None] == np.array(NODES_NM)).astype(np.float64)
    capacity_bits, word_bits = 8 * columns["capacity_bytes"], columns["word_bits"]
    best_cost = np.inf
    best = (0.0, target, target)
    for square in np.logspace(-3, 1, 81):
        design = np.column_stack([is_node, np.log(capacity_bits + square * word_bits**2), np.log(word_bits),
                                  np.log(columns["banks"])])
        weight = np.ones_like(target)
        for _ in range(20):
            solved = np.linalg.lstsq(design * weight[:, None], target * weight, rcond=None)[0]
            solution = np.asarray(solved, dtype=np.float64)
            residual = design @ solution - target
            weight = 1 / np.sqrt(np.maximum(np.abs(residual), 0.1))
        cost = float(np.abs(residual).sum())
        if cost < best_cost:
            error: Floats = np.abs(np.exp(residual) - 1)
            best_cost, best = cost, (float(square), solution, error)
    return best


def main(path: Path) -> str:
    """Fit the CSV at ``path`` (columns tech_nm, capacity_bytes, word_bits, banks, cell, ...) and describe it."""
    import pandas as pd

    table = pd.read_csv(path)
    table = table[(table["cell"] == CELL) & table["tech_nm"].isin(NODES_NM)]
    columns = {name: table[name].to_numpy(dtype=np.float64)
               for name in ("tech_nm", "capacity_bytes", "word_bits", "banks")}
    lines = []
    for quantity, factor in QUANTITIES.items():
        square, solution, error = _fit(columns, np.log(table[quantity].to_numpy(dtype=np.float64) * factor))
        scale, powers = solution[:len(NODES_NM)], solution[len(NODES_NM):]
        lines.append(f"{quantity}: ({', '.join(f'{value:.3f}' for value in scale)}), {square:.3f}, "
                     f"{', '.join(f'{value:.4f}' for value in powers)}; error median {np.median(error):.1%}, "
                     f"95th percentile {np.quantile(error, 0.95):.1%}, largest {error.max():.0%}, {len(error)} points")
    return "\n".join(lines)
