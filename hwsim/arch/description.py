"""Typed, frozen description of an accelerator: what a template file may say, and nothing about how it is costed.

Every number is SI, with its unit in its name; a YAML file or an override may also give a string with a unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from hwsim.arch.dram import DEFAULT_DRAM_MAPPING, DramMapping
from hwsim.units import DIMENSIONS, parse

Operand = Literal["ifmap", "filter", "psum", "ofmap"]
OPERANDS: tuple[Operand, ...] = ("ifmap", "filter", "psum", "ofmap")
Dim = Literal["N", "G", "K", "C", "P", "Q", "R", "S"]  # batch, groups, channels out and in, output and filter width and height
SECOND_HOME = "second_home"  # type of the fault when two buffers, or two memories, hold one operand
NODES_NM = (65, 45, 28, 16, 7, 5)


def _quantity(dimension: str) -> BeforeValidator:
    assert dimension in DIMENSIONS
    return BeforeValidator(lambda value: parse(value, dimension) if isinstance(value, str) else value)


Bytes = Annotated[float, _quantity("bytes"), Field(gt=0, le=2.0**60)]
Hertz = Annotated[float, _quantity("hz"), Field(ge=1, le=1e12)]
BytesPerSecond = Annotated[float, _quantity("bytes_per_s"), Field(ge=1, le=1e18)]
BytesPerCycle = Annotated[float, _quantity("bytes_per_cycle"), Field(ge=1e-6, le=1e9)]
MacsPerSecond = Annotated[float, _quantity("macs_per_s"), Field(ge=1, le=1e21)]
OpsPerSecond = Annotated[float, _quantity("ops_per_s"), Field(gt=0, le=1e21)]
Seconds = Annotated[float, _quantity("s"), Field(ge=0, le=1e3)]
Watts = Annotated[float, _quantity("w"), Field(ge=0, le=1e6)]
JoulesPerByte = Annotated[float, _quantity("j_per_byte"), Field(ge=0, le=1.0)]
SquareMillimetres = Annotated[float, _quantity("mm2"), Field(gt=0, le=1e6)]
Bits = Annotated[int, Field(ge=1, le=64)]
Side = Annotated[int, Field(ge=1, le=65536)]


class Section(BaseModel):
    """Base of every section: frozen, unknown keys refused, no number taken from a bare string or a boolean."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class Array(Section):
    """A rows x cols array of PEs, one MAC each, fed from its left and top edges."""

    rows: Side = Field(description="PE rows (K for ws and is, M for os)")
    cols: Side = Field(description="PE columns (N for ws and os, M for is)")
    dataflow: Literal["ws", "os", "is"] = Field("ws", description="which operand stays in the PEs")
    convention: Literal["physical", "scalesim"] = Field(
        "physical", description="physical: what registers and wires do; scalesim: counts as SCALE-Sim 3 does")
    pipelined_folds: bool = Field(
        False, description="the next fold's stationary operand loads (os: results drain) behind the current fold")
    weight_bits: Bits = Field(8, description="width of a filter operand in one pass")
    activation_bits: Bits = Field(8, description="width of an ifmap operand in one pass; wider ones take more passes")
    accumulator_bits: Bits = Field(32, description="width of a partial sum")
    whole_tile_fetch: bool = Field(
        False, description="filters are stored as whole rows x cols tiles, so an edge tile costs a full one to fetch")


class Buffer(Section):
    """An on-chip SRAM."""

    capacity_bytes: Bytes
    holds: tuple[Operand, ...] = Field(
        min_length=1, strict=False, description="operands that live here; psum is the accumulator store")
    double_buffered: bool = Field(True, description="half is filled while the other half is used")
    fifo: bool = Field(False, description="a word leaves when it is read, so nothing is used twice")
    word_bits: Annotated[int, Field(ge=8, le=65536)] = Field(64, description="bits an access")
    banks: Annotated[int, Field(ge=1, le=65536)] = 1
    read_bytes_per_cycle: BytesPerCycle | None = Field(None, description="port rate; None: wide enough for the array")
    write_bytes_per_cycle: BytesPerCycle | None = Field(None, description="port rate; None: wide enough for the array")
    read_j_per_byte: JoulesPerByte | None = Field(None, description="overrides the technology model")
    write_j_per_byte: JoulesPerByte | None = Field(None, description="overrides the technology model")


def second_homes(entries: Iterable[tuple[str, Iterable[Operand]]]) -> Iterator[tuple[Operand, str, str, int]]:
    """Yield (operand, first home, second home, index in the second's list) for every operand that has two homes."""
    homes: dict[Operand, str] = {}
    for name, holds in entries:
        for index, operand in enumerate(holds):
            if operand in homes:
                yield operand, homes[operand], name, index
            homes.setdefault(operand, name)


class FixedFactor(Section):
    """Iterations of one dim's loop just inside a level (cut to what is left of the dim)."""

    level: str = Field(description="buffer or scratch pad")
    dim: Dim
    factor: Annotated[int, Field(ge=1, le=2**31)]


class FixedOrder(Section):
    """Order of the loops just inside a level, outer to inner; dims not named stay outside of them."""

    level: str = Field(description="memory, buffer or scratch pad")
    dims: tuple[Dim, ...] = Field(min_length=1, strict=False)


class PEArray(Section):
    """An x x y array of PEs whose loops unroll as its dataflow allows; each PE may have scratch pads of its own."""

    x: Side = Field(description="PEs in a row")
    y: Side = Field(description="rows of PEs")
    dataflow: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        "free", description="how layers are laid on the array: free (best mapping found), row_stationary, nvdla, ...")
    unroll_x: tuple[Dim, ...] = Field((), strict=False, description="dims that may run side by side in a row; none: any")
    unroll_y: tuple[Dim, ...] = Field((), strict=False, description="dims that may run side by side in a column; none: any")
    macs_per_pe: Side = Field(1, description="multipliers of a PE, whose products it adds up")
    unroll_pe: tuple[Dim, ...] = Field(("C",), strict=False, description="dims that may run side by side within a PE")
    weight_bits: Bits = Field(8, description="width of a filter word")
    activation_bits: Bits = Field(8, description="width of an ifmap and an ofmap word")
    accumulator_bits: Bits = Field(32, description="width of a partial sum")
    scratchpads: dict[str, Buffer] = Field(default_factory=dict, description="memories of one PE")
    objective: Literal["latency", "energy", "edp"] = Field("edp", description="what the best mapping is best in")
    mappings: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="free: file or folder of mappings to use instead of a search, from the template's folder on")
    fixed_factors: tuple[FixedFactor, ...] = Field((), strict=False, description="free: tilings that every search keeps to")
    fixed_orders: tuple[FixedOrder, ...] = Field((), strict=False, description="free: loop orders that every search keeps to")
    residency: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="free: share of the outermost buffer that keeps activations between layers; 0: all go off chip")
    zero_gating: bool = Field(False, description="a zero activation costs neither the energy of its MAC nor of its filter read")
    strided: Literal["native", "extended"] = Field(
        "native", description="nvdla: extended turns a stride s into s x s times the channels, as the vendor's estimates do")

    @field_validator("scratchpads")
    @classmethod
    def _one_home_an_operand(cls, section: dict[str, Buffer]) -> dict[str, Buffer]:
        for operand, first, second, _ in second_homes((name, entry.holds) for name, entry in section.items()):
            raise PydanticCustomError(SECOND_HOME, f"{operand} is held by both {first!r} and {second!r}")
        return section


class Memory(Section):
    """An off-chip memory or link: a bandwidth, or the DRAM device behind it for the ``event`` fidelity."""

    type: str = Field(description="technology name: ddr3, lpddr4, hbm2, gddr6x, pcie3, ...")
    holds: tuple[Operand, ...] = Field(min_length=1, strict=False, description="operands whose home this is")
    bandwidth_bytes_per_s: BytesPerSecond = Field(description="peak")
    efficiency: Annotated[float, Field(ge=1e-6, le=1)] = Field(1.0, description="sustained share of peak on long streams")
    capacity_bytes: Bytes | None = None
    latency_s: Seconds = Field(0.0, description="first byte after the request")
    streamed: bool = Field(
        True, description="transfers run behind the kernel tile by tile; false: whole tensors before and after it")
    j_per_byte: JoulesPerByte | None = Field(None, description="overrides the technology model")
    device: str | None = Field(None, description="DRAM device whose bank state the event fidelity follows: a name of 'hwsim "
                               "memory list' or a YAML file, from the template's folder on")
    channels: Annotated[int, Field(ge=1, le=1024)] = Field(1, description="channels of that device")
    mapping: DramMapping = Field(DEFAULT_DRAM_MAPPING, description="how addresses map to its banks")
    compression: Literal["none", "run_length"] = Field(
        "none", description="of activations: runs of zeros are stored as their length")


class VectorUnit(Section):
    """Lanes for everything that is not a matrix product."""

    lanes: Annotated[int, Field(ge=1, le=65536)] = Field(description="lane operations a cycle")
    special_per_cycle: Annotated[float, Field(ge=1e-6, le=65536)] = Field(description="special functions a cycle")
    bits: Bits = Field(32, description="operand width of a lane")
    latency_cycles: Annotated[int, Field(ge=0, le=100000)] = Field(0, description="pipeline depth paid once a kernel")
    fused_epilogue: bool = Field(True, description="applied to results as they leave the array")


class NetworkOnChip(Section):
    """Wires between buffers and the array."""

    hops: Annotated[float, Field(ge=0, le=1024)] = Field(1.0, description="mean hops of a byte, buffer to array edge")
    hop_mm: Annotated[float, Field(gt=0, le=100)] = Field(1.0, description="length of a hop")
    ifmap_bytes_per_cycle: BytesPerCycle | None = Field(None, description="bus from buffer to PEs; None: never waited for")
    filter_bytes_per_cycle: BytesPerCycle | None = Field(None, description="bus from buffer to PEs; None: never waited for")
    psum_bytes_per_cycle: BytesPerCycle | None = Field(None, description="bus each way; None: never waited for")


class Roofline(Section):
    """A device known only by its peaks."""

    peak_macs_per_s: dict[Bits, MacsPerSecond] = Field(min_length=1, description="operand bits -> peak MAC rate")
    vector_ops_per_s: OpsPerSecond | None = Field(None, description="rate of non-matrix arithmetic")
    launch_overhead_s: Seconds = Field(0.0, description="paid once a kernel")
    on_chip_bytes: Bytes | None = Field(None, description="last-level cache in which activations stay between kernels")


class Technology(Section):
    """Process and static power."""

    node_nm: Literal[65, 45, 28, 16, 7, 5] = Field(description="process node")
    idle_w: Watts | None = Field(None, description="static power; None: leakage from area")
    area_mm2: SquareMillimetres | None = Field(None, description="published die area; None: sum of the modelled parts")
    onchip_energy_scale: Annotated[float, Field(ge=0.01, le=100)] = Field(
        1.0, description="factor on all on-chip energy: clock tree, control and wires that cells leave out")


Stores = TypeVar("Stores", Buffer, Memory)


class Accelerator(Section):
    """A complete accelerator; ``parts`` makes one of several (GPU + cluster, NPU + flash, sub-accelerators)."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Annotated[str, Field(min_length=1, max_length=64)] = Field(description="machine model that runs it")
    description: str = ""
    source: str = Field("", description="paper or data sheet the numbers come from")
    year: Annotated[int, Field(ge=1970, le=2100)] | None = None
    known_gaps: tuple[str, ...] = Field(
        (), strict=False, description="what the real machine has and this description leaves out")
    clock_hz: Hertz | None = None
    technology: Technology
    array: Array | None = None
    pe_array: PEArray | None = None
    buffers: dict[str, Buffer] = Field(default_factory=dict)
    memories: dict[str, Memory] = Field(default_factory=dict)
    vector_unit: VectorUnit | None = None
    noc: NetworkOnChip | None = None
    roofline: Roofline | None = None
    link_bytes_per_s: BytesPerSecond | None = Field(
        None, description="of a part: rate of its link to the memories of the whole; None: as fast as they are")
    parts: dict[str, Accelerator] = Field(default_factory=dict)

    @field_validator("buffers", "memories")
    @classmethod
    def _one_home_an_operand(cls, section: dict[str, Stores]) -> dict[str, Stores]:
        for operand, first, second, _ in second_homes((name, entry.holds) for name, entry in section.items()):
            raise PydanticCustomError(SECOND_HOME, f"{operand} is held by both {first!r} and {second!r}")
        return section

    def buffer_of(self, operand: Operand) -> str | None:
        """Return the name of the buffer that holds ``operand``, or None."""
        return next((name for name, b in self.buffers.items() if operand in b.holds), None)

    def memory_of(self, operand: Operand) -> str | None:
        """Return the name of the off-chip memory that is home to ``operand``, or None."""
        return next((name for name, m in self.memories.items() if operand in m.holds), None)
