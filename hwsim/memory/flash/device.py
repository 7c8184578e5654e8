"""NAND flash as a description: organisation, times, channel, on-die ECC, compute core, energies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.memory import limits
from hwsim.memory.limits import Within

Cell = Literal["slc", "mlc", "tlc", "qlc"]
PlaneMode = Literal["single", "multi", "independent"]
BITS_PER_CELL = {"slc": 1, "mlc": 2, "tlc": 3, "qlc": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashCompute:
    """A compute core beside the page registers of a die: multiplies a page of weights with a slice of a vector.

    Attributes
    ----------
    ops_per_s : of one core; 1 MAC = 2 operations.
    buffer_bytes : input and output buffers of one core together.
    cores_per_die : each works on pages of its own; planes that compute in turn share a core.
    j_per_op : energy of one operation, buffers included.
    """

    ops_per_s: Annotated[float, Within(1.0, 1e15, "ops_per_s")]
    buffer_bytes: Annotated[int, Within(1, 2**30, "bytes")]
    cores_per_die: Annotated[int, Within(1, 64)] = 1
    j_per_op: Annotated[float, Within(0.0, 1e-6, "j")]

    def __post_init__(self) -> None:
        if faults := limits.check_made(self):
            raise ConfigError(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class NandFlash:
    """All the flash behind one controller.

    Attributes
    ----------
    name, source : of the description.
    assumed : fields (``compute.j_per_op``: of a part) whose value no source gives.
    cell : bits a cell as a name; ``qlc`` may be described, no preset has it (no published timing at hand).
    channels, chips_per_channel, dies_per_chip, planes_per_die, blocks_per_plane, pages_per_block, page_bytes : organisation;
        the product is the capacity. ``spare_bytes`` of each page come on top.
    read_s, program_s, erase_s : tR, tPROG, tBERS. One time for all pages, or one a page type (mlc: LSB, MSB; tlc: LSB, CSB,
        MSB).
    channel_mt_s, channel_bits : transfers per second in millions, and width, of a channel.
    command_s : time a channel is taken by command and address of a request (or of a slice of one).
    cache_read : the next page is sensed while this one is transferred; without it a page waits in its only register.
    cache_program : the next page comes in while this one is programmed.
    plane_mode : ``single`` one plane of a die works at a time; ``multi`` all planes of a die take one command together;
        ``independent`` each plane takes its own.
    multi_plane_read_s, multi_plane_program_s : time of such a command over all planes; None: as one plane.
    ecc_s : on-die decoding of a page, after tR and before the first byte leaves. Assumes one decoder a plane that keeps the
        plane busy.
    ecc_bytes : check bytes of a page; they fill the spare bytes first and then cost capacity.
    compute : compute core in each die, or None.
    read_j_per_page, program_j_per_page, erase_j_per_block, channel_j_per_byte : energies.
    standby_w : of a die.

    Raises
    ------
    ConfigError
        With every fault of the fields and of how they fit together.

    Notes
    -----
    Assumes that spare bytes stay in the die.
    """

    name: str
    source: str
    assumed: tuple[str, ...] = ()
    cell: Cell
    channels: Annotated[int, Within(1, 4096)]
    chips_per_channel: Annotated[int, Within(1, 1024)]
    dies_per_chip: Annotated[int, Within(1, 64)]
    planes_per_die: Annotated[int, Within(1, 64)]
    blocks_per_plane: Annotated[int, Within(1, 2**24)]
    pages_per_block: Annotated[int, Within(1, 2**16)]
    page_bytes: Annotated[int, Within(256, 2**20, "bytes")]
    spare_bytes: Annotated[int, Within(0, 2**20, "bytes")] = 0
    read_s: Annotated[tuple[float, ...], Within(1e-9, 1.0, "s")]
    program_s: Annotated[tuple[float, ...], Within(1e-9, 1.0, "s")]
    erase_s: Annotated[float, Within(0.0, 10.0, "s")]
    channel_mt_s: Annotated[float, Within(1.0, 1e5)]
    channel_bits: Annotated[int, Within(1, 64)] = 8
    command_s: Annotated[float, Within(0.0, 1e-3, "s")] = 0.0
    cache_read: bool = False
    cache_program: bool = False
    plane_mode: PlaneMode = "single"
    multi_plane_read_s: Annotated[float | None, Within(1e-9, 1.0, "s")] = None
    multi_plane_program_s: Annotated[float | None, Within(1e-9, 1.0, "s")] = None
    ecc_s: Annotated[float, Within(0.0, 1e-2, "s")] = 0.0
    ecc_bytes: Annotated[int, Within(0, 2**20, "bytes")] = 0
    compute: FlashCompute | None = None
    read_j_per_page: Annotated[float, Within(0.0, 1.0, "j")]
    program_j_per_page: Annotated[float, Within(0.0, 1.0, "j")]
    erase_j_per_block: Annotated[float, Within(0.0, 10.0, "j")]
    channel_j_per_byte: Annotated[float, Within(0.0, 1e-6, "j_per_byte")]
    standby_w: Annotated[float, Within(0.0, 10.0, "w")] = 0.0

    def __post_init__(self) -> None:
        if faults := faults_of({name: getattr(self, name) for name in limits.rules(NandFlash)}):
            raise ConfigError(faults)

    @property
    def dies(self) -> int:
        """Dies of all channels."""
        return self.channels * self.chips_per_channel * self.dies_per_chip

    @property
    def planes(self) -> int:
        """Planes of all channels."""
        return self.dies * self.planes_per_die

    @property
    def pages(self) -> int:
        """Pages of all channels."""
        return self.planes * self.blocks_per_plane * self.pages_per_block

    @property
    def capacity_bytes(self) -> int:
        """Bytes for data: all pages, less the check bytes that the spare bytes do not hold."""
        return self.pages * (self.page_bytes - max(0, self.ecc_bytes - self.spare_bytes))

    @property
    def channel_bytes_per_s(self) -> float:
        """Peak of one channel."""
        return self.channel_mt_s * 1e6 * self.channel_bits / 8

    @property
    def units_per_channel(self) -> int:
        """Parts of a channel that each take a command of their own: planes if they are independent, else dies."""
        dies = self.chips_per_channel * self.dies_per_chip
        return dies * (self.planes_per_die if self.plane_mode == "independent" else 1)

    @property
    def pages_per_command(self) -> int:
        """Pages that a command of a stream reads or programs."""
        return self.planes_per_die if self.plane_mode == "multi" else 1


def faults_of(values: Mapping[str, Any]) -> list[Fault]:
    """Return the faults of the fields of a ``NandFlash``, one by one and together; absent ones are not looked at."""
    faults = limits.check(NandFlash, values)
    wrong = {fault.path.split(".")[0] for fault in faults}
    return [*faults, *_together({name: value for name, value in values.items() if name not in wrong})]


def _together(right: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of fields that are right one by one and do not fit together."""
    cell, mode = right.get("cell"), right.get("plane_mode")
    for name in ("read_s", "program_s"):
        times, together_s = right.get(name), right.get(f"multi_plane_{name}")
        if cell and times and len(times) not in (1, BITS_PER_CELL[cell]):
            yield Fault("neither one time nor one a page type", path=name, value=f"{len(times)} times",
                        allowed=f"{cell}: 1 or {BITS_PER_CELL[cell]}")
        if together_s is not None and mode not in (None, "multi"):
            yield Fault("only of use with plane_mode multi", path=f"multi_plane_{name}", value=f"{together_s:g}")
        elif together_s is not None and times and together_s < min(times):
            yield Fault("shorter than that of one plane", path=f"multi_plane_{name}", value=f"{together_s:g}",
                        allowed=f"at least {min(times):g} s")
    if {"ecc_bytes", "page_bytes", "spare_bytes"} <= right.keys():
        room = right["page_bytes"] + right["spare_bytes"]
        if right["ecc_bytes"] >= room:
            yield Fault("check bytes leave no room for data", path="ecc_bytes", value=repr(right["ecc_bytes"]),
                        allowed=f"less than the {room} bytes of a page and its spare")
    known = limits.rules(NandFlash)
    for index, name in enumerate(right.get("assumed", ())):
        if name.split(".")[0] not in known:
            yield Fault("no such field", path=f"assumed.{index}", value=repr(name), nearest=nearest(name, known))
