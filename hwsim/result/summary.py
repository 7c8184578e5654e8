"""A result for people: aligned text for a terminal, HTML for a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from hwsim.result.columns import CYCLE_PARTS, ENERGY_PARTS, Part
from hwsim.result.table import aligned
from hwsim.units import percent, si

if TYPE_CHECKING:
    from hwsim.result.result import Result

_METRICS = {  # label and unit; a metric that is not here goes by its key
    "fps": ("frames/s", ""), "tops": ("achieved rate", "TOP/s"), "power_w": ("power", "W"),
    "tops_per_w": ("efficiency", "TOP/J"), "edp_j_s": ("energy-delay product", "J s"),
    "assignment_gap": ("gap to the best assignment", "%"), "bound_latency_s": ("no assignment is faster than", "s"),
    "bound_energy_j": ("no assignment takes less than", "J"),
}
_RESOURCE_HEADER = ("resource", "analytic", "event", "difference", "busy")
_RESOURCE_LEGEND = [
    "  analytic, event: what the array works, and what the run waits for the others while nothing else hides it",
    "  difference: event - analytic as a share of the run; busy: share of the run in which the resource serves a task"]
_FIRST_ACCESS = "  first access: latency of the memories before the first byte of a transfer comes, where nothing hides it"
_LAYER_HEADER = ("layer", "op", "cycles", "share", "stalled", "utilisation", "energy", "bound")


def totals(result: Result) -> list[tuple[str, str]]:
    """Return what matters of the whole job as (name, value with unit)."""
    rows = [
        ("latency", f"{si(result.latency_s, 's', 4)} ({result.cycles:,.0f} cycles)"),
        ("energy", si(result.energy_j, "J", 4)),
        ("area", f"{result.area_mm2:.4g} mm2"),
        ("work", si(result.macs, "MAC", 4)),
        ("utilisation", f"{percent(result.utilisation)} (spatial {percent(result.spatial_utilisation)}, "
                        f"temporal {percent(result.temporal_utilisation)})"),
    ]
    rows += [_metric(name, value) for name, value in result.metrics.items()]
    rows += [(f"{name} traffic", f"{si(entry['read'], 'B')} read, {si(entry['write'], 'B')} written")
             for name, entry in result.traffic_bytes.items()]
    rows.append(("time by cause", _shares(result.stall_breakdown_cycles, CYCLE_PARTS)))
    rows.append(("energy by part", _shares(result.energy_breakdown_j, ENERGY_PARTS)))
    return rows


def _metric(name: str, value: float) -> tuple[str, str]:
    label, unit = _METRICS.get(name, (name, ""))
    if unit in ("W", "J s", "s", "J"):
        return label, si(value, unit, 4)
    if unit == "%":
        return label, f"at most {100 * value:.2g} %"
    return label, f"{value:,.0f} {unit}".rstrip() if abs(value) >= 1000 else f"{value:.4g} {unit}".rstrip()


def _shares(breakdown: Mapping[str, float], parts: Sequence[Part]) -> str:
    whole = sum(breakdown.values()) or 1.0
    ordered = sorted(parts, key=lambda part: -breakdown[part.key])
    return ", ".join(f"{part.label} {percent(breakdown[part.key] / whole)}" for part in ordered
                     if breakdown[part.key] >= 0.0005 * whole)


def layer_rows(result: Result, top: int) -> list[tuple[str, ...]]:
    """Return the ``top`` layers by cycles as text cells under layer, op, cycles, share, ..."""
    frame = result.layers.sort_values("cycles", ascending=False, kind="stable").head(top)
    whole = float(result.layers["cycles"].sum()) or 1.0
    return [(row["name"], row["op"], f"{row['cycles']:,.0f}", percent(row["cycles"] / whole),
             percent(row["stall_cycles"] / (row["cycles"] or 1.0)), percent(row["utilisation"]),
             si(row["energy_j"], "J"), row["bound"])
            for row in frame.to_dict(orient="records")]


def resource_rows(result: Result) -> list[tuple[str, ...]]:
    """Return, a resource, the time that nothing else hides by closed forms and engine, and how long it is busy."""
    whole = result.latency_s or 1.0
    return [(r.name, si(r.analytic_s, "s", 4), si(r.event_s, "s", 4), f"{(r.event_s - r.analytic_s) / whole:+.1%}",
             percent(r.busy_s / whole) if r.busy_s else "")
            for r in result.resources if r.analytic_s or r.event_s or r.busy_s]


def job_rows(result: Result) -> list[tuple[str, ...]]:
    """Return name, priority, arrival, end and latency of every job."""
    return [(job.name, str(job.priority), si(job.arrival_s, "s", 4), si(job.end_s, "s", 4), si(job.latency_s, "s", 4))
            for job in result.jobs]


def headline(result: Result) -> str:
    """Return what ran on what: ``resnet50 on tpu_v1 (analytic, 8x8 bit)``, widths of activations and weights."""
    widths = result.provenance.get("operand_bits")
    return f"{result.workload} on {result.accelerator} ({result.fidelity}{f', {widths} bit' if widths else ''})"


def text(result: Result, top: int = 10) -> str:
    """Return the summary that the command line prints."""
    blocks = [headline(result), aligned(("", ""), totals(result), left=(0, 1), widest=200)]
    if result.resources:
        blocks.append("closed forms against event engine, by resource")
        rows = resource_rows(result)
        blocks.append(aligned(_RESOURCE_HEADER, rows, left=(0,)))
        blocks += _RESOURCE_LEGEND + [_FIRST_ACCESS] * any(row[0] == "first access" for row in rows)
    if len(result.jobs) > 1:
        blocks.append("jobs")
        blocks.append(aligned(("job", "priority", "arrival", "end", "latency"), job_rows(result), left=(0,)))
    if top > 0:
        count = len(result.layers)
        blocks.append(f"{min(top, count)} of {count} layers, by cycles")
        blocks.append(aligned(_LAYER_HEADER, layer_rows(result, top), left=(0, 1, 7)))
    blocks += [f"note: {note}" for note in result.notes]
    return "\n".join(blocks)


def html(result: Result, top: int = 10) -> str:
    """Return the summary as two HTML tables."""
    left = "style='text-align:left'"
    head = "".join(f"<th>{name}</th>" for name in _LAYER_HEADER)
    return "".join([
        f"<b>{escape(headline(result))}</b><table>",
        *(f"<tr><th {left}>{escape(name)}</th><td {left}>{escape(value)}</td></tr>" for name, value in totals(result)),
        f"</table><table><tr>{head}</tr>",
        *("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in layer_rows(result, top)),
        "</table>",
        *(f"<p>note: {escape(note)}</p>" for note in result.notes),
    ])
