"""Row stationary against a walk over its passes, word by word, and against the rule applied to every legal mapping."""

import random
from itertools import product
from math import ceil

import pytest

from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.row_stationary.analysis import RsData, analyse
from hwsim.dataflow.row_stationary.candidates import legal_mappings
from hwsim.dataflow.row_stationary.choice import choose_mapping
from hwsim.dataflow.row_stationary.machine import RowStationary
from hwsim.dataflow.row_stationary.mapping import RsMapping, active_pes
from hwsim.dataflow.row_stationary.passes import pass_cycles
from hwsim.dataflow.row_stationary.rlc import compressed_share, stored_share
from hwsim.dataflow.row_stationary.shape import RsShape
from hwsim.errors import ConfigError, UnsupportedError

SMALL = RowStationary(rows=6, columns=4, ifmap_spad_words=6, filter_spad_words=24, psum_spad_words=4, glb_banks=8,
                      glb_bank_bytes=128)
CASES = [
    (RsShape("3x3", 2, 1, 8, 5, 3, 3, 5, 5), RsMapping(4, 1, 2, 2, 2, 2, 2)),
    (RsShape("ragged", 3, 2, 7, 5, 3, 2, 5, 6, (1, 2)), RsMapping(4, 1, 3, 2, 1, 2, 1)),
    (RsShape("stride", 2, 1, 6, 3, 2, 2, 4, 4, (2, 2)), RsMapping(6, 2, 4, 3, 2, 1, 2)),
    (RsShape("dilated", 1, 1, 4, 2, 3, 3, 4, 4, (1, 1), (2, 2)), RsMapping(2, 1, 4, 2, 1, 2, 1)),
    (RsShape("folded set", 1, 1, 6, 4, 2, 2, 7, 7), RsMapping(3, 1, 7, 3, 2, 1, 1)),
    (RsShape("1x1", 2, 1, 12, 9, 1, 1, 3, 3), RsMapping(4, 2, 3, 2, 3, 3, 2)),
    (RsShape("fully connected", 4, 1, 10, 30, 1, 1, 1, 1), RsMapping(5, 4, 1, 1, 5, 4, 5)),
    (RsShape("depthwise", 1, 8, 1, 1, 3, 3, 6, 6), RsMapping(1, 1, 4, 1, 1, 1, 1)),
]
by_case = pytest.mark.parametrize(("shape", "mapping"), CASES, ids=[case[0].name for case in CASES])


def tiles(total, part):
    return [range(start, min(start + part, total)) for start in range(0, total, part)]


def walk(s, x):
    """Go through the passes and count the words of each; no closed form."""
    count = dict.fromkeys(("macs", "filters", "dram_ifmap", "glb_ifmap", "psums", "ifmap_spad", "filter_spad", "passes"), 0)
    for _group, batch, strip in product(range(s.G), tiles(s.N, x.n), tiles(s.E, x.e)):
        for block in tiles(s.M, x.m):
            for channels in tiles(s.C, x.q * x.r):
                rows = range(strip[0] * s.stride[0], strip[-1] * s.stride[0] + (s.R - 1) * s.dilation[0] + 1)
                columns = range((s.F - 1) * s.stride[1] + (s.S - 1) * s.dilation[1] + 1)
                ifmap = {(n, c, h, w) for n in batch for c in channels for h in rows for w in columns}
                count["dram_ifmap"] += len(ifmap)
                for filters in tiles(len(block), x.p * x.t):
                    count["passes"] += 1
                    count["glb_ifmap"] += len(ifmap)
                    count["psums"] += len({(n, m, y, z) for n in batch for m in filters for y in strip for z in range(s.F)})
                    count["filters"] += len({(m, c, r, z) for m in filters for c in channels for r in range(s.R)
                                             for z in range(s.S)})
                    for of_set in tiles(len(filters), x.p):  # the filters of each of the t sets
                        for _row, _y, _c in product(range(s.R), strip, channels):  # a PE at work on one channel
                            count["macs"] += len(batch) * len(of_set) * s.S * s.F
                            count["ifmap_spad"] += len(batch) * len(columns)
                            count["filter_spad"] += len(of_set) * s.S
    return count


@by_case
def test_counts_are_those_of_the_walk(shape, mapping):
    cost, walked = analyse(shape, SMALL, mapping=mapping), walk(shape, mapping)
    moved, events = cost.traffic, cost.accesses
    assert walked["macs"] == shape.macs == events.macs
    assert moved.dram_filter_reads == moved.filter_reads == walked["filters"]
    assert moved.dram_ifmap_reads == walked["dram_ifmap"]
    assert moved.glb_ifmap_reads == walked["glb_ifmap"]
    assert moved.glb_psum_reads == moved.glb_psum_writes == walked["psums"]
    assert events.ifmap_spad_writes == walked["ifmap_spad"]
    assert events.filter_spad_writes == walked["filter_spad"]
    assert cost.time.passes == walked["passes"]


@by_case
def test_time_is_the_sum_over_passes(shape, mapping):
    cost = analyse(shape, SMALL, mapping=mapping)
    others = shape.G * ceil(shape.N / mapping.n) * ceil(shape.C / (mapping.q * mapping.r))
    others *= ceil(shape.M / (mapping.p * mapping.t))
    cycles = 0
    for strip in tiles(shape.E, mapping.e):
        step = pass_cycles(shape, SMALL, mapping, len(strip))
        assert step.busy == max(step.compute, step.psum_bus, step.ifmap_bus, step.filters_ahead)
        cycles += others * (step.busy + step.filters_between)
    assert cost.time.cycles == cycles
    assert cost.time.compute_cycles * active_pes(shape, SMALL, mapping) >= shape.macs


def rule(shape, machine, share, even):
    """Apply the rule to every legal mapping, as its text says it."""
    runnable = []
    for x in legal_mappings(shape, machine):
        walked = walk(shape, x)
        held = x.n * x.m * x.e * shape.F + (x.n + 1) * x.q * x.r * shape.W * shape.rows(x.e)
        if (x.q * x.r == 1 or held <= machine.glb_words) and not (even and shape.C % (x.q * x.r)):
            dram, glb = walked["filters"] + share * walked["dram_ifmap"], walked["glb_ifmap"] + 2 * walked["psums"]
            runnable.append((x, shape.R * x.e * x.r * x.t, dram, glb))
    most = max(pes for _, pes, _, _ in runnable)
    busy = [entry for entry in runnable if entry[1] >= 0.9 * most]
    least = min(dram for _, _, dram, _ in busy)
    near = [entry for entry in busy if entry[2] <= 1.05 * least]
    mapping, pes, _, glb = min(near, key=lambda entry: (-entry[1], entry[3], -entry[0].t))
    return mapping, pes, 1.05 * least, glb


@pytest.mark.parametrize("even", [False, True])
@pytest.mark.parametrize("share", [1.0, 0.4])
@pytest.mark.parametrize("shape", [
    RsShape("3x3", 2, 1, 8, 5, 3, 3, 5, 5), RsShape("strips", 1, 1, 4, 3, 3, 3, 11, 11), RsShape("1x1", 1, 1, 6, 4, 1, 1, 3, 3),
    RsShape("stride", 1, 2, 4, 3, 2, 2, 4, 4, (2, 2)), RsShape("fc", 2, 1, 4, 6, 1, 1, 1, 1)], ids=lambda shape: shape.name)
def test_choice_is_the_rule_over_all_legal_mappings(shape, share, even):
    machine = RowStationary(rows=6, columns=4, ifmap_spad_words=6, filter_spad_words=18, psum_spad_words=4, glb_banks=8,
                            glb_bank_bytes=64)
    mapping, pes, most_dram, glb = rule(shape, machine, share, even)
    chosen = choose_mapping(shape, machine, share, even_channels=even)
    walked = walk(shape, chosen)
    assert (active_pes(shape, machine, chosen), chosen.t) == (pes, mapping.t)
    assert walked["glb_ifmap"] + 2 * walked["psums"] == glb
    assert walked["filters"] + share * walked["dram_ifmap"] <= most_dram


def test_filter_taller_and_wider_than_the_array_is_cut():
    # 24 x 24: two pieces of 12 rows, two of 12 columns, each as a channel more
    large = analyse(RsShape("large", 1, 1, 4, 2, 24, 24, 6, 6), RowStationary())
    cut = analyse(RsShape("cut", 1, 1, 4, 8, 12, 12, 6, 6), RowStationary(), mapping=large.mapping)
    assert large.active_pes == cut.active_pes == 12 * 6 * large.mapping.t
    assert large.time.compute_cycles == cut.time.compute_cycles
    assert large.traffic.glb_psum_reads == cut.traffic.glb_psum_reads


@pytest.mark.parametrize("zeros", [0.0, 0.2, 0.5, 0.9, 0.99, 1.0])
def test_compressed_share_is_that_of_an_encoder(zeros):
    draw = random.Random(7)
    values = [0 if draw.random() < zeros else 1 for _ in range(200_000)]
    pairs = run = 0
    for value in values:
        if value == 0 and run < 31:
            run += 1
        else:
            pairs, run = pairs + 1, 0
    assert compressed_share(zeros) == pytest.approx(pairs / 3 * 64 / (16 * len(values)), rel=0.02)


def test_a_map_is_stored_plain_where_runs_do_not_pay():
    assert stored_share(0.1) == 1.0
    assert stored_share(0.75) == pytest.approx(0.25 * 64 / 3 / 16, rel=1e-3)


def test_zero_gating_saves_energy_not_time():
    shape = CASES[0][0]
    plain, gated = analyse(shape, SMALL), analyse(shape, SMALL, RsData(ifmap_zero_fraction=0.75, zero_gating=True))
    assert gated.accesses.macs == gated.accesses.filter_spad_reads == shape.macs / 4
    assert gated.time == plain.time
    assert gated.traffic == plain.traffic


def test_compression_leaves_the_plain_words_visible():
    shape = RsShape("3x3", 2, 1, 8, 5, 3, 3, 5, 5)
    cost = analyse(shape, SMALL, RsData(0.75, 0.75, compression=True), CASES[0][1])
    plain = analyse(shape, SMALL, mapping=CASES[0][1])
    assert cost.traffic.dram_ifmap_reads == plain.traffic.dram_ifmap_reads
    maps = plain.traffic.dram_words - plain.traffic.dram_filter_reads
    assert cost.traffic.dram_words == pytest.approx(plain.traffic.dram_filter_reads + maps * stored_share(0.75))


def test_shape_of_a_problem_swaps_the_filter_s_letters():
    shape = RsShape.of(Problem.of("c", stride=(2, 1), N=1, K=8, C=3, P=10, Q=12, R=5, S=3))
    assert (shape.F, shape.E, shape.S, shape.R, shape.W, shape.rows(12)) == (10, 12, 5, 3, 23, 14)


def test_wrong_mapping_names_every_fault():
    with pytest.raises(ConfigError) as caught:
        analyse(CASES[0][0], SMALL, mapping=RsMapping(5, 2, 4, 5, 3, 3, 1))
    text = str(caught.value)
    for part in ("p: psums of a PE", "q*S: ifmaps of a PE", "p*q*S: filters of a PE", "r*t: more PE sets", "n: several ifmaps",
                 "q*r: more channels"):
        assert part in text


def test_layer_whose_row_no_buffer_holds_is_refused():
    with pytest.raises(UnsupportedError, match="exceed the GLB"):
        analyse(RsShape("wide", 1, 1, 1, 1, 3, 3, 4, 4000), SMALL)


def test_machine_names_every_fault():
    with pytest.raises(ConfigError, match="2 faults"):
        RowStationary(rows=0, clock_hz=0.0)
