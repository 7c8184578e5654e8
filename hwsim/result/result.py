"""Result: totals, the per-layer frame, breakdowns and provenance of one simulation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hwsim.errors import ConfigError, Fault
from hwsim.result.columns import CYCLE_PARTS, ENERGY_PARTS, LAYER_COLUMNS, PART_COLUMNS, sum_parts
from hwsim.units import percent, si

if TYPE_CHECKING:
    import pandas as pd

    from hwsim.result.chrome_trace import WrittenTrace
    from hwsim.result.event import JobTime, ResourceTime
    from hwsim.result.timeline import TaskTimeline


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What one workload costs on one accelerator.

    Attributes
    ----------
    accelerator, workload, fidelity : names.
    layers : one row a layer in execution order, with exactly the columns of ``LAYER_COLUMNS``, and of ``PART_COLUMNS`` where
        several parts run them.
    cycles, latency_s : time of the whole job; less than that of all layers together where parts run at the same time.
    energy_j : ``math.fsum`` of the values of ``energy_breakdown_j``.
    area_mm2 : die area.
    macs : multiply-accumulates of the whole job.
    utilisation, spatial_utilisation, temporal_utilisation : 0..1.
    traffic_bytes : buffer or memory name -> {"read": bytes, "write": bytes}.
    energy_breakdown_j : one value for the key of every entry of ``ENERGY_PARTS``.
    area_breakdown_mm2 : modelled component -> area; a published die area need not be their sum.
    stall_breakdown_cycles : one value for the key of every entry of ``CYCLE_PARTS``.
    metrics : further figures of merit by name, e.g. ``fps``.
    provenance : ``hwsim_version``, ``template_hash``, ``workload_hash`` and more, text to text.
    notes : what the reader must know.
    device : what plots need: ``peak_macs_per_s``, ``clock_hz``, ``pes``, ``offchip_bytes_per_s``.
    timeline : when every task ran, of a run in an event engine; no part of the JSON file.
    resources : of such a run, what closed forms and engine say of every resource.
    jobs : of such a run, when each job came and ended.

    Raises
    ------
    ValueError
        Columns are missing or parts do not sum to their total: a fault of the machine model, not of the input.
    """

    accelerator: str
    workload: str
    fidelity: str
    layers: pd.DataFrame
    cycles: float
    latency_s: float
    energy_j: float
    area_mm2: float
    macs: int
    utilisation: float
    spatial_utilisation: float
    temporal_utilisation: float
    traffic_bytes: Mapping[str, Mapping[str, float]]
    energy_breakdown_j: Mapping[str, float]
    area_breakdown_mm2: Mapping[str, float]
    stall_breakdown_cycles: Mapping[str, float]
    metrics: Mapping[str, float]
    provenance: Mapping[str, str]
    device: Mapping[str, float]
    notes: tuple[str, ...] = field(default=())
    timeline: TaskTimeline | None = None
    resources: tuple[ResourceTime, ...] = ()
    jobs: tuple[JobTime, ...] = ()

    def __post_init__(self) -> None:
        of_parts = PART_COLUMNS if "part" in self.layers else ()
        if list(self.layers.columns) != [column.name for column in (*LAYER_COLUMNS, *of_parts)]:
            wrong = {column.name for column in (*LAYER_COLUMNS, *of_parts)} ^ set(self.layers.columns)
            raise ValueError(f"layer columns differ from LAYER_COLUMNS: {sorted(wrong) or 'order'}")
        for total, parts, breakdown in (("energy_j", ENERGY_PARTS, self.energy_breakdown_j),
                                        ("cycles", CYCLE_PARTS, self.stall_breakdown_cycles)):
            if list(breakdown) != [part.key for part in parts]:
                raise ValueError(f"the breakdown of {total} has keys {list(breakdown)}")
            if not (sum_parts(self.layers, parts) == self.layers[total].to_numpy()).all():
                raise ValueError(f"a layer's parts do not sum to its {total}")
        if math.fsum(self.energy_breakdown_j.values()) != self.energy_j:
            raise ValueError("energy_breakdown_j does not sum to energy_j")

    @property
    def bound(self) -> str:
        """What takes the largest share of the cycles, as in the ``bound`` column of a layer."""
        return max(CYCLE_PARTS, key=lambda part: self.stall_breakdown_cycles[part.key]).label

    def __repr__(self) -> str:
        return (f"Result({self.workload!r} on {self.accelerator!r}, {self.fidelity}: {si(self.latency_s, 's')}, "
                f"{si(self.energy_j, 'J')}, {self.area_mm2:.4g} mm2, {self.cycles:,.0f} cycles, "
                f"utilisation {percent(self.utilisation)}, mostly {self.bound})")

    def _repr_html_(self) -> str:
        from hwsim.result.summary import html

        return html(self)

    def summary(self, top: int = 10) -> str:
        """Return totals, time and energy by cause, and the ``top`` layers by cycles as an aligned text table."""
        from hwsim.result.summary import text

        return text(self, top)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the result as JSON text and, with ``path``, write it there; NaN becomes null."""
        from hwsim.result.write import to_json

        return to_json(self, path)

    def to_chrome_trace(self, path: str | Path | BinaryIO, *, limit_events: int = 1_000_000) -> WrittenTrace:
        """Write ``timeline`` as a Chrome trace, which ui.perfetto.dev opens; see ``write_chrome_trace``.

        Raises
        ------
        ConfigError
            The result has no timeline: it does not come from an event engine; or the file cannot be written.
        """
        from hwsim.result.chrome_trace import write_chrome_trace

        if self.timeline is None:
            raise ConfigError(Fault("a result of this fidelity has no timeline", value=self.fidelity, allowed="event"))
        about = {"accelerator": self.accelerator, "workload": self.workload, "fidelity": self.fidelity, **self.provenance}
        return write_chrome_trace(self.timeline, path, title=f"{self.workload} on {self.accelerator}", about=about,
                                  limit_events=limit_events)

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return the per-layer frame as CSV text and, with ``path``, write it there."""
        from hwsim.result.write import to_csv

        return to_csv(self, path)

    def to_parquet(self, path: str | Path) -> None:
        """Write the per-layer frame as Parquet; the totals are JSON text in the file's ``hwsim`` metadata."""
        from hwsim.result.write import to_parquet

        to_parquet(self, path)
