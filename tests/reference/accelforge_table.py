"""Recompute AccelForge's regression of chained matrix products on its TPU v4i and print both in Markdown.

    python tests/reference/accelforge_table.py

Published: github.com/Accelergy-Project/accelforge, tests/regression_reference.json (commit 01f87eb6), cells tpu_v4i: joules and
seconds of the mapping of least energy, M x N x K of each product 64 or 128, 8-bit. Nothing is fitted; the machine and its
assumptions are those of ``hwsim.dataflow.fusion.accelforge``.
"""

from __future__ import annotations

from typing import NamedTuple

from hwsim.dataflow.fusion.accelforge import ACCELFORGE, CLOCK_HZ, OPTIONAL, tpu_v4i
from hwsim.dataflow.fusion.map_chain import map_chain
from hwsim.dataflow.loopnest.problem import Problem


class Cell(NamedTuple):
    """One cell: products in sequence, their size, joules and seconds unfused, then fused."""

    products: int
    size: int
    unfused: tuple[float, float]
    fused: tuple[float, float]


CELLS = (Cell(2, 64, (2.144731152171063e-06, 4.0026058631921826e-08), (1.8229493921710631e-06, 3.0476190460149155e-08)),
         Cell(3, 128, (1.313262806502638e-05, 2.4015635179153095e-07), (1.0558373985026378e-05, 1.4673615610869268e-07)))


def found(cell: Cell, objective: str = "energy") -> tuple[tuple[float, float], tuple[float, float]]:
    """Return joules and seconds, unfused and fused."""
    problems = [Problem.of(f"product{i}", P=cell.size, K=cell.size, C=cell.size) for i in range(cell.products)]
    chain = map_chain(problems, tpu_v4i(), objective, convention=ACCELFORGE, optional=OPTIONAL)
    unfused = sum(s.energy_pj for s in chain.unfused), sum(s.latency_cycles for s in chain.unfused)
    return tuple((energy * 1e-12, cycles / CLOCK_HZ)  # type: ignore[return-value]
                 for energy, cycles in (unfused, (chain.energy_pj, chain.latency_cycles)))


def lines() -> list[str]:
    """Return a Markdown table."""
    found_lines = ["| AccelForge TPU v4i, least energy | | published uJ | ours (error) | published ns | ours (error) |",
                   "| --- | --- | ---: | ---: | ---: | ---: |"]
    for cell in CELLS:
        for name, (joules, seconds), (published_j, published_s) in zip(
                ("unfused", "fused"), found(cell), (cell.unfused, cell.fused), strict=True):
            found_lines.append(
                f"| {cell.products} products of {cell.size} x {cell.size} x {cell.size} | {name} "
                f"| {_cells(1e6 * joules, 1e6 * published_j)} | {_cells(1e9 * seconds, 1e9 * published_s)} |")
    return found_lines


def _cells(model: float, published: float) -> str:
    return f"{published:.6g} | {model:.6g} ({abs(model / published - 1):.4%})"


if __name__ == "__main__":
    print("\n".join(lines()))
