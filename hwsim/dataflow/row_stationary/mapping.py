"""The seven parameters of a row-stationary mapping and what the hardware asks of them."""

from __future__ import annotations

from dataclasses import dataclass

from hwsim.dataflow.row_stationary.machine import RowStationary
from hwsim.dataflow.row_stationary.shape import RsShape, ceil_div
from hwsim.errors import ConfigError, Fault


@dataclass(frozen=True, slots=True, order=True)
class RsMapping:
    """One mapping.

    Attributes
    ----------
    m : ofmap channels whose psums are in the GLB.
    n : ifmaps of a pass.
    e : ofmap rows of a PE set (its width).
    p, q : filters and channels that one PE interleaves.
    r, t : PE sets of a pass with other channels, with other filters.
    """

    m: int
    n: int
    e: int
    p: int
    q: int
    r: int
    t: int


@dataclass(frozen=True, slots=True)
class FilterPieces:
    """A filter larger than the array or the scratch pad is computed in pieces, as if they were more channels.

    Attributes
    ----------
    height, width : of a piece; the last pieces may be smaller.
    count : pieces of one filter plane.
    """

    height: int
    width: int
    count: int

    @classmethod
    def of(cls, shape: RsShape, machine: RowStationary) -> FilterPieces:
        """Return pieces of at most ``rows`` filter rows, and as many columns as the scratch pads of a PE hold."""
        span = min(machine.ifmap_spad_words, (machine.filter_spad_words - 1) * shape.dilation[1] + 1)
        widest = max(1, (span - 1) // shape.dilation[1] + 1)
        down, across = ceil_div(shape.R, machine.rows), ceil_div(shape.S, widest)
        return cls(ceil_div(shape.R, down), ceil_div(shape.S, across), down * across)

    def window(self, shape: RsShape) -> int:
        """Return the ifmap words under one row of a piece."""
        return shape.dilation[1] * (self.width - 1) + 1


def set_slots(machine: RowStationary, filter_rows: int, e: int) -> tuple[int, int]:
    """Return how many PE sets of ``filter_rows`` x ``e`` the array holds, and the largest r.

    A set wider than the array is folded into segments one above another. The r sets of a column add up their psums over the
    links between neighbours, so they stand one above another.

    Notes
    -----
    Assumes that the psums of a folded set leave from each segment: it has r = 1.
    """
    bands = machine.rows // filter_rows
    if e <= machine.columns:
        return bands * (machine.columns // e), bands
    slots = bands // ceil_div(e, machine.columns)
    return slots, min(slots, 1)


def psum_words(shape: RsShape, mapping: RsMapping) -> int:
    """Return the psums that the GLB holds."""
    return mapping.n * mapping.m * mapping.e * shape.F


def ifmap_words(shape: RsShape, machine: RowStationary, mapping: RsMapping) -> int:
    """Return the ifmap words that the GLB holds for one pass."""
    rows = shape.rows(mapping.e, FilterPieces.of(shape, machine).height)
    return mapping.n * mapping.q * mapping.r * shape.W * rows


def active_pes(shape: RsShape, machine: RowStationary, mapping: RsMapping) -> int:
    """Return the PEs of a full pass."""
    return FilterPieces.of(shape, machine).height * mapping.e * mapping.r * mapping.t


def mapping_faults(shape: RsShape, machine: RowStationary, mapping: RsMapping) -> list[Fault]:
    """Return everything that keeps ``machine`` from computing ``shape`` with ``mapping``."""
    x, pieces = mapping, FilterPieces.of(shape, machine)
    found: list[Fault] = []

    def at_most(path: str, value: int, limit: int, message: str) -> None:
        if value > limit:
            found.append(Fault(message, path=path, value=str(value), allowed=f"at most {limit}"))

    for name in ("m", "n", "e", "p", "q", "r", "t"):
        if getattr(x, name) < 1:
            found.append(Fault("a mapping's parameters are whole and at least 1", path=name, value=str(getattr(x, name))))
    if found:
        return found
    at_most("n", x.n, shape.N, "more ifmaps than the batch")
    at_most("e", x.e, shape.E, "more rows than the ofmap")
    at_most("q*r", x.q * x.r, shape.C * pieces.count, "more channels than the layer")
    at_most("t", x.t, shape.M, "more PE sets than filters")
    at_most("p", x.p, machine.psum_spad_words, "psums of a PE exceed its scratch pad, words")
    at_most("q*S", x.q * pieces.window(shape), machine.ifmap_spad_words, "ifmaps of a PE exceed its scratch pad, words")
    at_most("p*q*S", x.p * x.q * pieces.width, machine.filter_spad_words, "filters of a PE exceed its scratch pad, words")
    slots, stacked = set_slots(machine, pieces.height, x.e)
    at_most("r*t", x.r * x.t, slots, "more PE sets than the array holds")
    at_most("r", x.r, stacked, "more PE sets than stand one above another")
    if x.m % (x.p * x.t):
        found.append(Fault("m is a multiple of p*t", path="m", value=str(x.m), allowed=f"a multiple of {x.p * x.t}"))
    if x.n > 1 and x.e < shape.E:
        found.append(Fault("several ifmaps share a pass where a pass holds whole maps", path="n", value=str(x.n), allowed="1"))
    held = (psum_words(shape, x), ifmap_words(shape, machine, x))
    banks = [ceil_div(words, machine.bank_words) for words in held]
    at_most("glb_banks", sum(banks), machine.glb_banks, f"{held[0]} psums and {held[1]} ifmap words exceed the GLB, banks")
    return found


def check_mapping(shape: RsShape, machine: RowStationary, mapping: RsMapping) -> None:
    """Raise ConfigError with every fault of ``mapping_faults``."""
    if faults := mapping_faults(shape, machine, mapping):
        raise ConfigError(faults)
