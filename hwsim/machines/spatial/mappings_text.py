"""Mapped layers as text: a table of all, loop nests and costs of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hwsim.result.table import aligned
from hwsim.units import percent, si

if TYPE_CHECKING:
    from hwsim.machines.spatial.layer_mappings import LayerMappings
    from hwsim.machines.spatial.mapped_layer import MappedLayer

_HEADER = ("layer", "shape", "times", "cycles", "utilisation", "energy", "off-chip", "bound", "found by", "of cycles",
           "of energy")


def table(found: LayerMappings) -> str:
    """Return a line a layer, and totals."""
    rows = [(e.name, e.shape, str(e.count), f"{e.cycles:,.0f}", percent(e.utilisation), si(e.energy_j, "J"),
             si(_offchip_bytes(e), "B"), e.bound, _search(e), percent(e.all_cycles / found.cycles),
             percent(e.all_energy_j / found.energy_j)) for e in found.layers]
    layers, macs = sum(e.count for e in found.layers), sum(e.count * e.problem.macs for e in found.layers)
    return "\n".join((
        f"{found.workload} on {found.accelerator}: {layers} product{'' if layers == 1 else 's'}, {len(found.layers)} distinct",
        aligned(_HEADER, rows, left=(0, 1, 7, 8)),
        f"all: {si(macs, 'MAC', 4)}, {found.cycles:,.0f} cycles, {si(found.energy_j, 'J', 4)}, without the other layers"))


def _search(entry: MappedLayer) -> str:
    """Return how the mapping came about."""
    found = entry.mapped
    if found is None:
        return "dataflow"
    return found.strategy + (", proven" if found.proven else "")


def _offchip_bytes(entry: MappedLayer) -> float:
    """Return bytes to and from memories."""
    return sum(part.read_bytes + part.written_bytes for part in entry.traffic if part.level in entry.memories)


def layer_text(entry: MappedLayer) -> str:
    """Return the mapping of a layer, its traffic and energy by level, its time by cause."""
    return "\n".join(_lines(entry))


def _lines(entry: MappedLayer) -> Iterator[str]:
    yield f"{entry.name}: {entry.shape}" + (f", {entry.count} times" if entry.count > 1 else "")
    if entry.count > 1:
        yield f"  also {', '.join(entry.layers[1:])}"
    yield from (f"  {line}" for line in entry.cost.mapping.splitlines())
    rows = []
    before = ""
    for part in entry.traffic:
        busy = entry.level_cycles.get(part.level)
        first = part.level != before
        rows.append((part.level if first else "", part.operand, si(part.read_bytes, "B"), si(part.written_bytes, "B"),
                     si(part.energy_j, "J"), f"{busy:,.0f}" if first and busy else ""))
        before = part.level
    rows += [(name, "", "", "", si(j, "J"), "") for name, j in entry.energy_parts_j.items() if j]
    shown = range(6 if entry.level_cycles else 5)
    header = ("level", "operand", "read", "written", "energy", "busy cycles")
    yield aligned([header[i] for i in shown], [[row[i] for i in shown] for row in rows], left=(0, 1))
    causes = sorted(((cycles, cause) for cause, cycles in entry.time_parts_cycles.items() if cycles), reverse=True)
    yield f"  {entry.cycles:,.0f} cycles: " + ", ".join(f"{cause} {percent(n / entry.cycles)}" for n, cause in causes)
    yield f"  utilisation {percent(entry.utilisation)}, {si(entry.energy_j, 'J', 4)}, bound by {entry.bound}"
    if entry.mapped is not None:
        yield (f"  {_search(entry)}: {entry.mapped.evaluated:,} of {entry.mapped.space_size:.3g} mappings costed")
