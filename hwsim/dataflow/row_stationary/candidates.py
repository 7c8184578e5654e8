"""The mappings worth considering: every legal one whose filters come in equal groups."""

from __future__ import annotations

from collections.abc import Iterator

from hwsim.dataflow.row_stationary.machine import RowStationary
from hwsim.dataflow.row_stationary.mapping import FilterPieces, RsMapping, mapping_faults, set_slots
from hwsim.dataflow.row_stationary.shape import RsShape, ceil_div

FILTER_GROUP = 16  # assumed: filters may be rounded up to a multiple of this, idle ones included


def divisors(value: int) -> list[int]:
    """Return the divisors of ``value``, ascending."""
    small = [d for d in range(1, int(value**0.5) + 1) if value % d == 0]
    return sorted({*small, *(value // d for d in small)})


def block_sizes(shape: RsShape) -> list[int]:
    """Return the values of m: divisors of the filters, or of more than ``FILTER_GROUP`` filters rounded up."""
    if shape.M <= FILTER_GROUP:
        return divisors(shape.M)
    return sorted({*divisors(shape.M), *divisors(FILTER_GROUP * ceil_div(shape.M, FILTER_GROUP))})


def strip_sizes(shape: RsShape, machine: RowStationary) -> range:
    """Return the values of e: a set wider than the array is folded onto the rows below."""
    bands = machine.rows // FilterPieces.of(shape, machine).height
    return range(1, min(shape.E, machine.columns * bands) + 1)


def batch_sizes(shape: RsShape, e: int) -> list[int]:
    """Return the values of n: divisors of the batch, 1 where a strip is not the whole map."""
    return divisors(shape.N) if e == shape.E else [1]


def legal_mappings(shape: RsShape, machine: RowStationary) -> Iterator[RsMapping]:
    """Yield every candidate that the hardware can run. Many: for small layers and for tests."""
    pieces = FilterPieces.of(shape, machine)
    channels = shape.C * pieces.count
    for e in strip_sizes(shape, machine):
        slots, stacked = set_slots(machine, pieces.height, e)
        for n in batch_sizes(shape, e):
            for m in block_sizes(shape):
                for q in range(1, min(channels, machine.ifmap_spad_words) + 1):
                    for r in range(1, min(stacked, channels // q) + 1):
                        for t in (t for t in divisors(m) if r * t <= slots):
                            for p in divisors(m // t):
                                mapping = RsMapping(m, n, e, p, q, r, t)
                                if not mapping_faults(shape, machine, mapping):
                                    yield mapping
