"""Every column of a result: name, unit, meaning, formula."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the per-layer frame or one total.

    Attributes
    ----------
    name : as it stands in the frame, the CSV and the JSON file.
    unit : SI unit or what is counted; "" for text, "1" for a ratio.
    meaning : in one sentence.
    formula : how it follows from other columns, or "" where a model computes it.
    """

    name: str
    unit: str
    meaning: str
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One share of a total that several columns make up exactly.

    Attributes
    ----------
    key : in ``Result.stall_breakdown_cycles`` or ``Result.energy_breakdown_j``.
    column : of the per-layer frame.
    label : for people; for cycles also the text of the ``bound`` column.
    """

    key: str
    column: str
    label: str


CYCLE_PARTS = (
    Part("array_active", "array_active_cycles", "array"),
    Part("weight_shift", "weight_shift_cycles", "weight shift"),
    Part("fill_drain", "fill_drain_cycles", "fill and drain"),
    Part("weight_stall", "weight_stall_cycles", "weight load"),
    Part("input_stall", "input_stall_cycles", "input"),
    Part("output_stall", "output_stall_cycles", "output"),
    Part("buffer_stall", "buffer_stall_cycles", "buffer"),
    Part("vector", "vector_cycles", "vector"),
    Part("overhead", "overhead_cycles", "overhead"),
)
ENERGY_PARTS = (
    Part("mac", "energy_mac_j", "MAC"),
    Part("registers", "energy_register_j", "registers"),
    Part("buffers", "energy_buffer_j", "buffers"),
    Part("noc", "energy_noc_j", "NoC"),
    Part("vector", "energy_vector_j", "vector unit"),
    Part("offchip", "energy_offchip_j", "off-chip"),
    Part("static", "energy_static_j", "static"),
)

LAYER_COLUMNS = (
    Column("name", "", "layer"),
    Column("op", "", "operator kind"),
    Column("kernel", "", "kernel that runs the layer; fused layers share one"),
    Column("macs", "MAC", "multiply-accumulates"),
    Column("vector_ops", "op", "lane and special-function operations outside matrix products"),
    Column("cycles", "cycle", "time in clock cycles", "sum of array_active_cycles to overhead_cycles"),
    Column("compute_cycles", "cycle", "time if every memory were infinitely fast"),
    Column("stall_cycles", "cycle", "time that faster memories would save", "cycles - compute_cycles"),
    Column("array_active_cycles", "cycle", "the array takes new operands"),
    Column("weight_shift_cycles", "cycle", "the stationary operand shifts into the array and nothing else happens"),
    Column("fill_drain_cycles", "cycle", "operands skew in or results drain out while the array takes nothing new"),
    Column("weight_stall_cycles", "cycle", "the array waits for filters from off-chip memory"),
    Column("input_stall_cycles", "cycle", "the array waits for ifmaps from off-chip memory"),
    Column("output_stall_cycles", "cycle", "the array waits until ofmaps or partial sums have left or come back"),
    Column("buffer_stall_cycles", "cycle", "the array waits for an on-chip buffer port"),
    Column("vector_cycles", "cycle", "vector work not hidden behind the array"),
    Column("overhead_cycles", "cycle", "kernel launch and first-access latency"),
    Column("latency_s", "s", "time", "cycles / clock_hz"),
    Column("energy_j", "J", "energy", "sum of energy_mac_j to energy_static_j"),
    Column("energy_mac_j", "J", "multipliers and adders of the array"),
    Column("energy_register_j", "J", "registers of the PEs"),
    Column("energy_buffer_j", "J", "accesses of on-chip buffers"),
    Column("energy_noc_j", "J", "wires between buffers and array"),
    Column("energy_vector_j", "J", "vector unit"),
    Column("energy_offchip_j", "J", "off-chip memories and links"),
    Column("energy_static_j", "J", "leakage or idle power over the layer's time"),
    Column("utilisation", "1", "share of the MACs that the PEs could have done", "macs / (cycles x PEs)"),
    Column("spatial_utilisation", "1", "mean share of the PEs that hold work while the array is active"),
    Column("temporal_utilisation", "1", "share of the time the array is active", "array_active_cycles / cycles"),
    Column("ifmap_sram_reads", "element", "ifmap elements read from the buffer into the array"),
    Column("filter_sram_reads", "element", "filter elements read from the buffer into the array"),
    Column("ofmap_sram_writes", "element", "results and partial sums written from the array to the buffer"),
    Column("psum_sram_reads", "element", "partial sums read back from the buffer"),
    Column("ifmap_offchip_bytes", "B", "ifmap traffic with off-chip memory"),
    Column("filter_offchip_bytes", "B", "filter traffic with off-chip memory"),
    Column("ofmap_offchip_bytes", "B", "ofmap traffic with off-chip memory"),
    Column("psum_offchip_bytes", "B", "partial sums spilled to off-chip memory and read back"),
    Column("operational_intensity_macs_per_byte", "MAC/B",
           "work a byte of off-chip traffic; NaN without such traffic",
           "macs / sum of ifmap_offchip_bytes to psum_offchip_bytes"),
    Column("bound", "", "what takes the largest share of the cycles; none where a layer takes no time"),
)

PART_COLUMNS = (  # of layers of a run on several parts, beside LAYER_COLUMNS
    Column("part", "", "part that runs the layer's kernel"),
    Column("job", "", "network that the layer belongs to"),
    Column("start_s", "s", "begin of the layer's kernel"),
    Column("end_s", "s", "end of the layer's kernel"),
)

RESULT_COLUMNS = (
    Column("hwsim_version", "", "version that computed the result"),
    Column("accelerator", "", "name of the accelerator"),
    Column("workload", "", "name of the workload"),
    Column("batch", "1", "inputs processed together; in the frame of ``compare`` only"),
    Column("fidelity", "", "analytic (closed forms), event (tiles and queues) or cycle (register-level stepper)"),
    Column("cycles", "cycle", "time from the first to the last action"),
    Column("latency_s", "s", "time of the whole job", "cycles / clock_hz"),
    Column("energy_j", "J", "energy of the whole job", "sum of energy_breakdown_j"),
    Column("area_mm2", "mm2", "die area, published or sum of the modelled parts"),
    Column("macs", "MAC", "multiply-accumulates of the whole job"),
    Column("utilisation", "1", "share of the MACs that the PEs could have done", "macs / (cycles x PEs)"),
    Column("spatial_utilisation", "1", "mean share of the PEs that hold work while the array is active"),
    Column("temporal_utilisation", "1", "share of the time the array is active"),
    Column("traffic_bytes", "B", "bytes read and written, by buffer and memory: {name: {read, write}}"),
    Column("energy_breakdown_j", "J", "energy by component: " + ", ".join(part.key for part in ENERGY_PARTS)),
    Column("area_breakdown_mm2", "mm2", "area by modelled component"),
    Column("stall_breakdown_cycles", "cycle", "time by cause: " + ", ".join(part.key for part in CYCLE_PARTS)),
    Column("metrics.fps", "1/s", "inputs (images) finished a second, batch after batch", "batch / latency_s"),
    Column("metrics.tops", "TOP/s", "achieved rate, two operations a MAC", "2 x macs / latency_s / 1e12"),
    Column("metrics.power_w", "W", "mean power", "energy_j / latency_s"),
    Column("metrics.tops_per_w", "TOP/J", "operations a joule", "2 x macs / energy_j / 1e12"),
    Column("metrics.edp_j_s", "J s", "energy-delay product", "energy_j x latency_s"),
    Column("metrics.assignment_gap", "1", "several parts only: how far at most the objective is above the best assignment's"),
    Column("metrics.bound_latency_s", "s", "several parts only: no assignment of kernels to parts takes less time"),
    Column("metrics.bound_energy_j", "J", "several parts only: no assignment, within the limit if any, takes less energy"),
    Column("notes", "", "what the reader must know: known gaps, operators counted as vector work"),
    Column("layers", "", "one row a layer, with the per-layer columns"),
    Column("resources", "", "event runs only: by resource, seconds that nothing else hides (analytic_s, event_s) and busy_s"),
    Column("jobs", "", "event runs only: name, arrival_s, priority and end_s of every job"),
    Column("provenance", "", "versions and content hashes: hwsim_version, template_hash, workload_hash, ..."),
)


def columns() -> pd.DataFrame:
    """Return every column of a result: table (``layers`` or ``totals``), name, unit, meaning, formula.

    ``columns().to_string()`` is the whole of it as text; pandas cuts long cells when it prints a frame.
    """
    import pandas as pd

    rows = [(table, c.name, c.unit, c.meaning, c.formula)
            for table, entries in (("layers", (*LAYER_COLUMNS, *PART_COLUMNS)), ("totals", RESULT_COLUMNS)) for c in entries]
    return pd.DataFrame(rows, columns=["table", "name", "unit", "meaning", "formula"])


def sum_parts(layers: pd.DataFrame, parts: Sequence[Part]) -> NDArray[np.float64]:
    """Return the correctly rounded sum (``math.fsum``) of ``parts`` for every row.

    This is the one rule by which ``cycles`` and ``energy_j`` follow from their parts, whatever the order of addition.
    """
    import numpy as np

    rows = zip(*(layers[part.column].tolist() for part in parts), strict=True)
    return np.array([math.fsum(row) for row in rows], dtype=np.float64)
