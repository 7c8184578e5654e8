"""What happens inside the array, counted for energy: scratch pads, multipliers, words on the network."""

from __future__ import annotations

from dataclasses import dataclass

from hwsim.dataflow.row_stationary.machine import RowStationary
from hwsim.dataflow.row_stationary.mapping import FilterPieces, RsMapping
from hwsim.dataflow.row_stationary.shape import RsShape, ceil_div
from hwsim.dataflow.row_stationary.traffic import channel_tiles


@dataclass(frozen=True, slots=True)
class RsAccesses:
    """Events of a whole layer, over all PEs.

    Attributes
    ----------
    macs : multiply-accumulates that switch.
    ifmap_spad_reads, ifmap_spad_writes, filter_spad_reads, filter_spad_writes, psum_spad_reads, psum_spad_writes : words.
    ifmap_deliveries, filter_deliveries : words that arrive at PEs from the GLB; one word sent to several PEs counts at each.
    psum_hops : psums from a PE to the one above.
    psum_transfers : psums between the GLB and the array, both ways.
    """

    macs: float
    ifmap_spad_reads: float
    ifmap_spad_writes: int
    filter_spad_reads: float
    filter_spad_writes: int
    psum_spad_reads: float
    psum_spad_writes: float
    ifmap_deliveries: int
    filter_deliveries: int
    psum_hops: int
    psum_transfers: int


def accesses(shape: RsShape, machine: RowStationary, mapping: RsMapping, gated_fraction: float = 0.0) -> RsAccesses:
    """Return the events of a layer.

    Parameters
    ----------
    gated_fraction : of the multiply-accumulates that are switched off: the zeros of the ifmap where the PEs gate them. A gated
        one takes its cycle, but reads neither filter nor psum and multiplies nothing.

    Notes
    -----
    Assumes that psums are not touched either where the product is known to be zero.
    """
    pieces = FilterPieces.of(shape, machine)
    channels = shape.C * pieces.count
    at_work = shape.macs * (1 - gated_fraction)
    # each of the E x height PEs of an ofmap and p filters takes one row of each channel
    ifmaps = shape.N * shape.G * channels * shape.W * pieces.height * shape.E * ceil_div(shape.M, mapping.p)
    filters = shape.filter_words * shape.E * ceil_div(shape.N, mapping.n)  # a PE of each ofmap row
    psums = shape.ofmap_words * channel_tiles(shape, machine, mapping)
    return RsAccesses(
        macs=at_work,
        ifmap_spad_reads=shape.macs,
        ifmap_spad_writes=ifmaps,
        filter_spad_reads=at_work,
        filter_spad_writes=filters,
        psum_spad_reads=at_work,
        psum_spad_writes=at_work,
        ifmap_deliveries=ifmaps,
        filter_deliveries=filters,
        psum_hops=psums * (pieces.height * mapping.r - 1),
        psum_transfers=2 * psums,
    )
