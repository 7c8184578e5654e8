"""How long a layer takes on the array: pass by pass, with what holds each pass up."""

from __future__ import annotations

from dataclasses import dataclass

from hwsim.dataflow.row_stationary.machine import RowStationary
from hwsim.dataflow.row_stationary.mapping import FilterPieces, RsMapping
from hwsim.dataflow.row_stationary.shape import RsShape, ceil_div
from hwsim.dataflow.row_stationary.traffic import channel_tiles, strip_rows


@dataclass(frozen=True, slots=True)
class PassCycles:
    """Cycles of one pass by what is at work.

    Attributes
    ----------
    compute : a PE takes q*S multiply-accumulates and ``psum_extra_cycles`` for each of its n*p*F psums.
    psum_bus : psums of the t*e columns enter, and as many leave at the same time.
    ifmap_bus : the ifmap rows of the pass enter.
    filters_ahead : the filters of the next pass that the free part of the filter scratch pads takes.
    filters_between : those it does not take, loaded when the pass is over.
    """

    compute: int
    psum_bus: int
    ifmap_bus: int
    filters_ahead: int
    filters_between: int

    @property
    def busy(self) -> int:
        """Cycles from the first multiply-accumulate to the last psum."""
        return max(self.compute, self.psum_bus, self.ifmap_bus, self.filters_ahead)

    @property
    def cycles(self) -> int:
        """Cycles from one pass to the next."""
        return self.busy + self.filters_between


@dataclass(frozen=True, slots=True)
class RsTime:
    """Cycles of a layer, without the time that DRAM holds it up.

    Attributes
    ----------
    passes : processing passes.
    compute_cycles : the PEs at work.
    bus_stall_cycles : PEs wait for psums or ifmaps.
    filter_stall_cycles : PEs wait for filters.
    """

    passes: int
    compute_cycles: int
    bus_stall_cycles: int
    filter_stall_cycles: int

    @property
    def cycles(self) -> int:
        """Processing time."""
        return self.compute_cycles + self.bus_stall_cycles + self.filter_stall_cycles


def pass_cycles(shape: RsShape, machine: RowStationary, mapping: RsMapping, rows: int) -> PassCycles:
    """Return the cycles of a pass over a strip of ``rows`` ofmap rows."""
    x, pieces = mapping, FilterPieces.of(shape, machine)
    filters_of_pe = x.p * x.q * pieces.width
    ahead_of_pe = min(filters_of_pe, machine.filter_spad_words - filters_of_pe)
    pe_rows = pieces.height * x.r * x.t  # each takes filters of its own; the e PEs of a row share them
    ifmap = x.n * x.q * x.r * shape.W * shape.rows(rows, pieces.height)
    return PassCycles(
        compute=x.n * x.p * shape.F * (x.q * pieces.width + machine.psum_extra_cycles),
        psum_bus=ceil_div(x.n * x.p * x.t * rows * shape.F, machine.psum_bus_words_per_cycle),
        ifmap_bus=ceil_div(ifmap, machine.ifmap_bus_words_per_cycle),
        filters_ahead=ceil_div(ahead_of_pe * pe_rows, machine.filter_bus_words_per_cycle),
        filters_between=ceil_div((filters_of_pe - ahead_of_pe) * pe_rows, machine.filter_bus_words_per_cycle),
    )


def processing_time(shape: RsShape, machine: RowStationary, mapping: RsMapping) -> RsTime:
    """Return the processing time of a layer.

    Notes
    -----
    Assumes that a last pass with fewer filters or channels takes as long as a full one (a strip with fewer rows does not),
    and that every pass loads its filters anew.
    """
    passes_of_strip = (shape.G * ceil_div(shape.N, mapping.n) * ceil_div(shape.M, mapping.p * mapping.t)
                       * channel_tiles(shape, machine, mapping))
    passes = compute = bus = filters = 0
    for rows, strips in strip_rows(shape, mapping.e):
        cost, count = pass_cycles(shape, machine, mapping, rows), strips * passes_of_strip
        passes += count
        compute += count * cost.compute
        bus += count * (cost.busy - cost.compute)
        filters += count * cost.filters_between
    return RsTime(passes, compute, bus, filters)
