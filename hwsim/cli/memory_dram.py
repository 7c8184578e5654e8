"""hwsim memory DEVICE: what a DRAM channel sustains under a traffic pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from hwsim.arch.dram import DEFAULT_DRAM_MAPPING
from hwsim.cli.inputs import check_outputs, collect
from hwsim.cli.memory_output import json_option, sheet, show
from hwsim.cli.options import OnceCommand, debug_option
from hwsim.errors import ConfigError, Fault
from hwsim.units import binary_bytes, percent, si

if TYPE_CHECKING:
    from hwsim.memory.dram.burst.burst_model import BurstResult
    from hwsim.memory.dram.closed_form import ClosedForm
    from hwsim.memory.dram.device import DramDevice
    from hwsim.memory.dram.energy import DramEnergy
    from hwsim.memory.dram.traffic import Traffic

Pattern = Callable[["DramDevice"], "Traffic"]
FEW = 6400  # transactions served, of which the queues hold a share that shows


@dataclass(frozen=True, slots=True)
class Run:
    """One device, mapping and pattern in both models.

    ``unloaded_s`` is the burst-level model's latency of lone reads, ``energy`` what its walk costs, None for unknown dies.
    """

    device: DramDevice
    burst: BurstResult
    unloaded_s: float | None
    energy: DramEnergy | None
    closed: ClosedForm

    @property
    def j_per_byte(self) -> dict[str, float]:
        """Joules a byte moved, by what they go to and in total; empty where unknown."""
        moved_bytes = (self.burst.reads + self.burst.writes) * self.device.organisation.transaction_bytes
        if self.energy is None:
            return {}
        parts = {name.removesuffix("_j"): joules / moved_bytes for name, joules in asdict(self.energy).items()}
        return parts | {"total": self.energy.total_j / moved_bytes}


@click.command("dram", cls=OnceCommand, short_help="A DRAM device: bandwidth, read latency, row hits under traffic.")
@click.argument("devices", nargs=-1, required=True, metavar="DEVICE...")
@click.option("--mapping", "mappings", multiple=True, metavar="NAME", default=(DEFAULT_DRAM_MAPPING,),
              help=f"Address mapping (repeatable); {DEFAULT_DRAM_MAPPING} unless given.")
@click.option("--traffic", "names", multiple=True, metavar="NAME", help="Traffic pattern (repeatable).")
@click.option("--trace", "files", multiple=True, metavar="FILE",
              help="Requests from a file: lines of R or W and a byte address (repeatable).")
@click.option("--requests", type=click.IntRange(min=1), metavar="N",
              help="Transactions that the burst-level model walks, up to 10^9 (some minutes); 204800 of a pattern and all of a "
              "trace unless given.")
@json_option
@debug_option
def command(
    *, devices: tuple[str, ...], mappings: tuple[str, ...], names: tuple[str, ...], files: tuple[str, ...],
    requests: int | None, json_file: str | None,
) -> None:
    """Sustained bandwidth, read latency and row hits of one channel of each DEVICE.

    A DEVICE is a name from 'hwsim memory list' or a YAML file. Each runs every mapping and pattern in two models: the
    burst-level one walks the requests against the state of the banks, the closed form needs the timing table alone.
    """
    from hwsim.memory.dram.load import load_dram
    from hwsim.memory.dram.mapping import DRAM_MAPPINGS
    from hwsim.memory.dram.trace import trace
    from hwsim.memory.dram.traffic import traffic

    patterns: list[Pattern] = [*(lambda device, name=name: traffic(name, device) for name in names),
                               *(lambda device, file=file: trace(file, device) for file in files)]
    made = collect(*(lambda source=source: load_dram(source) for source in devices),
                   *(lambda name=name: DRAM_MAPPINGS[name] for name in mappings),
                   lambda: _check_patterns(patterns), lambda: check_outputs([*devices, *files], json=json_file))
    runs = _all(*(lambda d=device, m=mapping, p=pattern: _run(d, m, p(d), requests)
                  for device in made[:len(devices)] for mapping in mappings for pattern in patterns))
    show([_record(run) for run in runs], [_table(run) for run in runs], json_file)


def _check_patterns(patterns: list[Pattern]) -> None:
    """Refuse unknown patterns and missing files, whatever the device."""
    from hwsim.memory.dram.presets import dram_device, dram_devices

    if not patterns:
        raise ConfigError(Fault("give at least one", path="--traffic or --trace"))
    any_device = dram_device(dram_devices()[0])
    collect(*(lambda pattern=pattern: pattern(any_device) for pattern in patterns))


def _all(*steps: Callable[[], Run]) -> list[Run]:
    """Return what every step returns; a fault that several steps meet is listed once."""
    try:
        return collect(*steps)
    except ConfigError as error:
        raise ConfigError(dict.fromkeys(error.faults)) from None


def _run(device: DramDevice, mapping: str, pattern: Traffic, requests: int | None) -> Run:
    from hwsim.memory.dram.burst.burst_model import unloaded_read_latency_s, walk
    from hwsim.memory.dram.closed_form import closed_form

    burst = walk(device, mapping, pattern, requests=requests)
    return Run(device, burst, unloaded_read_latency_s(device, mapping, pattern), _energy(device, burst),
               closed_form(device, mapping, pattern))


def _energy(device: DramDevice, burst: BurstResult) -> DramEnergy | None:
    from hwsim.memory.dram.currents import CURRENTS
    from hwsim.memory.dram.energy import walk_energy

    if (device.standard, device.organisation.device_width_bits) not in CURRENTS:
        return None
    return walk_energy(device, burst)


def _ns(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e9


def _figures(found: BurstResult | ClosedForm) -> dict[str, Any]:
    """Return what both models say, in the units of data sheets: GB is 10^9 bytes."""
    return {"bandwidth_gb_s": found.bandwidth_bytes_per_s / 1e9, "pct_of_peak": 100 * found.share_of_peak,
            "avg_read_latency_ns": _ns(found.avg_read_latency_s), "row_hit_frac": found.row_hit_share}


def _record(run: Run) -> dict[str, Any]:
    """Return the figures of the burst-level model, then those of each model with what only it knows."""
    burst, closed = run.burst, run.closed
    figures = _figures(burst) | {"unloaded_read_latency_ns": _ns(run.unloaded_s)}
    return {
        "device": run.device.name, "mapping": burst.mapping, "traffic": burst.traffic, "model": "burst", **figures,
        "peak_gb_s": run.device.peak_bytes_per_s / 1e9,
        "burst": figures | {
            "reads": burst.reads, "writes": burst.writes, "time_ns": _ns(burst.time_s), "activates": burst.activates,
            "refreshes": burst.refreshes,
            "energy_pj_per_byte": {name: joules * 1e12 for name, joules in run.j_per_byte.items()} or None},
        "closed_form": _figures(closed) | {
            "mapping": closed.mapping, "limit": closed.limit, "time_shares": dict(closed.time_shares),
            "read_latency_open_row_ns": _ns(closed.unloaded.hit_s),
            "read_latency_closed_bank_ns": _ns(closed.unloaded.closed_s),
            "read_latency_other_row_ns": _ns(closed.unloaded.conflict_s)},
    }


def _table(run: Run) -> str:
    device, burst, closed, idle = run.device, run.burst, run.closed, run.closed.unloaded
    shares = ", ".join(f"{name} {percent(share)}" for name, share in closed.time_shares if share >= 0.01)
    title = (f"{device.name}, {burst.mapping}, {burst.traffic}: one channel, "
             f"{binary_bytes(device.organisation.capacity_bytes)}, peak {si(device.peak_bytes_per_s, 'B/s', 4)}")

    def row(label: str, text: Callable[[BurstResult | ClosedForm], str]) -> tuple[str, ...]:
        return label, text(burst), text(closed)

    rows = [
        row("bandwidth", lambda found: si(found.bandwidth_bytes_per_s, "B/s", 4)),
        row("share of peak", lambda found: percent(found.share_of_peak)),
        row("read latency, queue full", lambda found: _seconds(found.avg_read_latency_s)),
        ("read latency, one at a time", _seconds(run.unloaded_s),
         " / ".join(map(_seconds, (idle.hit_s, idle.closed_s, idle.conflict_s)))),
        row("row hits", lambda found: percent(found.row_hit_share))]
    notes = [f"the closed form assumes {closed.mapping}; its time goes to {shares}",
             "one at a time: the burst-level model averages over the pattern, refresh included; the closed form has open row / "
             "closed bank / other row"]
    if burst.reads + burst.writes < FEW:
        notes.append(f"{burst.reads + burst.writes:,} transactions were served when the last one was accepted; up to 64 more "
                     "wait in the queues and do not count")
    if run.j_per_byte:
        from hwsim.memory.dram.currents import currents

        known = currents(device)
        rows.append(("energy", si(run.j_per_byte["total"], "J/B"), ""))
        notes.append(f"energy: currents {known.status}; {known.source}")
    return sheet(title, rows, notes, header=("", "burst-level", "closed form"))


def _seconds(value: float | None) -> str:
    return "none read" if value is None else si(value, "s")
