"""The row-stationary dataflow of Eyeriss on a described array."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from hwsim.arch.description import Accelerator, Buffer, Operand
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.row_stationary.analysis import RsCost, RsData, analyse
from hwsim.dataflow.row_stationary.machine import RowStationary
from hwsim.dataflow.row_stationary.shape import RsShape
from hwsim.errors import ConfigError, Fault
from hwsim.machines.spatial.dataflow import ArrayCost, ArrayDataflow, Kernel, array_dataflow

_SPADS: tuple[Operand, ...] = ("ifmap", "filter", "psum")


@array_dataflow
class RowStationaryDataflow(ArrayDataflow):
    """Rows of filters stay in the PEs, rows of ifmaps run along diagonals, rows of psums add up along columns.

    Assumes that what is left of the last row of rearranged pixels is computed like the others.
    """

    name: ClassVar[str] = "row_stationary"

    def __init__(self, accelerator: Accelerator) -> None:
        super().__init__(accelerator)
        array = accelerator.pe_array
        assert array is not None and accelerator.clock_hz is not None
        faults = [Fault(f"row stationary: no scratch pad holds the {operand}", path="pe_array.scratchpads")
                  for operand in _SPADS if self._spad(operand) is None]
        shared = {accelerator.buffer_of(operand) for operand in ("ifmap", "psum")}
        if None in shared or len(shared) != 1:
            faults.append(Fault("row stationary: one buffer holds ifmap and psum", path="buffers"))
        if array.activation_bits != array.weight_bits or array.activation_bits % 8:
            faults.append(Fault("row stationary: words of whole bytes, of one width", path="pe_array.weight_bits",
                                value=f"{array.weight_bits} and {array.activation_bits} bits"))
        if faults:
            raise ConfigError(faults)
        word = array.activation_bits // 8
        self.glb = str(accelerator.buffer_of("ifmap"))
        buffer, noc = accelerator.buffers[self.glb], accelerator.noc
        widths = {operand: getattr(noc, f"{operand}_bytes_per_cycle", None) for operand in _SPADS}
        buses = {f"{operand}_bus_words_per_cycle": int((width or 1 << 20) // word) for operand, width in widths.items()}
        self.machine = RowStationary(
            rows=array.y, columns=array.x, glb_banks=buffer.banks, glb_bank_bytes=int(buffer.capacity_bytes // buffer.banks),
            word_bytes=word, clock_hz=accelerator.clock_hz, **buses,
            **{f"{operand}_spad_words": self._words(operand, word) for operand in _SPADS})

    def _spad(self, operand: Operand) -> tuple[str, Buffer] | None:
        assert self.accelerator.pe_array is not None
        return next(((n, b) for n, b in self.accelerator.pe_array.scratchpads.items() if operand in b.holds), None)

    def _words(self, operand: Operand, word_bytes: int) -> int:
        found = self._spad(operand)
        assert found is not None
        return int(found[1].capacity_bytes // word_bytes)

    def analyse(self, kernel: Kernel) -> RsCost:
        """Return the mapping, time, traffic and accesses of a kernel."""
        array = self.accelerator.pe_array
        home = self.accelerator.memory_of("ifmap")
        assert array is not None and home is not None
        data = RsData(1 - kernel.ifmap_density, 1 - kernel.ofmap_density,
                      self.accelerator.memories[home].compression == "run_length", array.zero_gating)
        return analyse(self._shape(kernel.problem), self.machine, data)

    def _shape(self, problem: Problem) -> RsShape:
        """Return the shape of a kernel; pixels of 1x1 windows may stand anywhere, so they fill as many columns as there are."""
        n, g, k, c, p, q, r, s = problem.dims
        pixels, columns = n * p * q, self.machine.columns
        if r * s == 1 and problem.stride == (1, 1) and q < columns <= pixels:
            problem = replace(problem, dims=(1, g, k, c, -(-pixels // columns), columns, r, s))
        return RsShape.of(problem)

    def cost(self, kernel: Kernel) -> ArrayCost:
        """See ArrayDataflow."""
        found = self.analyse(kernel)
        time, moved, at, word = found.time, found.traffic, found.accesses, self.machine.word_bytes
        pes = self.machine.rows * self.machine.columns
        pads = {operand: str((self._spad(operand) or ("",))[0]) for operand in _SPADS}
        filters = self.accelerator.buffer_of("filter")
        onchip: dict[tuple[str, Operand], tuple[float, float]] = {
            (self.glb, "ifmap"): (moved.glb_ifmap_reads * word, moved.dram_ifmap_reads * word),
            (self.glb, "psum"): (moved.glb_psum_reads * word, moved.glb_psum_writes * word),
            (pads["ifmap"], "ifmap"): (at.ifmap_spad_reads * word, at.ifmap_spad_writes * word),
            (pads["filter"], "filter"): (at.filter_spad_reads * word, at.filter_spad_writes * word),
            (pads["psum"], "psum"): (at.psum_spad_reads * word, at.psum_spad_writes * word)}
        if filters is not None:
            onchip[filters, "filter"] = (moved.filter_reads * word, moved.dram_filter_reads * word)
        # the array is as full as its passes; the adder's slot for a neighbour's psum is no multiply-accumulate
        active = kernel.problem.macs / found.active_pes
        mapping = found.mapping
        return ArrayCost(
            active_cycles=min(active, float(time.compute_cycles)), filter_cycles=float(time.filter_stall_cycles),
            fill_drain_cycles=max(0.0, time.compute_cycles - active), buffer_cycles=float(time.bus_stall_cycles),
            utilisation=found.active_pes / pes, mac_share=at.macs / kernel.problem.macs,
            offchip_bytes={"ifmap": moved.dram_ifmap_share * moved.dram_ifmap_reads * word,
                           "filter": moved.dram_filter_reads * word,
                           "ofmap": moved.dram_ofmap_share * moved.dram_ofmap_writes * word},
            moved_bytes=onchip,
            noc_bytes=word * (at.ifmap_deliveries + at.filter_deliveries + at.psum_hops + at.psum_transfers),
            mapping=f"m={mapping.m} n={mapping.n} e={mapping.e} p={mapping.p} q={mapping.q} r={mapping.r} t={mapping.t}, "
                    f"{found.active_pes} PEs")
