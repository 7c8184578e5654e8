"""Does this network fit this microcontroller: activations in SRAM, constants in flash.

Kernels run one after another, whole, or in stages of patches (the first kernels, MCUNetV2) or of token rows (MCUFormer).
The search is exact for the stages it may choose from: the peak of a run is that of its worst stage, so the least possible
peak and then the least extra work within the room there is are shortest paths over the kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hwsim.errors import ConfigError, Fault
from hwsim.memory.tiers.kernels import InPlace
from hwsim.memory.tiers.lifetimes import Lifetimes
from hwsim.memory.tiers.packing import pack
from hwsim.memory.tiers.patches import Border, patch_stage
from hwsim.memory.tiers.rows import row_stage
from hwsim.memory.tiers.stage import Stage
from hwsim.memory.tiers.symbol import SymbolTable
from hwsim.registry import Registry
from hwsim.workload.fusion import Fusion
from hwsim.workload.load import load_workload
from hwsim.workload.network import Network

if TYPE_CHECKING:
    import pandas as pd

LONGEST_ROW_STAGE = 8  # kernels; attention is 4, an MLP 3
KIB = 1024


@dataclass(frozen=True, slots=True)
class Microcontroller:
    """SRAM for activations and flash for constants, all of it usable (no stack, no code)."""

    name: str
    sram_bytes: int
    flash_bytes: int


MICROCONTROLLERS: Registry[Microcontroller] = Registry("microcontroller")
# Lin et al., "MCUNetV2", NeurIPS 2021, arXiv 2110.15352, section 4 (kB and MB are binary there)
for _name, _sram_kib, _flash_kib in (("stm32f412", 256, 1024), ("stm32f746", 320, 1024), ("stm32h743", 512, 2048)):
    MICROCONTROLLERS.register(_name)(Microcontroller(_name, _sram_kib * KIB, _flash_kib * KIB))


@dataclass(frozen=True, slots=True)
class Execution:
    """A way to run a network and the memory it takes.

    Attributes
    ----------
    network : name.
    stages : cover the kernels in order.
    table : activations and scratch over the steps.
    peak_bytes : most bytes in use at a step; ``packed_bytes`` is what the addresses that were found need.
    layerwise_peak_bytes : the same network, every kernel whole.
    macs, extra_macs : executed, and how many of them repeat work of a neighbouring patch.
    weight_bytes, weight_read_bytes : constants, and how many bytes of them are read over the run.
    """

    network: str
    stages: tuple[Stage, ...]
    table: SymbolTable
    peak_bytes: int
    packed_bytes: int
    layerwise_peak_bytes: int
    macs: int
    extra_macs: int
    weight_bytes: int
    weight_read_bytes: int

    @property
    def overhead(self) -> float:
        """Extra MACs as a share of the network's own."""
        return self.extra_macs / (self.macs - self.extra_macs) if self.macs > self.extra_macs else 0.0

    @property
    def peak_step(self) -> str:
        """Kernel that needs the most."""
        return self.table.steps[int(self.table.live_bytes().argmax())]

    def fits(self, device: Microcontroller | str) -> bool:
        """Return whether the packed activations fit the SRAM and the constants the flash."""
        return min(self.spare_bytes(device)) >= 0

    def spare_bytes(self, device: Microcontroller | str) -> tuple[int, int]:
        """Return the bytes of SRAM and of flash that are left; below zero, those that are missing."""
        device = _device(device)
        return device.sram_bytes - self.packed_bytes, device.flash_bytes - self.weight_bytes

    def verdict(self, device: Microcontroller | str) -> str:
        """Return one line a memory: fits or not, and by how much."""
        device = _device(device)
        rooms = zip(("SRAM", "flash"), (device.sram_bytes, device.flash_bytes), self.spare_bytes(device), strict=True)
        return "\n".join(
            f"{what}: {(room - spare) / KIB:.1f} KiB of {room / KIB:g} KiB, "
            f"{'fits' if spare >= 0 else 'does not fit'} by {abs(spare) / KIB:.1f} KiB" for what, room, spare in rooms)

    def report(self) -> str:
        """Return a text table: a row a step, with its stage and the bytes in use."""
        live = self.table.live_bytes()
        rows = [("step", "run", "KiB")]
        for stage in self.stages:
            how = {"whole": "", "patches": f"{stage.tiles[0]}x{stage.tiles[1]} patches", "rows": f"{stage.count} row blocks"}
            rows += [(self.table.steps[s], how[stage.how], f"{live[s] / KIB:.1f}") for s in range(stage.first, stage.last + 1)]
        wide = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = [f"{a:{wide[0]}}  {b:{wide[1]}}  {c:>{wide[2]}}".rstrip() for a, b, c in rows]
        return "\n".join([
            *lines, f"peak {self.peak_bytes / KIB:.1f} KiB at {self.peak_step} (every kernel whole: "
            f"{self.layerwise_peak_bytes / KIB:.1f} KiB), addresses need {self.packed_bytes / KIB:.1f} KiB",
            f"extra MACs {self.overhead:.1%}, constants {self.weight_bytes / KIB:.1f} KiB, "
            f"read {self.weight_read_bytes / KIB:.1f} KiB"])

    def frame(self) -> pd.DataFrame:
        """Return a row a step: step, stage, how, tiles, live_bytes."""
        import pandas as pd

        live = self.table.live_bytes()
        return pd.DataFrame([
            {"step": self.table.steps[s], "stage": number, "how": stage.how, "tiles": stage.count, "live_bytes": int(live[s])}
            for number, stage in enumerate(self.stages) for s in range(stage.first, stage.last + 1)])


def _device(device: Microcontroller | str) -> Microcontroller:
    return MICROCONTROLLERS[device] if isinstance(device, str) else device


def execute_in(
    network: Network | str, sram_bytes: int | None = None, *, bits: int = 8, in_place: InPlace = "depthwise",
    fusion: Fusion = "epilogue", grids: Sequence[tuple[int, int]] = ((2, 2), (3, 3), (4, 4)),
    row_blocks: Sequence[int] = (1, 4, 16, 64), border: Border = "clipped", streamed_input: bool = True,
) -> Execution:
    """Return the execution with the least extra work within ``sram_bytes``, or else the one with the least peak.

    Parameters
    ----------
    network : a network, or what ``load_workload`` reads.
    sram_bytes : room for activations; None: none is enough, find the least peak.
    bits : width of tensors that do not fix their own.
    in_place : as in ``Lifetimes``.
    grids : patches down and across that the first kernels may be cut into; () for none.
    row_blocks : tokens at a time that token-wise kernels may be run in; () for none.
    border : how patches at the border are counted (``patches.regions``).
    streamed_input : the input is decoded or captured patch by patch and never whole in SRAM.

    Notes
    -----
    Extra work is extra MACs first, then constants read again, then tiles. Assumes that accumulators, im2col buffers and
    code need no SRAM (measured figures are larger, MCUNetV2 section 4) and that biases are as wide as weights.
    """
    given: object = sram_bytes  # callers without a type checker give anything
    if given is not None and not isinstance(given, (int, float, np.number)):
        raise ConfigError(Fault("not a number of bytes", path="sram_bytes", value=repr(given), allowed="> 0"))
    if sram_bytes is not None and sram_bytes <= 0:
        raise ConfigError(Fault("out of range", path="sram_bytes", value=repr(sram_bytes), allowed="> 0"))
    if isinstance(network, str):
        network = load_workload(network)
    life = Lifetimes.of(network, activation_bits=bits, weight_bits=bits, fusion=fusion, in_place=in_place)
    whole = life.whole()
    choices = [*whole, *_patch_stages(life, grids, border, streamed_input), *_row_stages(life, row_blocks)]
    peaks = [life.peak_bytes([stage]) for stage in choices]
    least = _shortest(choices, [(float(peak),) for peak in peaks], max)[1]
    limit = max(least, float(sram_bytes or 0))
    best: Execution | None = None
    while True:
        costs = [_extra(life, stage) if peak <= limit else None for stage, peak in zip(choices, peaks, strict=True)]
        found = _execution(life, _shortest(choices, costs, lambda a, b: a + b)[0])
        if best is None or found.packed_bytes < best.packed_bytes:
            best = found
        if limit <= least or found.packed_bytes <= (sram_bytes or 0):
            return best
        limit = max(least, float(found.peak_bytes - 1))  # live bytes fit, their addresses do not


def _execution(life: Lifetimes, stages: list[Stage]) -> Execution:
    table = life.table(stages, weights=False)
    whole = life.whole()
    macs = sum(stage.macs for stage in stages)
    constants = dict.fromkeys(name for kernel in life.kernels for name in kernel.weights)
    return Execution(
        life.network.name, tuple(stages), table, table.peak_bytes(), pack(table.symbols).peak_bytes, life.peak_bytes(whole),
        macs, macs - sum(stage.macs for stage in whole), sum(life.bytes_of(name) for name in constants),
        sum(stage.weight_read_bytes for stage in stages))


def _patch_stages(life: Lifetimes, grids: Sequence[tuple[int, int]], border: Border, streamed: bool) -> list[Stage]:
    found = [patch_stage(life, last, grid, border=border, streamed=streamed)
             for last in range(len(life.kernels)) for grid in grids]
    return [stage for stage in found if stage is not None]


def _row_stages(life: Lifetimes, row_blocks: Sequence[int]) -> list[Stage]:
    found = []
    for first in range(len(life.kernels)):
        for last in range(first, min(first + LONGEST_ROW_STAGE, len(life.kernels))):
            found += [row_stage(life, first, last, rows) for rows in row_blocks]
    return [stage for stage in found if stage is not None]


def _extra(life: Lifetimes, stage: Stage) -> tuple[float, ...]:
    """Return what a stage adds to its kernels run whole: MACs, bytes of constants read, tiles.

    Patches leave out rows that no stride reaches, which is no reason to prefer them: never less than nothing.
    """
    steps = range(stage.first, stage.last + 1)
    return (max(0.0, float(stage.macs - sum(life.macs(s) for s in steps))),
            float(stage.weight_read_bytes - sum(life.weight_bytes(s) for s in steps)), float(stage.count - 1))


def _shortest(
    choices: Sequence[Stage], costs: Sequence[tuple[float, ...] | None], join: Callable[[float, float], float],
) -> tuple[list[Stage], float]:
    """Return the stages that cover all kernels at the least joined cost (None: not allowed), and that cost's first part."""
    kernels = 1 + max(stage.last for stage in choices)
    best: dict[int, tuple[float, ...]] = {0: ()}
    came: dict[int, Stage] = {}
    for stage, cost in sorted(zip(choices, costs, strict=True), key=lambda pair: pair[0].first):
        if stage.first not in best or cost is None:
            continue
        before = best[stage.first] or (0.0,) * len(cost)
        total = tuple(join(a, b) for a, b in zip(before, cost, strict=True))
        after = stage.last + 1
        if after not in best or total < best[after]:
            best[after], came[after] = total, stage
    stages: list[Stage] = []
    end = kernels
    while end:
        stages.insert(0, came[end])
        end = came[end].first
    return stages, best[kernels][0]
