"""From a description and design points to the parameter rows of the compiled systolic cost function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import OPERANDS, Operand
from hwsim.dataflow.columns import PARAMETER, PARAMETER_COLUMNS
from hwsim.dataflow.systolic import DATAFLOWS
from hwsim.errors import ConfigError, Fault
from hwsim.machines.overrides import PointReader, read
from hwsim.technology import arithmetic, interconnect, leakage, sram
from hwsim.technology.offchip import offchip_energy_j_per_byte

if TYPE_CHECKING:
    from hwsim.arch.description import Accelerator

Floats = NDArray[np.float64]

ROOTS = ("clock_hz", "technology", "array", "buffers", "memories", "vector_unit", "noc")
UNLIMITED = 1e30
MOVED: tuple[Operand, ...] = ("ifmap", "filter", "ofmap")
_ALONE = 0.75  # share that keeps activations in a buffer no filters or partial sums stream through


def missing_sections(accelerator: Accelerator) -> list[Fault]:
    """Return a fault for every section or operand home a systolic machine cannot do without."""
    faults = [
        Fault("a systolic accelerator needs this section", path=name)
        for name in ("clock_hz", "array", "vector_unit") if getattr(accelerator, name) is None
    ]
    stationary = accelerator.array is not None and accelerator.array.dataflow != "os"
    for operand in OPERANDS:
        if accelerator.buffer_of(operand) is None and (operand != "psum" or stationary):
            faults.append(Fault(f"no buffer holds the {operand}", path="buffers"))
        if accelerator.memory_of(operand) is None and operand != "psum":
            faults.append(Fault(f"no memory is home to the {operand}", path="memories"))
    return faults


def capacity_shares(accelerator: Accelerator) -> dict[str, tuple[str, float]]:
    """Return, for ``ifmap``, ``filter``, ``psum`` and ``resident``, the buffer and the share of it they may use.

    A buffer for both ifmap and ofmap keeps activations between kernels in three quarters of it (half where filters or
    partial sums live there too); what is left, or the whole of another buffer, is split evenly between the operands that
    stream through it. A double-buffered operand uses half of its share.
    """
    shares: dict[str, tuple[str, float]] = {}
    for name, buffer in accelerator.buffers.items():
        streams = [o for o in ("ifmap", "filter", "psum") if o in buffer.holds]
        room = 1.0
        if "ifmap" in buffer.holds and "ofmap" in buffer.holds:
            kept = _ALONE if streams == ["ifmap"] else 0.5
            shares["resident"] = (name, kept)
            room -= kept
        for operand in streams:
            shares[operand] = (name, room / len(streams) * (0.5 if buffer.double_buffered else 1.0))
    return shares


class ParameterRows:
    """Parameter rows of some points, written column by column; what does not vary is written once for all."""

    def __init__(self) -> None:
        self._row = np.empty(len(PARAMETER_COLUMNS))
        self._varying: dict[int, Floats] = {}

    def __setitem__(self, name: str, column: Floats | float) -> None:
        values = np.asarray(column, np.float64)
        if values.size == 1:
            self._row[PARAMETER[name]] = values.item()
        else:
            self._varying[PARAMETER[name]] = values

    def values(self, count: int) -> Floats:
        """Return (count, len(PARAMETER_COLUMNS))."""
        table = np.empty((count, self._row.size))
        table[:] = self._row
        for index, column in self._varying.items():
            table[:, index] = column
        return table


class SystolicParameters:
    """Fills parameter rows and areas for slices of points."""

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator = accelerator
        self.shares = capacity_shares(accelerator)
        self.memories = list(accelerator.memories)

    def matrix(self, value: PointReader) -> Floats:
        """Return (points, len(PARAMETER_COLUMNS)) for the points behind ``value``."""
        rows = ParameterRows()
        rows["dataflow"] = value("array.dataflow", DATAFLOWS)
        rows["scalesim"] = value("array.convention", {"physical": 0, "scalesim": 1})
        rows["accumulator_bytes"] = value("array.accumulator_bits") / 8
        for name, path in (
            ("rows", "array.rows"), ("cols", "array.cols"), ("pipelined", "array.pipelined_folds"),
            ("whole_tile", "array.whole_tile_fetch"), ("a_bits", "array.activation_bits"), ("b_bits", "array.weight_bits"),
            ("clock_hz", "clock_hz"), ("lanes", "vector_unit.lanes"), ("special_rate", "vector_unit.special_per_cycle"),
            ("vector_latency", "vector_unit.latency_cycles"),
        ):
            rows[name] = value(path)
        self._capacities(value, rows)
        self._memories(value, rows)
        self._ports(value, rows)
        self._energies(value, rows)
        return rows.values(value.count)

    def _capacities(self, value: PointReader, rows: ParameterRows) -> None:
        for operand in ("ifmap", "filter", "psum"):
            name, share = self.shares.get(operand, ("", 0.0))
            if not name and (value("array.dataflow", DATAFLOWS) != DATAFLOWS["os"]).any():
                raise ConfigError(Fault(f"no buffer holds the {operand}", path="buffers"))
            rows[f"{operand}_capacity"] = value(f"buffers.{name}.capacity_bytes") * share if name else UNLIMITED
        name, share = self.shares["filter"]
        fifo = self.accelerator.buffers[name].fifo
        rows["filter_reuse"] = 0.0 if fifo else value(f"buffers.{name}.capacity_bytes") * share
        name, share = self.shares.get("resident", ("", 0.0))
        whole = value(f"buffers.{name}.capacity_bytes") if name else np.zeros(1)
        rows["resident_capacity"] = whole * share
        # with nothing else in the buffer, a network that fits needs no room for streaming
        rows["unified_capacity"] = whole * (1.0 if share == _ALONE else share)

    def _memories(self, value: PointReader, rows: ParameterRows) -> None:
        clock = value("clock_hz")
        for operand in MOVED:
            memory = str(self.accelerator.memory_of(operand))
            path = f"memories.{memory}"
            rows[f"{operand}_memory"] = float(self.memories.index(memory))
            rows[f"{operand}_rate"] = clock / (value(f"{path}.bandwidth_bytes_per_s") * value(f"{path}.efficiency"))
            rows[f"{operand}_latency"] = value(f"{path}.latency_s") * clock
            rows[f"{operand}_offchip_j"] = self.offchip_j_per_byte(memory, value)
            if operand != "filter":
                rows[f"{operand}_streamed"] = value(f"{path}.streamed")

    def _ports(self, value: PointReader, rows: ParameterRows) -> None:
        """Port rates; a port that is not given is as wide as the array edge it feeds."""
        edge = {
            "ifmap": value("array.rows") * value("array.activation_bits") / 8,
            "filter": value("array.cols") * value("array.weight_bits") / 8,
            "ofmap": value("array.cols") * value("array.accumulator_bits") / 8,
        }
        for operand in MOVED:
            field = "write_bytes_per_cycle" if operand == "ofmap" else "read_bytes_per_cycle"
            given = self._described(f"buffers.{self.accelerator.buffer_of(operand)}.{field}", value)
            rows[f"{operand}_port"] = 1.0 / (edge[operand] if given is None else given)

    def _described(self, path: str, value: PointReader) -> Floats | None:
        """Return an optional number, or None where neither description nor points give it."""
        given = path in value.points.overrides or read(self.accelerator, path) is not None
        return value(path) if given else None

    def _energies(self, value: PointReader, rows: ParameterRows) -> None:
        node, lane = value("technology.node_nm"), value("vector_unit.bits")
        bits_a, bits_b, bits_p = (value(f"array.{n}_bits") for n in ("activation", "weight", "accumulator"))
        scale = value("technology.onchip_energy_scale")
        rows["mac_j"] = scale * arithmetic.mac_energy_j(bits_b, bits_a, bits_p, node)
        rows["register_j"] = scale * arithmetic.register_energy_j_per_bit(node)
        rows["vector_j"] = scale * arithmetic.vector_op_energy_j(lane, node)
        rows["special_j"] = scale * arithmetic.special_op_energy_j(lane, node)
        rows["noc_j"] = 0.0
        if self.accelerator.noc is not None:
            hop_j = interconnect.noc_hop_energy_j_per_byte(node, value("noc.hop_mm"))
            rows["noc_j"] = scale * value("noc.hops") * hop_j
        for operand in OPERANDS:
            name = self.accelerator.buffer_of(operand)
            for action in ("read", "write"):  # without a buffer (os sums) nothing moves
                rows[f"{operand}_{action}_j"] = 0.0 if name is None else scale * self.buffer_j_per_byte(name, action, value)
        rows["static_w"] = scale * self.static_w(value)

    def buffer_j_per_byte(self, name: str, action: str, value: PointReader) -> Floats:
        """Return the energy of a byte read from or written to a buffer."""
        path = f"buffers.{name}"
        given = self._described(f"{path}.{action}_j_per_byte", value)
        if given is not None:
            return given
        access = sram.sram_read_energy_j if action == "read" else sram.sram_write_energy_j
        word, node = value(f"{path}.word_bits"), value("technology.node_nm")
        return np.asarray(access(value(f"{path}.capacity_bytes"), word, node, value(f"{path}.banks")) / (word / 8))

    def offchip_j_per_byte(self, name: str, value: PointReader) -> Floats:
        """Return the energy of a byte moved to or from an off-chip memory."""
        given = self._described(f"memories.{name}.j_per_byte", value)
        if given is not None:
            return given
        return np.array([offchip_energy_j_per_byte(self.accelerator.memories[name].type)])

    def areas_mm2(self, value: PointReader) -> dict[str, Floats]:
        """Return the area of every modelled component."""
        node = value("technology.node_nm")
        bits_b, bits_a, bits_p = (value(f"array.{name}_bits") for name in ("weight", "activation", "accumulator"))
        pe = arithmetic.pe_area_mm2(bits_b, bits_a, bits_p, node)
        lane = value("vector_unit.bits")
        lane_mm2 = arithmetic.pe_area_mm2(lane, lane, lane, node)
        areas = {
            "array": np.asarray(value("array.rows") * value("array.cols") * pe),
            "vector_unit": np.asarray(value("vector_unit.lanes") * lane_mm2),
        }
        for name in self.accelerator.buffers:
            path = f"buffers.{name}"
            areas[name] = np.asarray(sram.sram_area_mm2(
                value(f"{path}.capacity_bytes"), value(f"{path}.word_bits"), node, value(f"{path}.banks")))
        if self.accelerator.noc is not None:
            width = value("array.rows") * value("array.activation_bits")
            areas["noc"] = np.asarray(interconnect.noc_area_mm2(value("noc.hops"), width, node))
        return areas

    def static_w(self, value: PointReader) -> Floats:
        """Return idle power: as described, or leakage of SRAM and logic."""
        given = self._described("technology.idle_w", value)
        if given is not None:
            return given
        node = value("technology.node_nm")
        areas = self.areas_mm2(value)
        total = leakage.logic_leakage_w_per_mm2(node) * (areas["array"] + areas["vector_unit"])
        for name in self.accelerator.buffers:
            path = f"buffers.{name}"
            total = total + sram.sram_leakage_w(
                value(f"{path}.capacity_bytes"), value(f"{path}.word_bits"), node, value(f"{path}.banks"))
        return np.asarray(total)


def feasible(parameters: Floats) -> NDArray[np.bool_]:
    """Return, a point, whether its buffers hold what one fold needs.

    ws, is: a stationary tile of rows x cols, and one row of partial sums; os: one word an edge PE.
    """
    def column(name: str) -> Floats:
        values: Floats = parameters[:, PARAMETER[name]]
        return values

    dataflow, pes = column("dataflow"), column("rows") * column("cols")
    tile = np.where(dataflow == DATAFLOWS["is"], pes * column("a_bits"), pes * column("b_bits")) / 8
    tile = np.where(dataflow == DATAFLOWS["os"], column("cols") * column("b_bits") / 8, tile)
    home = np.where(dataflow == DATAFLOWS["is"], column("ifmap_capacity"), column("filter_capacity"))
    sums = np.where(dataflow == DATAFLOWS["os"], 0.0, column("cols") * column("accumulator_bytes"))
    return np.asarray((tile <= home) & (sums <= column("psum_capacity")))


def infeasible_faults(accelerator: Accelerator, parameters: Floats) -> list[Fault]:
    """Return what does not fit on the one point in ``parameters``, with the numbers."""
    row = parameters[0]

    def number(name: str) -> float:
        return float(row[PARAMETER[name]])

    dataflow = number("dataflow")
    operand: Operand = "ifmap" if dataflow == DATAFLOWS["is"] else "filter"
    tile = number("rows") * number("cols") * number("a_bits" if operand == "ifmap" else "b_bits") / 8
    faults = []
    if dataflow != DATAFLOWS["os"] and tile > number(f"{operand}_capacity"):
        faults.append(Fault(
            f"one stationary tile of {number('rows'):.0f} x {number('cols'):.0f} is {tile:.0f} bytes, but only "
            f"{number(f'{operand}_capacity'):.0f} bytes are there for it", path=f"buffers.{accelerator.buffer_of(operand)}"))
    row_bytes = number("cols") * number("accumulator_bytes")
    if dataflow != DATAFLOWS["os"] and row_bytes > number("psum_capacity"):
        faults.append(Fault(
            f"one row of partial sums is {row_bytes:.0f} bytes, but only {number('psum_capacity'):.0f} bytes are there "
            "for it", path=f"buffers.{accelerator.buffer_of('psum')}"))
    if not faults:
        faults.append(Fault(f"one word for each of {number('cols'):.0f} columns does not fit",
                            path=f"buffers.{accelerator.buffer_of('filter')}"))
    return faults
