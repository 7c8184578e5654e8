"""Words that a layer moves between DRAM, the global buffer (GLB) and the array under one mapping.

The order of passes: groups; batches of n ifmaps; strips of e ofmap rows; blocks of m filters, whose psums stay in the GLB;
tiles of q*r channels, whose ifmaps come from DRAM; tiles of p*t filters. So filters come from DRAM for every batch and strip,
ifmaps for every block of m filters, and psums never go to DRAM.
"""

from __future__ import annotations

from dataclasses import dataclass

from hwsim.dataflow.row_stationary.machine import RowStationary
from hwsim.dataflow.row_stationary.mapping import FilterPieces, RsMapping
from hwsim.dataflow.row_stationary.shape import RsShape, ceil_div


@dataclass(frozen=True, slots=True)
class RsTraffic:
    """Words of a whole layer.

    Attributes
    ----------
    dram_filter_reads, dram_ifmap_reads, dram_ofmap_writes : plain words; ifmaps with their padding.
    dram_ifmap_share, dram_ofmap_share : of these words that move, 1 where nothing is compressed.
    glb_ifmap_reads : each pass reads the ifmaps of its channels once.
    glb_psum_reads, glb_psum_writes : each pass reads and writes the psums of its filters once, the first pass too (it reads
        what they start from).
    filter_reads : words from the filter part of the GLB to the array.
    """

    dram_filter_reads: int
    dram_ifmap_reads: int
    dram_ofmap_writes: int
    dram_ifmap_share: float
    dram_ofmap_share: float
    glb_ifmap_reads: int
    glb_psum_reads: int
    glb_psum_writes: int
    filter_reads: int

    @property
    def glb_words(self) -> int:
        """Accesses of the banks by the array, as the paper's tables count them: ifmaps and psums, without filters."""
        return self.glb_ifmap_reads + self.glb_psum_reads + self.glb_psum_writes

    @property
    def dram_words(self) -> float:
        """Words to and from DRAM, compressed where the shares are below 1."""
        return (self.dram_filter_reads + self.dram_ifmap_share * self.dram_ifmap_reads
                + self.dram_ofmap_share * self.dram_ofmap_writes)


def strip_rows(shape: RsShape, e: int) -> list[tuple[int, int]]:
    """Return (ofmap rows, number of such strips): full strips, then the rest."""
    full, rest = divmod(shape.E, e)
    return [(rows, count) for rows, count in ((e, full), (rest, 1)) if rows and count]


def filter_fetches(shape: RsShape, n: int, e: int) -> int:
    """Return the filter words that DRAM supplies: all filters for every batch and strip."""
    return shape.filter_words * ceil_div(shape.N, n) * ceil_div(shape.E, e)


def ifmap_sweep(shape: RsShape, machine: RowStationary, e: int) -> int:
    """Return the ifmap words of one sweep over all maps in strips of ``e`` ofmap rows, which overlap by a filter's height.

    Notes
    -----
    Assumes that every piece of a large filter reads the whole width.
    """
    pieces = FilterPieces.of(shape, machine)
    rows = sum(count * shape.rows(strip, pieces.height) for strip, count in strip_rows(shape, e))
    return shape.N * shape.G * shape.C * pieces.count * shape.W * rows


def channel_tiles(shape: RsShape, machine: RowStationary, mapping: RsMapping) -> int:
    """Return how many passes add to each psum."""
    return ceil_div(shape.C * FilterPieces.of(shape, machine).count, mapping.q * mapping.r)


def traffic(shape: RsShape, machine: RowStationary, mapping: RsMapping,
            ifmap_share: float = 1.0, ofmap_share: float = 1.0) -> RsTraffic:
    """Return the words that ``mapping`` moves; the shares are those that compression leaves."""
    sweep = ifmap_sweep(shape, machine, mapping.e)
    psums = shape.ofmap_words * channel_tiles(shape, machine, mapping)
    filters = filter_fetches(shape, mapping.n, mapping.e)
    return RsTraffic(
        dram_filter_reads=filters,
        dram_ifmap_reads=sweep * ceil_div(shape.M, mapping.m),
        dram_ofmap_writes=shape.ofmap_words,
        dram_ifmap_share=ifmap_share,
        dram_ofmap_share=ofmap_share,
        glb_ifmap_reads=sweep * ceil_div(shape.M, mapping.p * mapping.t),
        glb_psum_reads=psums,
        glb_psum_writes=psums,
        filter_reads=filters,
    )
