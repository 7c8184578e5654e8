"""The cost of a matrix product against a plain account that walks loop orders and lists every tile, one after the other.

It follows the statements of the model, not its sums: a tile takes the longest of computing, its memory and its ports; loads of
a kind of tile are spread evenly over its tiles; the order with the lowest bound on its time wins, then the least traffic.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest

import hwsim
from hwsim.arch.load import load_accelerator
from hwsim.dataflow import systolic_twin
from hwsim.machines import PointTable
from hwsim.machines.simulate import build_machine


@dataclass
class Case:
    """A product of ``groups`` M x K by K x N on an array with one memory for everything."""

    m: int
    n: int
    k: int
    groups: int
    constant: bool
    bits: int
    dataflow: str
    rows: int
    cols: int
    pipelined: bool
    room_a: int  # bytes of A, B and sums that fit beside what is being loaded
    room_b: int
    room_sums: int
    bytes_per_cycle: float
    latency: int
    ports: tuple[float, float, float] | None


def pieces(total, size):
    return [min(size, total - start) for start in range(0, total, size)]


def equal_pieces(total, most):
    count = len(pieces(total, most))
    return pieces(total, -(-total // count))


def walk_stationary(chunks, panels, x_bytes, s_bytes, x_room, s_room, full_panel, chunks_outside, set_size):
    """Walk sets of panels x chunks x panels of the set (or chunks outermost); return how often x and s are fetched.

    An operand that fits is fetched once. Else a chunk of x stays while the panels of one set pass where it was cut to fit
    (``chunks_outside`` or several panels a set); a panel of s stays while the chunks pass where its set was chosen to fit.
    """
    total_t, total_s = sum(chunks), sum(panels)
    got_x = got_s = 0.0
    sets = [panels[i : i + set_size] for i in range(0, len(panels), set_size)]
    for number, group in enumerate(sets):
        for chunk_number, chunk in enumerate(chunks):
            for panel_number, panel in enumerate(group):
                first_panel_of_all = number == 0 and panel_number == 0
                x_here = panel_number > 0 or (x_bytes <= x_room and not first_panel_of_all)
                if not x_here:
                    got_x += chunk / total_t
                stays = s_bytes <= s_room or (not chunks_outside and full_panel * len(group) <= s_room)
                if chunk_number == 0 or not stays:
                    got_s += panel / total_s
    return round(got_x, 9), round(got_s, 9)


def stationary_choices(t, s, cols, depth, x_bytes, s_bytes, x_room, s_room):
    """Yield (chunks, x fetches, s fetches) of the loop orders."""
    panels = pieces(s, cols)
    full_panel = s_bytes * panels[0] / s
    chunks = equal_pieces(t, depth)
    plain = chunks, *walk_stationary(chunks, panels, x_bytes, s_bytes, x_room, s_room, full_panel, False, 1)
    if len(chunks) == 1:
        plain = plain[0], plain[1], 1.0
    yield plain
    if plain[1:] == (1.0, 1.0):
        return
    fitting = [rows for rows in range(1, chunks[0] + 1) if x_bytes * rows <= x_room * t]
    if not fitting:
        return
    small = equal_pieces(t, max(fitting))
    yield small, *walk_stationary(small, panels, x_bytes, s_bytes, x_room, s_room, full_panel, True, len(panels))
    held = int(s_room // full_panel)
    if held >= 1 and s_bytes > s_room:
        yield small, *walk_stationary(small, panels, np.inf, s_bytes, x_room, s_room, full_panel, False, held)


def output_choices(m, n, rows, cols, a_bytes, b_bytes, a_room, b_room):
    """Yield (A fetches, B fetches): as many panels of one operand as fit stay while the other passes."""
    rows_of_a, cols_of_b = pieces(m, rows), pieces(n, cols)
    panel_a, panel_b = a_bytes * rows_of_a[0] / m, b_bytes * cols_of_b[0] / n

    def fetches(held_panels, held_room, held_all, passing_panels, passing_room, passing_all, panel_held, panel_passing):
        held = len(held_panels) if held_all <= held_room else int(held_room // panel_held)
        got_passing = got_held = 0.0
        for start in range(0, len(held_panels), max(1, held)):
            group = held_panels[start : start + max(1, held)]
            for i, passing in enumerate(passing_panels):
                for j, panel in enumerate(group):
                    passing_here = (j > 0 and panel_passing <= passing_room) or (passing_all <= passing_room and start + j > 0)
                    got_passing += 0 if passing_here else passing / sum(passing_panels)
                    got_held += panel / sum(held_panels) if i == 0 or (held < 1 and held_all > held_room) else 0
        return round(got_passing, 9), round(got_held, 9)

    a, b = fetches(cols_of_b, b_room, b_bytes, rows_of_a, a_room, a_bytes, panel_b, panel_a)
    yield a, b
    if (a, b) != (1.0, 1.0):
        b, a = fetches(rows_of_a, a_room, a_bytes, cols_of_b, b_room, b_bytes, panel_a, panel_b)
        yield a, b


def tile_time(base, cycles_x, cycles_s, cycles_o, port, share_x, share_s):
    """Return the mean time of tiles of which a share fetches x and a share fetches s; one memory carries everything."""
    total = 0.0
    for (with_x, weight_x), (with_s, weight_s) in product(((1, share_x), (0, 1 - share_x)), ((1, share_s), (0, 1 - share_s))):
        total += weight_x * weight_s * max(base, with_x * cycles_x + with_s * cycles_s + cycles_o, port)
    return total


def twin(case):
    """Return (cycles before rounding up by cause, A bytes, B bytes, active cycles, credit at most)."""
    size = case.bits / 8
    passes = -(-case.bits // 8)
    a_bytes, b_bytes = case.m * case.k * size, case.k * case.n * (1 if case.constant else size)
    out_bytes = case.m * case.n * size
    if not case.constant:
        passes *= -(-case.bits // 8)
    port_a, port_b, port_o = case.ports or (case.rows, case.cols, 4 * case.cols)
    if not case.constant:
        port_b = min(port_b, port_a)

    def free(depth):
        m, n, k = case.m, case.n, case.k
        m, n, k = (m * passes if case.dataflow == "ws" else m, n * passes if case.dataflow == "is" else n,
                   k * passes if case.dataflow == "os" else k)
        return systolic_twin.stall_free_cycles(m, n, k, case.groups, case.rows, case.cols, case.dataflow,
                                               pipelined_folds=case.pipelined, accumulator_rows=depth * passes)

    if case.dataflow == "os":
        candidates = [(None, *c) for c in output_choices(
            case.m, case.n, case.rows, case.cols, a_bytes, b_bytes, case.room_a, case.room_b)]
        x_bytes, s_bytes = a_bytes, b_bytes
    else:
        ws = case.dataflow == "ws"
        t, s = (case.m, case.n) if ws else (case.n, case.m)
        # sums that one fold completes need no accumulators
        depth = t if case.k <= case.rows else max(1, case.room_sums // (4 * case.cols))
        x_bytes, s_bytes = (a_bytes, b_bytes) if ws else (b_bytes, a_bytes)
        rooms = (case.room_a, case.room_b) if ws else (case.room_b, case.room_a)
        candidates = list(stationary_choices(t, s, case.cols, depth, x_bytes, s_bytes, *rooms))

    def rank(candidate):
        chunks, fetch_x, fetch_s = candidate
        moved = fetch_x * x_bytes + fetch_s * s_bytes
        return max(free(chunks[0] if chunks else 1), case.groups * moved / case.bytes_per_cycle), moved

    chunks, fetch_x, fetch_s = min(candidates, key=rank)
    tiles = []  # (time, base, active)
    if case.dataflow == "os":
        row_pieces, col_pieces = pieces(case.m, case.rows), pieces(case.n, case.cols)
        for r, c in product(row_pieces, col_pieces):
            active = case.k * passes
            base = max(active, r + case.rows - 1) if case.pipelined else active + r + c + case.rows - 2
            share_a, share_b, share_o = r / case.m, c / case.n, r * c / (case.m * case.n)
            tiles.append((tile_time(
                base, a_bytes * share_a / case.bytes_per_cycle, b_bytes * share_b / case.bytes_per_cycle,
                out_bytes * share_o / case.bytes_per_cycle,
                max(a_bytes * share_a / port_a, b_bytes * share_b / port_b, out_bytes * share_o / port_o),
                min(1, fetch_x / len(col_pieces)), min(1, fetch_s / len(row_pieces))), base, active))
        first_a, first_b = a_bytes * row_pieces[0] / case.m, b_bytes * col_pieces[0] / case.n
        last = out_bytes * row_pieces[-1] * col_pieces[-1] / (case.m * case.n) / case.bytes_per_cycle
        depth = 1
    else:
        depth = chunks[0]
        row_pieces, col_pieces = pieces(case.k, case.rows), pieces(s, case.cols)
        port_x, port_s = (port_a, port_b) if ws else (port_b, port_a)
        # loads run ahead over all chunks where another panel fits beside the one in use, else only the fetching tiles wait
        spread = fetch_s >= len(chunks) or 2 * s_bytes * col_pieces[0] / s <= rooms[1]
        share_s, load_s = (1.0, fetch_s / len(chunks)) if spread else (fetch_s / len(chunks), 1.0)
        # a streamed operand that stays whole loads under the first columns, chunks of it ahead of their turn
        share_x, load_x = ((1.0, fetch_x / len(col_pieces)) if x_bytes > rooms[0]
                           else (min(1, fetch_x / len(col_pieces)), 1.0))
        for c, tt, r in product(col_pieces, chunks, row_pieces):
            active = tt * passes
            base = max(active, r) if case.pipelined else r + active + case.rows + c - 2
            x = x_bytes * tt / t * r / case.k
            y = s_bytes * r / case.k * c / s
            o = out_bytes * tt / t * c / s / len(row_pieces)
            tiles.append((tile_time(
                base, x * load_x / case.bytes_per_cycle, y * load_s / case.bytes_per_cycle, o / case.bytes_per_cycle,
                max(x / port_x, y / port_s, o / port_o), share_x, share_s), base, active))
        # the array starts on the first `rows` streamed rows
        first_x = x_bytes * min(chunks[0], case.rows) / t * row_pieces[0] / case.k
        first_s = s_bytes * col_pieces[0] / s * row_pieces[0] / case.k
        first_a, first_b = (first_x, first_s) if ws else (first_s, first_x)
        # the last tile's results leave while its last fold streams; at least `rows` rows of them after it
        last = out_bytes * chunks[-1] / t * col_pieces[-1] / s / case.bytes_per_cycle
        last = max(last - chunks[-1] * passes, last * min(1, case.rows / chunks[-1]))
    times, bases, actives = (case.groups * sum(column) for column in zip(*tiles, strict=True))
    total = free(depth) + times - bases
    # every tile's wait is for the next one's operands, so that the first tile's own are paid before it, but the last tile
    # waits for nothing: together no more than a tile without waits
    first_base = tiles[0][1]
    a_fill = min(first_base, first_a / case.bytes_per_cycle)
    b_fill = min(first_base - a_fill, first_b / case.bytes_per_cycle) if case.constant else 0
    # first loads and last store together: no more than the tiles that make a result, as one of those is all in sequence
    results = len(tiles) if case.dataflow == "os" else len(col_pieces) * len(chunks)
    making = bases / case.groups / results
    total += case.latency + a_fill + (case.latency + b_fill if case.constant else 0)
    total += case.latency + min(max(0, making - a_fill - b_fill), last)
    fetch_a, fetch_b = (fetch_s, fetch_x) if case.dataflow == "is" else (fetch_x, fetch_s)
    # while the last tile drains, the memory may fetch filters of a next kernel: at most that long is credited
    credit = max(0, free(depth) - bases) if case.constant else 0
    return total, case.groups * a_bytes * fetch_a, case.groups * b_bytes * fetch_b, actives, credit


def cost(case):
    """Return the first four of these numbers from the machine."""
    b = hwsim.NetworkBuilder("product", activation_bits=case.bits, weight_bits=8)
    if case.constant:
        net = b.build(b.linear(b.input("a", (case.m, case.k)), case.n, bias=False))
    else:
        net = b.build(b.matmul(b.input("a", (case.groups, case.m, case.k)), b.input("b", (case.groups, case.k, case.n))))
    overrides = {
        "array.rows": case.rows, "array.cols": case.cols, "array.pipelined_folds": case.pipelined, "clock_hz": 1e9,
        "memories.dram.bandwidth_bytes_per_s": case.bytes_per_cycle * 1e9, "memories.dram.latency_s": case.latency * 1e-9,
        "memories.dram.efficiency": 1.0,
        "buffers.ifmap_sram.capacity_bytes": 2 * case.room_a, "buffers.filter_sram.capacity_bytes": 2 * case.room_b,
        "buffers.ofmap_sram.capacity_bytes": 2 * case.room_sums,
    }
    if case.ports is not None:
        ports = zip(("ifmap_sram.read", "filter_sram.read", "ofmap_sram.write"), case.ports, strict=True)
        overrides |= {f"buffers.{name}_bytes_per_cycle": rate for name, rate in ports}
    model = build_machine(load_accelerator(f"systolic_{case.dataflow}_32", overrides))
    table = model.cost(model.table(net), PointTable.of(), model.cost_columns)
    assert table.feasible[0], case
    filters, inputs = float(table["filter_offchip_bytes"][0, 0]), float(table["ifmap_offchip_bytes"][0, 0])
    return float(table["cycles"][0, 0]), filters, inputs, float(table["array_active_cycles"][0, 0])


def random_case(rng, dataflow):
    rows, cols = int(rng.integers(1, 9)), int(rng.integers(1, 9))
    constant = bool(rng.integers(2))
    bits = int(rng.choice([8, 16]))
    tile = 2 * rows * cols
    return Case(
        m=int(rng.integers(1, 60)), n=int(rng.integers(1, 60)), k=int(rng.integers(1, 60)),
        groups=1 if constant else int(rng.integers(1, 4)), constant=constant, bits=bits, dataflow=dataflow, rows=rows,
        cols=cols, pipelined=bool(rng.integers(2)),
        room_a=tile * int(rng.choice([1, 2, 5, 20, 200])) + int(rng.integers(0, 30)),
        room_b=tile * int(rng.choice([1, 2, 5, 20, 200])) + int(rng.integers(0, 30)),
        room_sums=4 * cols * int(rng.choice([1, 4, 17, 100])), bytes_per_cycle=float(rng.choice([0.25, 1.0, 3.0, 20.0])),
        latency=int(rng.choice([0, 50])), ports=None if rng.integers(2) else tuple(float(p) for p in rng.choice([1, 3, 16], 3)))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("dataflow", ["ws", "os", "is"])
def test_cost_equals_a_walk_over_every_tile(dataflow, seed):
    rng = np.random.default_rng([seed, ord(dataflow[0])])
    for _ in range(15):
        case = random_case(rng, dataflow)
        cycles, filters, inputs, active = cost(case)
        total, a_moved, b_moved, expected_active, credit = twin(case)
        assert active == expected_active, case
        expected = (b_moved, a_moved) if case.constant else (0, a_moved + b_moved)
        assert (filters, inputs) == pytest.approx(expected, rel=1e-9), case
        # shift, fill, weight, input, output and buffer waits are each rounded up to whole cycles
        assert total * (1 - 1e-6) - credit <= cycles < total + 6, case
