"""Recompute the tables of Eyeriss and print them in Markdown: what the chip did, what the row-stationary model says.

    python tests/reference/eyeriss_table.py

Measured: Y.-H. Chen, T. Krishna, J. Emer, V. Sze, IEEE JSSC 52(1), 2017, Tables III, V and VI, as transcribed in the data files
of github.com/cucapra/fodlam; digits that the transcription lost are those with which the columns add up to the printed totals.

Nothing is fitted to a layer, but both tables were known when the model was made, so neither is a prediction (calibrated): how
passes load filters and psums was concluded from AlexNet's times; the margins of the mapping rule, the room ahead, whole maps
for n > 1 and r = 1 of folded sets were chosen with VGG-16's table in view. On AlexNet they decide one tie: with
compressed maps, CONV2 with n = 2, m = 32 would read 0.6 % fewer words from DRAM.
"""

from __future__ import annotations

from dataclasses import dataclass

from hwsim.dataflow.row_stationary.analysis import RsCost, RsData, analyse
from hwsim.dataflow.row_stationary.machine import RowStationary
from hwsim.dataflow.row_stationary.mapping import RsMapping
from hwsim.dataflow.row_stationary.shape import RsShape

MACHINE = RowStationary()


@dataclass(frozen=True)
class Measured:
    """One row of Table V or VI.

    ``ofmap_zeros`` is what the next layer's row says of its ifmaps (behind pooling there may be more before it), or, for a
    last layer, of its own: assumed.
    """

    shape: RsShape
    power_mw: float
    processing_ms: float
    active_pes: int
    ifmap_zeros: float
    ofmap_zeros: float
    glb_mb: float
    dram_mb: float

    def cost(self, mapping: RsMapping | None = None) -> RsCost:
        """Return what the model says: compressed maps in DRAM, zeros gated."""
        data = RsData(self.ifmap_zeros, self.ofmap_zeros, compression=True, zero_gating=True)
        return analyse(self.shape, MACHINE, data, mapping)


def _conv(name: str, N: int, G: int, M: int, C: int, R: int, E: int, stride: int = 1) -> RsShape:
    return RsShape(name, N, G, M, C, R, R, E, E, (stride, stride))


ALEXNET = (
    Measured(_conv("CONV1", 4, 1, 96, 3, 11, 55, 4), 332, 16.5, 154, 0.0001, 0.387, 18.5, 5.0),
    Measured(_conv("CONV2", 4, 2, 128, 48, 5, 27), 288, 39.2, 135, 0.387, 0.725, 77.6, 4.0),
    Measured(_conv("CONV3", 4, 1, 384, 256, 3, 13), 266, 21.8, 156, 0.725, 0.793, 50.2, 3.0),
    Measured(_conv("CONV4", 4, 2, 192, 192, 3, 13), 235, 16.0, 156, 0.793, 0.776, 37.4, 2.1),
    Measured(_conv("CONV5", 4, 2, 128, 192, 3, 13), 236, 10.0, 156, 0.776, 0.776, 24.9, 1.3),
)
VGG16 = (
    Measured(_conv("CONV1-1", 3, 1, 64, 3, 3, 224), 247, 38.0, 156, 0.016, 0.477, 112.6, 15.4),
    Measured(_conv("CONV1-2", 3, 1, 64, 64, 3, 224), 218, 810.6, 156, 0.477, 0.248, 2402.8, 54.0),
    Measured(_conv("CONV2-1", 3, 1, 128, 64, 3, 112), 242, 405.3, 156, 0.248, 0.387, 1201.4, 33.4),
    Measured(_conv("CONV2-2", 3, 1, 128, 128, 3, 112), 231, 810.8, 156, 0.387, 0.397, 2402.8, 48.5),
    Measured(_conv("CONV3-1", 3, 1, 256, 128, 3, 56), 254, 204.0, 156, 0.397, 0.581, 607.4, 20.2),
    Measured(_conv("CONV3-2", 3, 1, 256, 256, 3, 56), 235, 408.1, 156, 0.581, 0.587, 1214.8, 32.2),
    Measured(_conv("CONV3-3", 3, 1, 256, 256, 3, 56), 233, 408.1, 156, 0.587, 0.643, 1214.8, 30.8),
    Measured(_conv("CONV4-1", 3, 1, 512, 256, 3, 28), 278, 105.1, 168, 0.643, 0.747, 321.8, 17.8),
    Measured(_conv("CONV4-2", 3, 1, 512, 512, 3, 28), 261, 210.0, 168, 0.747, 0.854, 643.7, 28.6),
    Measured(_conv("CONV4-3", 3, 1, 512, 512, 3, 28), 240, 210.0, 168, 0.854, 0.794, 643.7, 22.8),
    Measured(_conv("CONV5-1", 3, 1, 512, 512, 3, 14), 258, 48.3, 168, 0.794, 0.874, 90.0, 6.3),
    Measured(_conv("CONV5-2", 3, 1, 512, 512, 3, 14), 236, 48.5, 168, 0.874, 0.885, 90.0, 5.7),
    Measured(_conv("CONV5-3", 3, 1, 512, 512, 3, 14), 230, 48.5, 168, 0.885, 0.885, 90.0, 5.6),
)
# Table III: m, n, e, p, q, r, t, and KiB of the GLB for ifmaps and psums
TABLE_III = {
    "CONV1": (RsMapping(96, 1, 7, 16, 1, 1, 2), 15.5, 72.2), "CONV2": (RsMapping(64, 1, 27, 16, 2, 1, 1), 3.8, 91.1),
    "CONV3": (RsMapping(64, 4, 13, 16, 4, 1, 4), 7.0, 84.5), "CONV4": (RsMapping(64, 4, 13, 16, 3, 2, 2), 10.5, 84.5),
    "CONV5": (RsMapping(64, 4, 13, 16, 3, 2, 2), 10.5, 84.5),
}


def table(title: str, rows: tuple[Measured, ...]) -> list[str]:
    """Return a Markdown table: measured, model, error."""
    lines = [f"| {title} | m n e p q r t | PEs | time ms | GLB MB | DRAM MB |", "| --- | --- " + "| ---: " * 4 + "|"]
    totals = [0.0] * 6
    for row in rows:
        cost = row.cost()
        x = cost.mapping
        pairs = [(row.processing_ms, 1e3 * cost.processing_s), (row.glb_mb, 1e-6 * cost.glb_bytes),
                 (row.dram_mb, 1e-6 * cost.dram_bytes)]
        totals = [total + value for total, value in zip(totals, (value for pair in pairs for value in pair), strict=True)]
        lines.append(f"| {row.shape.name} | {x.m} {x.n} {x.e} {x.p} {x.q} {x.r} {x.t} | {row.active_pes} / {cost.active_pes} | "
                     + " | ".join(_cell(*pair) for pair in pairs) + " |")
    cells = " | ".join(_cell(totals[i], totals[i + 1]) for i in (0, 2, 4))
    return [*lines, f"| sum | | | {cells} |"]


def alexnet_lines() -> list[str]:
    """Return the table of AlexNet."""
    return table("Eyeriss, AlexNet, batch 4", ALEXNET)


def _cell(measured: float, model: float) -> str:
    return f"{measured:.1f} / {model:.1f} ({model / measured - 1:+.1%})"


if __name__ == "__main__":
    print("\n".join([*alexnet_lines(), "", *table("Eyeriss, VGG-16, batch 3", VGG16)]))
