"""Any unrolling and any loop order: every kernel runs under the best mapping that is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import ClassVar

from hwsim.arch.description import Accelerator, Operand
from hwsim.dataflow.fusion.stage import StageSearch
from hwsim.dataflow.loopnest.columns import (
    BYPASS,
    DELIVERED,
    DRAINS,
    EXPOSED_CYCLES,
    FILLS,
    FINAL,
    LEVEL_CYCLES,
    OFMAP,
    OPERANDS,
    READS,
    UPDATES,
)
from hwsim.dataflow.loopnest.evaluate import NestCost
from hwsim.dataflow.mapper.kept import kept_of_process
from hwsim.dataflow.mapper.map_problem import Mapped, map_problem
from hwsim.dataflow.mapper.objective import Objective
from hwsim.errors import ConfigError, Fault, nearest, shortened
from hwsim.machines.spatial.by_hand import ByHand, by_hand
from hwsim.machines.spatial.dataflow import ArrayCost, ArrayDataflow, Kernel, array_dataflow
from hwsim.machines.spatial.levels import feeding_levels, map_space
from hwsim.machines.spatial.residency import Residency


@array_dataflow
class FreeDataflow(ArrayDataflow):
    """The mapper's choice within ``unroll_x``, ``unroll_y``, capacities and ports, best in ``objective``."""

    name: ClassVar[str] = "free"

    def __init__(self, accelerator: Accelerator) -> None:
        super().__init__(accelerator)
        array = accelerator.pe_array
        assert array is not None
        self.space, self.feeds, self.residency = map_space(accelerator), feeding_levels(accelerator), Residency(accelerator)
        self.by_name: Mapping[str, ByHand] = by_hand(array.mappings, self.space) if array.mappings is not None else {}
        self.objective: str | Objective = array.objective
        self.strategy, self.seed = "pruned", 0

    def searching(self, objective: str | Objective | None, strategy: str, seed: int) -> FreeDataflow:
        """Return this dataflow with another search; ``objective`` None: the description's."""
        other = copy(self)
        other.objective, other.strategy, other.seed = objective or self.objective, strategy, seed
        if strategy == "exhaustive":  # which knows mappings alone whose operands share boundaries
            other.space = replace(self.space, uneven=False)
        return other

    def map(self, kernel: Kernel) -> Mapped:
        """Return the mapping of a kernel: the one fixed by hand, else the best one found."""
        fixed = self.by_name.get(kernel.problem.name)
        if fixed is not None:
            return fixed.mapped(kernel.problem, self.space)
        if self.residency.share:
            return self._beside_what_stays(kernel)
        return map_problem(kernel.problem, self.space, self.objective, self.strategy, self.seed, kept_of_process())

    def _beside_what_stays(self, kernel: Kernel) -> Mapped:
        """Return the best mapping of a kernel in what the activations that stay leave of their buffer.

        Where its ofmap should stay but its partial sums need more room than there is, it goes off chip and comes back.
        """
        aim, buffer = Objective.of(self.objective), self.space.levels.names.index(self.residency.buffer)
        taken = [0.0] * len(self.space.levels.names)
        taken[buffer] = 8 * self.residency.room_bytes
        search = StageSearch(self.space, aim, strategy=self.strategy, kept=kept_of_process(), seed=self.seed)
        search.meet(kernel.problem, (aim,))
        filters, ifmap, ofmap = (buffer if stays and row[buffer] else 0
                                 for stays, row in zip(kernel.stays, self.space.holds, strict=True))
        for home in dict.fromkeys(((filters, ifmap, ofmap), (filters, ifmap, 0))):
            if (found := search.least(kernel.problem, home, tuple(taken), aim)) is not None:
                return found
        raise ConfigError(Fault(f"beside the activations that stay, {search.failed[-1]}", path="pe_array.residency",
                                value=f"{self.residency.share:g}"))

    def cost(self, kernel: Kernel) -> ArrayCost:
        """See ArrayDataflow."""
        found = self.map(kernel)
        return replace(self.of_nest(kernel, found.cost), mapped=found)

    def notes(self, layers: Sequence[str]) -> list[str]:
        """See ArrayDataflow: mappings for layers that are not there."""
        gone = [name for name in self.by_name if name not in layers]
        near = [f"{name!r} (nearest: {like!r})" if (like := nearest(name, layers)) else repr(name) for name in gone]
        return [f"mappings for layers that the workload does not have: {shortened(near, 'see their files')}"] if gone else []

    def of_nest(self, kernel: Kernel, found: NestCost) -> ArrayCost:
        """Return a mapping's cost in bytes and causes.

        Padding is not fetched: off-chip reads of the ifmap shrink by the share of it in the windows. Assumes that share in
        every tile. A bus of the NoC that is slower than everything else makes the array wait; the search has seen it only
        where a buffer holds filters or ifmaps alone (``level_table``).
        """
        names, words = found.levels.names, found.counts
        path = found.levels.datapath
        bits = dict(zip(OPERANDS, (path.filter_bits, path.ifmap_bits, path.psum_bits), strict=True))
        windows = kernel.problem.words()[1] / (kernel.problem.size("N") * kernel.problem.size("G") * kernel.problem.size("C"))
        real = min(1.0, kernel.in_w * kernel.in_h / windows)
        moved: dict[tuple[str, Operand], tuple[float, float]] = {}
        for o, operand in enumerate(OPERANDS):
            stored: Operand = "psum" if operand == "ofmap" else operand  # type: ignore[assignment]
            for m in range(1, len(names)):
                read = (words[o, m, READS] + words[o, m, DRAINS]) * bits[operand] / 8
                written = (words[o, m, FILLS] + words[o, m, UPDATES]) * bits[operand] / 8
                if read or written:
                    moved[names[m], stored] = (float(read), float(written))
        results = kernel.problem.words()[2]
        if found.nest.position[OFMAP][0] == BYPASS:  # they stay on chip
            results = 0
        spilled = float(words[2, 0, UPDATES] - results + words[2, 0, READS])
        latency, compute = found["latency_cycles"], found["compute_cycles"]
        bus = self.bus_cycles(found)
        latency += max(0.0, bus - found["overlapped_cycles"])
        onchip = max([compute + self._exposed(found), bus, *(float(c) for c in found.level_cost[1:, LEVEL_CYCLES])])
        gated = self.accelerator.pe_array is not None and self.accelerator.pe_array.zero_gating
        return ArrayCost(
            active_cycles=compute, filter_cycles=0.0, fill_drain_cycles=0.0, buffer_cycles=min(onchip, latency) - compute,
            utilisation=found["utilisation"], mac_share=kernel.ifmap_density if gated else 1.0,
            offchip_bytes={"filter": words[0, 0, READS] * path.filter_bits / 8, "ifmap": words[1, 0, READS] * real
                           * path.ifmap_bits / 8, "ofmap": results * path.ofmap_bits / 8, "psum": spilled * path.psum_bits / 8},
            moved_bytes=moved, wait_cycles=max(0.0, latency - min(onchip, latency)),
            noc_bytes=float(sum(found.held[o, m, DELIVERED] * bits[op] / 8
                                for o, (m, op) in enumerate(zip(self.feeds, OPERANDS, strict=True)))),
            adds=self._adds(found), mapping=found.nest.text(names))

    def _exposed(self, found: NestCost) -> float:
        """Return the cycles in which single-buffered levels are filled from and emptied into other levels on the chip."""
        total = 0.0
        for m in range(1, len(found.levels.names)):
            above = [row[:m] for row in found.nest.position if row[m] != BYPASS]
            if all(any(at != BYPASS for at in row[1:]) for row in above):
                total += float(found.level_cost[m, EXPOSED_CYCLES])
        return total

    def _adds(self, found: NestCost) -> float:
        """Return the words that pads give less those that arrive: sums on the way; without pads the MACs' own adders do it."""
        at = self.feeds[OFMAP]
        pads = [m for m in range(at + 1, len(found.levels.names)) if found.nest.position[OFMAP][m] != BYPASS]
        return float(found.counts[OFMAP, pads[0], DRAINS] - found.counts[OFMAP, at, UPDATES]) if pads else 0.0

    def bus_cycles(self, found: NestCost) -> float:
        """Return the cycles of the busiest bus between buffers and PEs; 0 where none has a width.

        A word that several PEs take crosses its bus once, and so does the sum of what several give.
        """
        path, (filters, ifmaps, ofmaps) = found.levels.datapath, self.feeds
        final = found.held[OFMAP, ofmaps, FINAL]
        out = final * path.ofmap_bits + (found.counts[OFMAP, ofmaps, UPDATES] - final) * path.psum_bits
        bits = {"filter": found.counts[0, filters, READS] * path.filter_bits,
                "ifmap": found.counts[1, ifmaps, READS] * path.ifmap_bits,
                "psum": max(out, found.counts[OFMAP, ofmaps, READS] * path.psum_bits)}
        rates = {operand: getattr(self.accelerator.noc, f"{operand}_bytes_per_cycle", None) for operand in bits}
        return max(float(moved) / (8 * rate) if (rate := rates[operand]) else 0.0 for operand, moved in bits.items())
