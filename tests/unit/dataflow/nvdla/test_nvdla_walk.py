"""Plain walks: every atomic operation of a layer; every fill of the CBUF. The closed forms agree exactly."""

import random
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.nvdla.analysis import analyse
from hwsim.dataflow.nvdla.convolution_core import ConvolutionCore
from hwsim.errors import UnsupportedError

CORES = (
    ConvolutionCore(4, 2, 4, 64, memory_atom_bytes=4, strided="native"),
    ConvolutionCore(8, 4, 8, 64, memory_atom_bytes=4, strided="native"),
    ConvolutionCore(8, 3, 5, 96, memory_atom_bytes=8, bits=16, strided="native"),
    ConvolutionCore(4, 4, 16, 128, memory_atom_bytes=2, strided="native"),
)


@dataclass(frozen=True)
class Case:
    problem: Problem
    core: ConvolutionCore
    in_w: int
    in_h: int
    first: bool

    def cost(self):
        return analyse(self.problem, self.core, self.in_w, self.in_h, self.first)


def _input(size, outputs, stride, taps, dilation, padding):
    """Size of an input with which ``outputs`` windows need ``padding`` pixels."""
    return max(1, (outputs - 1) * stride + (taps - 1) * dilation + 1 - padding + size)


def random_case(seed: int) -> Case:
    rng = random.Random(seed)
    groups = rng.choice([1, 1, 1, 2, 5, 12])
    dims = {"N": rng.choice([1, 1, 2]), "G": groups, "K": rng.randint(1, 9 if groups == 1 else 2),
            "C": rng.randint(1, 9 if groups == 1 else 2), "P": rng.randint(1, 9), "Q": rng.randint(1, 9),
            "R": rng.randint(1, 3), "S": rng.randint(1, 5)}
    stride = rng.randint(1, 3), rng.randint(1, 3)
    dilation = rng.choice([(1, 1), (1, 1), (2, 2)])
    in_w = _input(0, dims["P"], stride[0], dims["R"], dilation[0], rng.randint(0, 2))
    in_h = _input(rng.choice([0, 1]), dims["Q"], stride[1], dims["S"], dilation[1], rng.randint(0, 4))
    if rng.random() < 0.15:  # a plain product
        dims, stride, dilation = {"P": rng.randint(1, 40), "K": dims["K"], "C": dims["C"]}, (1, 1), (1, 1)
        in_w, in_h = dims["P"], 1
    return Case(Problem.of(f"case {seed}", stride, dilation, **dims), rng.choice(CORES), in_w, in_h, rng.random() < 0.2)


def run_together(case: Case) -> int:
    """Groups that run together: as many as an atomic operation holds, evenly."""
    _, groups, kernels, channels, *_ = case.problem.dims
    fit = [n for n in range(1, groups + 1) if n * channels <= case.core.atomic_c and n * kernels <= case.core.atomic_k]
    layers = -(-groups // max([1, *fit]))
    return -(-groups // layers)


def cut(items: list, longest: int) -> list[list]:
    """Cut into as few runs of at most ``longest`` as there can be, evenly."""
    count = -(-len(items) // longest)
    ends = [len(items) * i // count for i in range(count + 1)]
    return [items[a:b] for a, b in pairwise(ends)]


def walk_operations(case: Case, strip_rows: int, group_kernels: int) -> tuple[dict[str, int], set]:
    """Walk hardware layers, strips, kernel groups, stripes, blocks and atoms; collect every multiplication of the layer."""
    images, groups, kernels, channels, out_w, out_h, taps_w, taps_h = case.problem.dims
    core, together = case.core, run_together(case)
    longest = 2 * core.atomic_k
    counted = dict.fromkeys(("cycles", "data_reads", "weight_reads", "stripes", "sums"), 0)
    done = set()
    turned = case.in_h == 1
    for n in range(images):
        for first_group in range(0, groups, together):
            members = [(g, i) for g in range(first_group, first_group + together) for i in range(channels)]
            filters = [(g, i) for g in range(first_group, first_group + together) for i in range(kernels)]
            rows = range(out_w if turned else out_h)
            for top in range(0, len(rows), strip_rows):
                pixels = [(p, q) if not turned else (q, p) for q in rows[top : top + strip_rows]
                          for p in range(out_h if turned else out_w)]
                for k in range(0, len(filters), group_kernels):
                    for stripe in cut(pixels, longest):
                        for c in range(0, len(members), core.atomic_c):
                            for s in range(taps_h):
                                for r in range(taps_w):
                                    cells = filters[k : k + group_kernels]
                                    counted["stripes"] += 1
                                    counted["weight_reads"] += len(cells)
                                    for p, q in stripe:
                                        counted["cycles"] += 1
                                        counted["data_reads"] += 1
                                        counted["sums"] += len(cells)
                                        done.update((n, g, m, i, p, q, r, s) for g, m in cells
                                                    for h, i in members[c : c + core.atomic_c] if g == h and g < groups)
                                    counted["cycles"] += max(0, min(group_kernels, longest) - len(stripe))
    return counted, done


@pytest.mark.parametrize("seed", range(120))
def test_every_atomic_operation(seed):
    case = replace(random_case(seed), first=False)
    if best_fills(case) is None:
        case = replace(case, core=replace(case.core, cbuf_banks=64))
    cost = case.cost()
    counted, done = walk_operations(case, cost.use.strip_rows, cost.use.group_kernels)
    assert len(done) == case.problem.macs  # every multiplication, once
    operations = cost.operations
    assert counted == {"cycles": cost.mac_cycles, "data_reads": cost.cbuf_data_reads, "weight_reads": cost.cbuf_weight_reads,
                       "stripes": operations.stripe_operations, "sums": operations.accumulator_updates}
    assert cost.spatial_utilisation == pytest.approx(len(done) / (counted["data_reads"] * case.core.macs))


@dataclass
class Cbuf:
    """Fills, counted; full is an error. Weights and lines are in whole banks of their own."""

    core: ConvolutionCore
    data_banks: int
    held_entries: int = 0
    ifmap_bytes: int = 0
    filter_bytes: int = 0
    data_writes: int = 0
    weight_writes: int = 0

    def entries(self, size_bytes: int) -> int:
        return -(-size_bytes // self.core.entry_bytes)

    def take_line(self, line_bytes: int) -> bool:
        self.held_entries += self.entries(line_bytes)
        self.data_writes += self.entries(line_bytes)
        self.ifmap_bytes += line_bytes
        return self.held_entries * self.core.entry_bytes <= self.data_banks * self.core.cbuf_bank_bytes

    def take_weights(self, weight_bytes: int) -> None:
        self.weight_writes += self.entries(weight_bytes)
        self.filter_bytes += weight_bytes

    @property
    def fetched_bytes(self) -> int:
        return self.ifmap_bytes + self.filter_bytes


def walk_fills(case: Case, data_banks: int, held_kernels: int, rows: int) -> Cbuf | None:
    """Fetch strip by strip and line by line, weights where they are not there; None where something does not fit."""
    core, problem = case.core, case.problem
    images, groups, kernels, channels, out_w, out_h, taps_w, taps_h = problem.dims
    together = run_together(case)
    channels, kernels = channels * together, kernels * together
    in_w, in_h, stride, dilation = case.in_w, case.in_h, problem.stride[1], problem.dilation[1]
    kernel_bytes = channels * taps_w * taps_h * core.element_bytes
    pixels = case.first and channels <= 4 and groups == 1 and problem.dilation == (1, 1)
    if in_h == 1 and not pixels:
        in_w, in_h, out_h, taps_h, stride, dilation = 1, in_w, out_w, taps_w, problem.stride[0], problem.dilation[0]
    weight_room = (core.cbuf_banks - data_banks) * core.cbuf_bank_bytes
    if held_kernels * kernel_bytes > weight_room:
        return None
    pixel_bytes = channels * core.element_bytes
    while not pixels and pixel_bytes % core.memory_atom_bytes:
        pixel_bytes += 1
    span = max(stride, (taps_h - 1) * dilation + 1)  # lines that windows leave out are fetched with the line above
    padding = max(0, (out_h - 1) * stride + span - in_h)
    cbuf = Cbuf(core, data_banks)
    for _ in range(0, groups, together):
        fetched = False
        for _ in range(images):
            for top in range(0, out_h, rows):
                touched = {q * stride + line - padding // 2 for q in range(top, min(out_h, top + rows)) for line in range(span)}
                cbuf.held_entries = 0
                for _ in touched & set(range(in_h)):
                    if not cbuf.take_line(pixel_bytes * in_w):
                        return None
                if not (fetched and kernels * kernel_bytes <= weight_room):
                    cbuf.take_weights(kernels * kernel_bytes)
                fetched = True
    return cbuf


def best_fills(case: Case) -> Cbuf | None:
    """Least bytes over all banks and strips with two kernel groups in the CBUF, else with one, else with the most kernels."""
    kernels = case.problem.size("K") * run_together(case)
    group = min(kernels, case.core.atomic_k)
    lines = case.problem.size("P" if case.in_h == 1 else "Q")
    for held in dict.fromkeys([min(2 * group, kernels), *range(group, 0, -1)]):
        ways = [way for banks in range(1, case.core.cbuf_banks) for rows in range(1, max(lines, case.problem.size("Q")) + 1)
                if (way := walk_fills(case, banks, held, rows))]
        if ways:
            return min(ways, key=lambda cbuf: cbuf.fetched_bytes)
    return None


@pytest.mark.parametrize("seed", range(200, 400))
def test_every_fill(seed):
    case = random_case(seed)
    expected = best_fills(case)
    if expected is None:
        with pytest.raises(UnsupportedError, match="need more than the"):
            case.cost()
        return
    cost = case.cost()
    assert cost.ifmap_bytes + cost.filter_bytes == expected.fetched_bytes
    cbuf = walk_fills(case, cost.use.data_banks, cost.use.group_kernels, cost.use.strip_rows)
    assert (cbuf.ifmap_bytes, cbuf.filter_bytes) == (cost.ifmap_bytes, cost.filter_bytes)
    assert (cbuf.data_writes, cbuf.weight_writes) == (cost.cbuf_data_writes, cost.cbuf_weight_writes)


def test_the_walks_meet_every_way():
    modes = set()
    for seed in range(200, 400):
        case = random_case(seed)
        if best_fills(case):
            modes.add(case.cost().use.mode)
    assert modes == {"full input, full weights", "full input, partial weights", "split input, full weights",
                     "split input, partial weights"}
