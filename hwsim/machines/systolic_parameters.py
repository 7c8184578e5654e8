"""From a description and design points to the parameter rows of the compiled systolic cost function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsim.arch.description import Operand
from hwsim.dataflow.columns import PARAMETER, PARAMETER_COLUMNS
from hwsim.dataflow.systolic import DATAFLOWS
from hwsim.errors import ConfigError, Fault
from hwsim.machines.overrides import PointReader
from hwsim.technology import arithmetic, interconnect, leakage, sram
from hwsim.technology.offchip import offchip_energy_j_per_byte

if TYPE_CHECKING:
    from hwsim.arch.description import Accelerator

Floats = NDArray[np.float64]

ROOTS = ("clock_hz", "technology", "array", "buffers", "memories", "vector_unit", "noc")
UNLIMITED = 1e30


def missing_sections(accelerator: Accelerator) -> list[Fault]:
    """Return a fault for every section or operand home a systolic machine cannot do without."""
    faults = [
        Fault("a systolic accelerator needs this section", path=name)
        for name in ("clock_hz", "array", "vector_unit") if getattr(accelerator, name) is None
    ]
    stationary = accelerator.array is not None and accelerator.array.dataflow != "os"
    for operand in ("ifmap", "filter", "ofmap", "psum"):
        if accelerator.buffer_of(operand) is None and not (operand == "psum" and not stationary):
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
            kept = 0.75 if streams == ["ifmap"] else 0.5
            shares["resident"] = (name, kept)
            room -= kept
        for operand in streams:
            shares[operand] = (name, room / len(streams) * (0.5 if buffer.double_buffered else 1.0))
    return shares


class SystolicParameters:
    """Fills parameter rows and areas for slices of points."""

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator = accelerator
        self.shares = capacity_shares(accelerator)
        self.memories = list(accelerator.memories)

    def matrix(self, value: PointReader, count: int) -> Floats:
        """Return (count, len(PARAMETER_COLUMNS)) for the points behind ``value``."""
        table = np.empty((count, len(PARAMETER_COLUMNS)))

        def put(**columns: Floats | float) -> None:
            for name, column in columns.items():
                table[:, PARAMETER[name]] = column

        clock = value("clock_hz")
        put(
            rows=value("array.rows"), cols=value("array.cols"), dataflow=value("array.dataflow", DATAFLOWS),
            pipelined=value("array.pipelined_folds"), whole_tile=value("array.whole_tile_fetch"),
            scalesim=value("array.convention", {"physical": 0, "scalesim": 1}), a_bits=value("array.activation_bits"),
            b_bits=value("array.weight_bits"), accumulator_bytes=value("array.accumulator_bits") / 8, clock_hz=clock,
            lanes=value("vector_unit.lanes"), special_rate=value("vector_unit.special_per_cycle"),
            vector_latency=value("vector_unit.latency_cycles"),
        )
        for operand in ("ifmap", "filter", "psum"):
            name, share = self.shares.get(operand, ("", 0.0))
            put(**{f"{operand}_capacity": value(f"buffers.{name}.capacity_bytes") * share if name else UNLIMITED})
        name, share = self.shares.get("resident", ("", 0.0))
        whole = value(f"buffers.{name}.capacity_bytes") if name else np.zeros(1)
        alone = 1.0 if share == 0.75 else share
        put(resident_capacity=whole * share, unified_capacity=whole * alone)
        for short in ("ifmap", "filter", "ofmap"):
            memory = self.accelerator.memory_of(short)  # type: ignore[arg-type]
            path = f"memories.{memory}"
            put(**{
                f"{short}_memory": float(self.memories.index(str(memory))),
                f"{short}_rate": clock / (value(f"{path}.bandwidth_bytes_per_s") * value(f"{path}.efficiency")),
                f"{short}_latency": value(f"{path}.latency_s") * clock,
                **({} if short == "filter" else {f"{short}_streamed": value(f"{path}.streamed")}),
                f"{short}_offchip_j": self.offchip_j_per_byte(str(memory), value),
            })
        self._ports(value, put)
        self._energies(value, put)
        put(static_w=self.static_w(value))
        return table

    def _ports(self, value: PointReader, put) -> None:  # type: ignore[no-untyped-def]
        """Port rates; a port that is not given is as wide as the array edge it feeds."""
        edge = {
            "ifmap": value("array.rows") * value("array.activation_bits") / 8,
            "filter": value("array.cols") * value("array.weight_bits") / 8,
            "ofmap": value("array.cols") * value("array.accumulator_bits") / 8,
        }
        for operand, field in (("ifmap", "read"), ("filter", "read"), ("ofmap", "write")):
            path = f"buffers.{self.accelerator.buffer_of(operand)}.{field}_bytes_per_cycle"  # type: ignore[arg-type]
            given = path in value.points.overrides or self._described(path) is not None
            put(**{f"{operand}_port": 1.0 / (value(path) if given else edge[operand])})

    def _described(self, path: str) -> float | None:
        _, buffer, field = path.split(".")
        found: float | None = getattr(self.accelerator.buffers[buffer], field)
        return found

    def _energies(self, value: PointReader, put) -> None:  # type: ignore[no-untyped-def]
        node = value("technology.node_nm")
        bits_a, bits_b, bits_p = (value(f"array.{n}_bits") for n in ("activation", "weight", "accumulator"))
        lane = value("vector_unit.bits")
        hops = (value("noc.hops"), value("noc.hop_mm")) if self.accelerator.noc else (np.zeros(1), np.ones(1))
        put(
            mac_j=arithmetic.mac_energy_j(bits_b, bits_a, bits_p, node), register_j=arithmetic.register_energy_j_per_bit(node),
            vector_j=arithmetic.vector_op_energy_j(lane, node), special_j=arithmetic.special_op_energy_j(lane, node),
            noc_j=hops[0] * interconnect.noc_hop_energy_j_per_byte(node, hops[1]),
        )
        for operand in ("ifmap", "filter", "psum", "ofmap"):
            name = self.accelerator.buffer_of(operand)  # type: ignore[arg-type]
            if name is None:  # os sums stay in the PEs
                put(**{f"{operand}_read_j": 0.0, f"{operand}_write_j": 0.0})
                continue
            put(**{f"{operand}_read_j": self.buffer_j_per_byte(name, "read", value),
                   f"{operand}_write_j": self.buffer_j_per_byte(name, "write", value)})

    def buffer_j_per_byte(self, name: str, action: str, value: PointReader) -> Floats:
        """Return the energy of a byte read from or written to a buffer."""
        path = f"buffers.{name}"
        given = f"{path}.{action}_j_per_byte"
        if given in value.points.overrides or self._described(given) is not None:
            return value(given)
        access = sram.sram_read_energy_j if action == "read" else sram.sram_write_energy_j
        word, node = value(f"{path}.word_bits"), value("technology.node_nm")
        return np.asarray(access(value(f"{path}.capacity_bytes"), word, node, value(f"{path}.banks")) / (word / 8))

    def offchip_j_per_byte(self, name: str, value: PointReader) -> Floats:
        """Return the energy of a byte moved to or from an off-chip memory."""
        path = f"memories.{name}.j_per_byte"
        if path in value.points.overrides or self.accelerator.memories[name].j_per_byte is not None:
            return value(path)
        try:
            return np.array([offchip_energy_j_per_byte(self.accelerator.memories[name].type)])
        except ConfigError as error:
            raise ConfigError([Fault(f.message, path=f"memories.{name}.type", value=f.value, allowed=f.allowed, nearest=f.nearest)
                               for f in error.faults]) from None

    def areas_mm2(self, value: PointReader) -> dict[str, Floats]:
        """Return the area of every modelled component."""
        node = value("technology.node_nm")
        pe = arithmetic.pe_area_mm2(value("array.weight_bits"), value("array.activation_bits"), value("array.accumulator_bits"), node)
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
        if "technology.idle_w" in value.points.overrides or self.accelerator.technology.idle_w is not None:
            return value("technology.idle_w")
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

    assert accelerator.array is not None
    operand: Operand = "ifmap" if accelerator.array.dataflow == "is" else "filter"
    tile = number("rows") * number("cols") * number("a_bits" if operand == "ifmap" else "b_bits") / 8
    faults = []
    if accelerator.array.dataflow != "os" and tile > number(f"{operand}_capacity"):
        faults.append(Fault(
            f"one stationary tile of {number('rows'):.0f} x {number('cols'):.0f} is {tile:.0f} bytes, but only "
            f"{number(f'{operand}_capacity'):.0f} bytes are there for it", path=f"buffers.{accelerator.buffer_of(operand)}"))
    row_bytes = number("cols") * number("accumulator_bytes")
    if accelerator.array.dataflow != "os" and row_bytes > number("psum_capacity"):
        faults.append(Fault(
            f"one row of partial sums is {row_bytes:.0f} bytes, but only {number('psum_capacity'):.0f} bytes are there for it",
            path=f"buffers.{accelerator.buffer_of('psum')}"))
    if not faults:
        faults.append(Fault(f"one row of {number('cols'):.0f} filters does not fit", path=f"buffers.{accelerator.buffer_of('filter')}"))
    return faults
