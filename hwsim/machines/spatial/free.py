"""Any unrolling and any loop order: every kernel runs under the best mapping that is found."""

from __future__ import annotations

from typing import ClassVar

from hwsim.arch.description import Accelerator, Operand
from hwsim.dataflow.loopnest.columns import DELIVERED, DRAINS, FILLS, LEVEL_CYCLES, OPERANDS, READS, UPDATES
from hwsim.dataflow.loopnest.evaluate import NestCost
from hwsim.dataflow.mapper.map_problem import Mapped, map_problem
from hwsim.machines.spatial.dataflow import ArrayCost, ArrayDataflow, Kernel, array_dataflow
from hwsim.machines.spatial.levels import map_space


@array_dataflow
class FreeDataflow(ArrayDataflow):
    """The mapper's choice within ``unroll_x``, ``unroll_y``, capacities and ports, best in ``objective``."""

    name: ClassVar[str] = "free"

    def __init__(self, accelerator: Accelerator) -> None:
        super().__init__(accelerator)
        self.space = map_space(accelerator)

    def map(self, kernel: Kernel) -> Mapped:
        """Return the best mapping of a kernel."""
        assert self.accelerator.pe_array is not None
        return map_problem(kernel.problem, self.space, objective=self.accelerator.pe_array.objective)

    def cost(self, kernel: Kernel) -> ArrayCost:
        """See ArrayDataflow."""
        return self.of_nest(kernel, self.map(kernel).cost)

    def of_nest(self, kernel: Kernel, found: NestCost) -> ArrayCost:
        """Return a mapping's cost in bytes and causes.

        Padding is not fetched: off-chip reads of the ifmap shrink by the share of it in the windows. Assumes that share in
        every tile.
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
        spilled = float(words[2, 0, UPDATES] - results + words[2, 0, READS])
        latency, compute = found["latency_cycles"], found["compute_cycles"]
        onchip = max([compute, *(float(c) for c in found.level_cost[1:, LEVEL_CYCLES])])
        gated = self.accelerator.pe_array is not None and self.accelerator.pe_array.zero_gating
        feeds = len(self.accelerator.buffers)
        return ArrayCost(
            active_cycles=compute, filter_cycles=0.0, fill_drain_cycles=0.0, buffer_cycles=min(onchip, latency) - compute,
            utilisation=found["utilisation"], mac_share=kernel.ifmap_density if gated else 1.0,
            offchip_bytes={"filter": words[0, 0, READS] * path.filter_bits / 8, "ifmap": words[1, 0, READS] * real
                           * path.ifmap_bits / 8, "ofmap": results * path.ofmap_bits / 8, "psum": spilled * path.psum_bits / 8},
            moved_bytes=moved, wait_cycles=max(0.0, latency - min(onchip, latency)),
            noc_bytes=float(sum(found.held[o, feeds, DELIVERED] * bits[op] / 8 for o, op in enumerate(OPERANDS))),
            mapping=found.nest.text(names))
