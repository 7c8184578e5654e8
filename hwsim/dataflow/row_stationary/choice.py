"""Which mapping a layer runs with.

The rule, the same for every layer, in this order:

1. The hardware can run it (`mapping_faults`); and the GLB has room for one ifmap of the next pass besides what the pass uses,
   so that DRAM fills it meanwhile (a pass of a single channel may do without). The room is counted in words, not in banks:
   the next ifmap may follow the rows that are done with.
2. At least 90 % as many PEs are active as in the mapping that has the most.
3. DRAM supplies the fewest words of filters and ifmaps, up to 5 %.
4. Of these: the most active PEs, then the fewest accesses of the GLB, then the largest t.

DRAM before GLB is the order of their energies (200 and 6 times a MAC: Y.-H. Chen, J. Emer, V. Sze, ISCA 2016, Table IV).
The room of 1 and the two margins are assumed, with what the paper reports of VGG-16 in view (calibrated). AlexNet's mappings
are the same without them, but for CONV2 with compressed maps, where n = 2, m = 32 needs 0.6 % less of DRAM.

Of Table III of the JSSC paper the rule gives every row but CONV3, where it finds q = 3, r = 2, t = 2 (43 passes over 256
channels) in place of q = 4, r = 1, t = 4 (64 passes): only the former moves the 50.2 MB that the paper measured. With
``even_channels`` it gives the five rows as printed.
"""

from __future__ import annotations

from collections.abc import Iterator

from hwsim.dataflow.row_stationary.candidates import batch_sizes, block_sizes, divisors, strip_sizes
from hwsim.dataflow.row_stationary.machine import RowStationary
from hwsim.dataflow.row_stationary.mapping import FilterPieces, RsMapping, ifmap_words, mapping_faults, psum_words, set_slots
from hwsim.dataflow.row_stationary.shape import RsShape, ceil_div
from hwsim.dataflow.row_stationary.traffic import filter_fetches, ifmap_sweep, traffic
from hwsim.errors import Fault, UnsupportedError

PE_MARGIN = 0.9  # assumed
DRAM_MARGIN = 1.05  # assumed
Block = tuple[int, int, int]  # n, e, m: all that DRAM traffic depends on


def has_room_ahead(shape: RsShape, machine: RowStationary, mapping: RsMapping) -> bool:
    """Return whether an ifmap of the next pass fits besides what the pass uses, or the pass has one channel."""
    ahead = ifmap_words(shape, machine, mapping) * (mapping.n + 1) // mapping.n
    return mapping.q * mapping.r == 1 or psum_words(shape, mapping) + ahead <= machine.glb_words


def dram_reads(shape: RsShape, machine: RowStationary, block: Block, ifmap_share: float) -> float:
    """Return the words of filters and ifmaps that DRAM supplies."""
    n, e, m = block
    return filter_fetches(shape, n, e) + ifmap_share * ifmap_sweep(shape, machine, e) * ceil_div(shape.M, m)


def choose_mapping(shape: RsShape, machine: RowStationary, ifmap_share: float = 1.0, *,
                   even_channels: bool = False) -> RsMapping:
    """Return the mapping that the rule of this module gives.

    Parameters
    ----------
    ifmap_share : share of an ifmap's words that DRAM supplies (below 1: compressed).
    even_channels : q*r must divide the channels, so that no pass is smaller than the others.

    Raises
    ------
    UnsupportedError
        The machine cannot hold any mapping of the layer.
    """
    most_pes = {block: pes for block in _blocks(shape, machine) if (pes := _most_pes(shape, machine, block, even_channels))}
    if not most_pes:
        raise UnsupportedError(mapping_faults(shape, machine, RsMapping(1, 1, 1, 1, 1, 1, 1))
                               or [Fault(f"{shape.name} has no row-stationary mapping on this machine")])
    enough = PE_MARGIN * max(most_pes.values())
    dram = {block: dram_reads(shape, machine, block, ifmap_share) for block, pes in most_pes.items() if pes >= enough}
    limit = DRAM_MARGIN * min(dram.values())
    blocks = [block for block, words in dram.items() if words <= limit]
    return min((mapping for block in blocks for mapping in _within(shape, machine, block, enough, even_channels)),
               key=lambda x: (-x.e * x.r * x.t, traffic(shape, machine, x).glb_words, -x.t, x))


def _blocks(shape: RsShape, machine: RowStationary) -> Iterator[Block]:
    for e in strip_sizes(shape, machine):
        for n in batch_sizes(shape, e):
            for m in block_sizes(shape):
                yield n, e, m


def _runs(shape: RsShape, machine: RowStationary, mapping: RsMapping) -> bool:
    return has_room_ahead(shape, machine, mapping) and not mapping_faults(shape, machine, mapping)


def _most_pes(shape: RsShape, machine: RowStationary, block: Block, even: bool) -> int:
    """Return the most active PEs of a block, 0 where it cannot run: more sets ask least of the rest with p = q = 1."""
    (n, e, m), pieces = block, FilterPieces.of(shape, machine)
    if n * m * e * shape.F > machine.glb_words:
        return 0
    channels = shape.C * pieces.count
    slots, stacked = set_slots(machine, pieces.height, e)
    sets = 0
    for r in range(1, min(stacked, channels) + 1):
        t = max((t for t in divisors(m) if r * t <= slots), default=0)
        if r * t > sets and not (even and channels % r) and _runs(shape, machine, RsMapping(m, n, e, 1, 1, r, t)):
            sets = r * t
    return pieces.height * e * sets


def _within(shape: RsShape, machine: RowStationary, block: Block, enough: float, even: bool) -> Iterator[RsMapping]:
    """Yield the mappings of a block with enough active PEs, each with the largest p."""
    (n, e, m), pieces = block, FilterPieces.of(shape, machine)
    channels = shape.C * pieces.count
    slots, stacked = set_slots(machine, pieces.height, e)
    for q in range(1, min(channels, machine.ifmap_spad_words // pieces.window(shape)) + 1):
        filters_of_pe = min(machine.psum_spad_words, machine.filter_spad_words // (q * pieces.width))
        for r in range(1, min(stacked, channels // q) + 1):
            if even and channels % (q * r):
                continue
            for t in (t for t in divisors(m) if r * t <= slots and pieces.height * e * r * t >= enough):
                p = max((p for p in divisors(m // t) if p <= filters_of_pe), default=0)
                mapping = RsMapping(m, n, e, p, q, r, t)
                if p and _runs(shape, machine, mapping):
                    yield mapping
