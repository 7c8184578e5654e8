"""One matrix product on a systolic array, walked tile by tile in plain Python: what is fetched when, and how long it takes.

Written from the prose on loop orders, tiles and buffers, without a look at the compiled tiles or the engines: queues with
explicit conditions instead of dependences, bandwidth as a fluid instead of ticks.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, floor, inf

PS = 1e12


@dataclass
class Product:
    """``a`` (groups, m, k) times ``b`` (groups, k, n); bytes are of all groups, 0 where the operand is on chip already."""

    m: int
    n: int
    k: int
    groups: int
    constant: bool  # b is a weight
    a_bytes: float
    b_bytes: float
    out_bytes: float
    addend_bytes: float  # read by the vector unit
    vector_cycles: float
    vector_read_bytes: float  # from the ifmap buffer
    steps: int = 1  # of a recurrence: the same b, an a that the step before makes

    def b_visits(self, room: float) -> int:
        """How often b comes from off chip in all steps."""
        return self.steps if self.b_bytes > room else 1


@dataclass
class Machine:
    """``halves`` bytes of half a buffer; ``homes`` memory of ifmap, filter, ofmap; ``ports`` bytes a cycle."""

    rows: int
    cols: int
    dataflow: str
    pipelined: bool
    clock_hz: float
    halves: dict[str, float]
    ports: dict[str, float]
    homes: dict[str, str]
    bytes_per_s: dict[str, float]
    latency_s: dict[str, float]
    streamed: bool = True
    vector_latency_cycles: int = 0


@dataclass
class Tile:
    """Rows ``t0`` to ``t1`` of the streamed operand past the stationary tile at ``column``, ``fold``."""

    t0: int
    t1: int
    r: int
    c: int
    column: int
    fold: int
    first_fold: bool
    last_fold: bool
    x: int | None = None  # share of the operand that is fetched for it, None where it is on chip
    s: int | None = None
    free_x: bool = False  # nobody needs these parts of the operand any more
    free_s: bool = False


@dataclass
class Walk:
    """One group's tiles in an order, and what each operand keeps on chip in parts of its tiles."""

    tiles: list[Tile]
    kept_x: int
    kept_s: int
    x_parts: int  # tiles that make the whole operand
    s_parts: int

    def fetches(self, operand: str) -> float:
        """Times the whole operand is fetched."""
        count = sum(getattr(tile, operand) is not None for tile in self.tiles)
        return count / (self.x_parts if operand == "x" else self.s_parts)


def spans(size: int, step: int) -> list[tuple[int, int]]:
    return [(at, min(size, at + step)) for at in range(0, size, step)]


def walk(chunks, columns, folds, set_size, keep_x, keep_s) -> Walk:
    """Return the tiles of sets of columns, in each all chunks, in each the set's columns, in each the folds.

    ``keep_x``: "all", "chunk" (while the columns of a set pass it) or "none"; ``keep_s``: "all", "set" (while the chunks
    pass) or "none".
    """
    order = [(low, chunk, column, fold) for low in range(0, len(columns), set_size) for chunk in range(len(chunks))
             for column in range(low, min(len(columns), low + set_size)) for fold in range(len(folds))]
    visits = Counter()  # how often each part is still to be used, before it is dropped
    keys = []
    for low, chunk, column, fold in order:
        x = {"all": (chunk, fold), "chunk": (low, chunk, fold), "none": (low, chunk, column, fold)}[keep_x]
        s = {"all": (column, fold), "set": (low, column, fold), "none": (low, chunk, column, fold)}[keep_s]
        keys.append((("x", *x), ("s", *s)))
        visits.update(keys[-1])
    tiles, there, most = [], set(), Counter()
    for (_, chunk, column, fold), pair in zip(order, keys, strict=True):
        (t0, t1), (s0, s1), (k0, k1) = chunks[chunk], columns[column], folds[fold]
        tile = Tile(t0, t1, k1 - k0, s1 - s0, column, fold, fold == 0, fold == len(folds) - 1)
        for name, key in zip("xs", pair, strict=True):
            if key not in there:
                there.add(key)
                setattr(tile, name, 1)
            most[name] = max(most[name], sum(k[0] == name for k in there))
            visits[key] -= 1
            if visits[key] == 0:
                there.remove(key)
                setattr(tile, f"free_{name}", True)
        tiles.append(tile)
    return Walk(tiles, most["x"], most["s"], len(chunks) * len(folds), len(columns) * len(folds))


def stationary_walks(t, s, k, machine, x_bytes, s_bytes, x_room, s_room):
    """Return the loop orders of a stationary array."""
    rows, cols = machine.rows, machine.cols
    limit = t if k <= rows else max(1, floor(machine.halves["psum"] / (4 * cols)))
    depth = ceil(t / ceil(t / limit))
    folds, columns, chunks = spans(k, rows), spans(s, cols), spans(t, depth)
    panel = s_bytes * min(cols, s) / s
    x_fits, s_fits, panel_fits = x_bytes <= x_room, s_bytes <= s_room, panel <= s_room
    stays = s_fits or panel_fits or len(chunks) == 1
    found = [walk(chunks, columns, folds, 1, "all" if x_fits else "none", "set" if stays else "none")]
    enough = (x_fits or len(columns) == 1) and (stays or len(chunks) == 1)
    small = min(depth, floor(t * min(1.0, x_room / x_bytes))) if x_bytes else 0
    if enough or small < 1:
        return found
    small = ceil(t / ceil(t / small))
    chunks = spans(t, small)
    found.append(walk(chunks, columns, folds, len(columns), "chunk", "all" if s_fits else "none"))
    if panel_fits and not s_fits:
        found.append(walk(chunks, columns, folds, floor(s_room / panel), "chunk", "set"))
    return found


def output_walks(m, n, machine, a_bytes, b_bytes, a_room, b_room):
    """Return the loop orders of an output-stationary array: panels of B stay while those of A pass, or the other way round."""
    row_blocks, columns = spans(m, machine.rows), spans(n, machine.cols)
    one = [(0, 1)]
    a_panel, b_panel = a_bytes * min(machine.rows, m) / m, b_bytes * min(machine.cols, n) / n
    a_holds = len(row_blocks) if a_bytes <= a_room else floor(a_room / a_panel)
    b_holds = len(columns) if b_bytes <= b_room else floor(b_room / b_panel)
    a_all, b_all = a_bytes <= a_room, b_bytes <= b_room
    keep_a = "all" if a_all else ("chunk" if a_holds else "none")
    keep_b = "all" if b_all else ("set" if b_holds else "none")
    found = [walk(row_blocks, columns, one, max(1, b_holds), keep_a, keep_b)]
    if found[0].fetches("x") > 1 or found[0].fetches("s") > 1:
        # the same with A in the place of B
        keep_a = "all" if a_all else ("set" if a_holds else "none")
        keep_b = "all" if b_all else ("chunk" if b_holds else "none")
        turned = walk(columns, row_blocks, one, max(1, a_holds), keep_b, keep_a)
        for tile in turned.tiles:  # its chunks are columns
            block, column = row_blocks[tile.column], (tile.t0, tile.t1)
            tile.t0, tile.t1, tile.c = *block, column[1] - column[0]
            tile.column = columns.index(column)
            tile.x, tile.s, tile.free_x, tile.free_s = tile.s, tile.x, tile.free_s, tile.free_x
        turned.kept_x, turned.kept_s = turned.kept_s, turned.kept_x
        turned.x_parts, turned.s_parts = turned.s_parts, turned.x_parts
        found.append(turned)
    for one_walk in found:
        for tile in one_walk.tiles:
            tile.r = tile.t1 - tile.t0
    return found


def stall_free(tiles: list[Tile], k: int, machine: Machine, groups: int) -> int:
    """Cycles of all groups with operands always there: when each fold may start, and when the last word has left.

    As if columns were outermost, which matters where a wide fold just before the end drains longer than the last one.
    """
    rows, output = machine.rows, machine.dataflow == "os"
    if not machine.pipelined:
        return groups * sum((k if output else t.t1 - t.t0) + t.r + rows + t.c - 2 for t in tiles)
    sequence = sorted(tiles, key=lambda tile: (tile.column, tile.t0, tile.fold)) * groups
    start = 0 if output else sequence[0].r
    end = 0
    for at, tile in enumerate(sequence):
        stream = k if output else tile.t1 - tile.t0
        # ws, is: the last column has its last sum after the skew; os: sums, then drains through all rows
        end = max(end, start + stream + (tile.r if output else 0) + rows + tile.c - 2)
        following = sequence[at + 1].r if at + 1 < len(sequence) else 0
        start += max(stream, tile.r + rows - 1) if output else max(stream, following)
    return end


def rounded(parts: list[float]) -> list[int]:
    """Whole bytes whose running sum is the rounded running sum of ``parts``."""
    out, total, done = [], 0.0, 0
    for part in parts:
        total += part
        out.append(floor(total + 0.5) - done)
        done += out[-1]
    return out


@dataclass
class Work:
    """One item of a queue that is served in order."""

    size: float  # picoseconds, or bytes of a transfer
    memory: str = ""
    room: int = 0  # taken of the queue's buffer before it starts
    needs: dict[str, int] = field(default_factory=dict)  # queue -> how many of its items must have ended
    slot: bool = False  # takes one of the accumulators' halves
    gives: dict[str, int] = field(default_factory=dict)  # buffer -> room given back at the end
    end: float = inf


@dataclass
class Found:
    """What came out; times in picoseconds."""

    ends: dict[str, list[float]]
    makespan_ps: float
    stall_free_cycles: int
    wide_ports: bool  # no buffer port is the limit of any tile


def pieces_of(tile: Tile, machine: Machine, comes: bool) -> int:
    """A tile that waits for streamed rows, or whose results leave, has pieces of at least as many rows as the array."""
    waits = (comes and tile.x is not None) or tile.last_fold
    return max(1, min(8, (tile.t1 - tile.t0) // machine.rows)) if machine.dataflow != "os" and waits else 1


def run(p: Product, machine: Machine) -> Found:
    """Walk the product in the order with the lowest bound on its time, then the least traffic."""
    m = machine
    swapped, output = m.dataflow == "is", m.dataflow == "os"
    t, s = (p.n, p.m) if swapped else (p.m, p.n)
    ifmap, filters = m.halves["ifmap"], m.halves["filter"]
    b_home = m.homes["filter"] if p.constant else m.homes["ifmap"]
    a_each, b_each = p.a_bytes / p.groups, p.b_bytes / p.groups
    x_bytes, s_bytes, x_room, s_room = (b_each, a_each, filters, ifmap) if swapped else (a_each, b_each, ifmap, filters)
    x_home, s_home = (b_home, m.homes["ifmap"]) if swapped else (m.homes["ifmap"], b_home)
    if output:
        choices = output_walks(t, s, m, x_bytes, s_bytes, x_room, s_room)
    else:
        choices = stationary_walks(t, s, p.k, m, x_bytes, s_bytes, x_room, s_room)
    cycle_ps = PS / m.clock_hz

    def lowest(w: Walk) -> tuple[float, float]:
        moved = {"x": x_bytes * w.fetches("x") * p.groups, "s": s_bytes * w.fetches("s") * p.groups}
        least = moved["x"] + moved["s"]
        moved["x" if swapped else "s"] *= p.b_visits(filters)
        there = {"x": m.streamed or (swapped and p.constant), "s": m.streamed or (p.constant and not swapped)}
        load = {"x": moved["x"] / m.bytes_per_s[x_home] * there["x"], "s": moved["s"] / m.bytes_per_s[s_home] * there["s"]}
        most = load["x"] + load["s"] if x_home == s_home else max(load.values())
        return round(max(p.steps * stall_free(w.tiles, p.k, m, p.groups) / m.clock_hz, most), 18), least

    best = min(choices, key=lowest)  # the first of equals
    free = p.steps * stall_free(best.tiles, p.k, m, p.groups)
    inputs = p.addend_bytes + p.a_bytes * best.fetches("s" if swapped else "x")
    inputs += 0 if p.constant else p.b_bytes * best.fetches("x" if swapped else "s") * p.b_visits(filters)
    queues, wide = fill(p, m, best, free, x_bytes, s_bytes, x_home, s_home, t, s)
    tile_room = {"x": (x_bytes / best.x_parts, best.kept_x, x_room), "s": (s_bytes / best.s_parts, best.kept_s, s_room)}
    return simulate(p, m, queues, tile_room, free, cycle_ps, inputs, wide)


def fill(p, m, w, free, x_bytes, s_bytes, x_home, s_home, t, s):
    """Return the queues (loads of x and s, array, vector unit, addend loads, stores), and whether no port ever limits."""
    output, cycle_ps, wide = m.dataflow == "os", PS / m.clock_hz, True
    bulk = {"x": not m.streamed and (p.constant is False or m.dataflow != "is"),
            "s": not m.streamed and (p.constant is False or m.dataflow == "is")}
    for tile in w.tiles:  # what does not come tile by tile
        tile.x, tile.s = (tile.x if x_bytes and not bulk["x"] else None), (tile.s if s_bytes and not bulk["s"] else None)
    repeat = p.groups * p.steps
    base = [tile_cycles(tile, p.k, m) for tile in w.tiles]
    extra = max(0.0, free / repeat - sum(base))
    k_folds = 1 if output else -(-p.k // m.rows)
    reads = {"x": t * p.k, "s": p.k * s}
    ports = {name: reads[name] / m.ports["filter" if (name == "x") == (m.dataflow == "is") else "ifmap"] for name in "xs"}
    if not p.constant:  # a computed B comes out of the ifmap buffer too
        side = "x" if m.dataflow == "is" else "s"
        ports[side] = reads[side] / min(m.ports["filter"], m.ports["ifmap"])
    port_o = p.m * p.n / m.ports["ofmap"]
    port_v = p.vector_read_bytes / repeat / m.ports["ifmap"]
    queues = {name: [] for name in ("x", "s", "array", "vector", "addend", "store")}
    # where a step makes a single piece, that of the second step waits for the first (from then on two may be under way)
    single = sum(len(parts_of(tile, m, True)) for tile in w.tiles if tile.last_fold) == 1
    alone = 1 if single and p.steps > 1 else None
    for step in range(repeat):
        again, b = step >= p.groups, "x" if m.dataflow == "is" else "s"
        comes = {q: not again or (q == b and p.b_visits(m.halves["filter"]) > 1) for q in "xs"}
        results_so_far = len(queues["vector"]) if again else 0
        loads = {"x": [], "s": []}
        addends, stores = [], []
        for tile in w.tiles:
            f_t, f_s, f_r = (tile.t1 - tile.t0) / t, tile.c / s, 1.0 if output else tile.r / p.k
            if tile.s is not None and comes["s"]:
                loads["s"].append(s_bytes * f_s * f_r)
            if tile.x is not None and comes["x"]:
                loads["x"] += [x_bytes * f_t * f_r * part for part in parts_of(tile, m, comes["x"])]
            if tile.last_fold:
                addends += [p.addend_bytes / repeat * f_t * f_s * part for part in parts_of(tile, m, comes["x"])]
                stores += [p.out_bytes / repeat * f_t * f_s * part for part in parts_of(tile, m, comes["x"])]
        moved = {"x": iter(rounded(loads["x"])), "s": iter(rounded(loads["s"]))}
        addend, store = iter(rounded(addends)), iter(rounded(stores))
        for at, tile in enumerate(w.tiles):
            f_t, f_s, f_r = (tile.t1 - tile.t0) / t, tile.c / s, 1.0 if output else tile.r / p.k
            results = f_t * f_s / k_folds
            port = max(ports["x"] * f_t * f_r + port_v * results, ports["s"] * f_s * f_r, port_o * results)
            parts = parts_of(tile, m, comes["x"])
            head, tail = (tile.r, m.rows + tile.c - 2) if not output and not m.pipelined else (0, 0)
            spread = max(base[at], port) - head - tail
            wide &= port <= base[at]
            if tile.s is not None and comes["s"]:
                queues["s"].append(Work(next(moved["s"]), s_home, room=1))
            for i, part in enumerate(parts):
                if tile.x is not None and comes["x"]:
                    queues["x"].append(Work(next(moved["x"]), x_home, room=int(i == 0)))
                cycles = spread * part + head * (i == 0) + tail * (i == len(parts) - 1)
                cycles += extra * (at == len(w.tiles) - 1 and i == len(parts) - 1)
                piece = Work(floor(cycles * cycle_ps + 0.5), needs={"x": len(queues["x"]), "s": len(queues["s"])})
                if at == i == 0:  # the state comes back from the vector unit
                    piece.needs["vector"] = results_so_far
                leaves = p.vector_cycles or (p.out_bytes and m.streamed)
                piece.slot = bool(leaves) and tile.first_fold and i == 0
                if i == len(parts) - 1:
                    piece.gives = {q: 1 for q in "xs" if getattr(tile, f"free_{q}") and comes[q] and queues[q]}
                queues["array"].append(piece)
                if tile.last_fold:
                    add_result(p, m, queues, f_t * f_s * part, next(addend), next(store), i == len(parts) - 1, cycle_ps,
                               alone)
    return queues, wide


def add_result(p, m, queues, share, addend, store, last, cycle_ps, alone):
    """The vector unit works on what leaves the array, two pieces of results and of addends may wait, then it is stored.

    Before piece ``alone`` nothing waits.
    """
    source = {"array": len(queues["array"])}
    if p.vector_cycles:
        number = len(queues["vector"])
        waits_for = number if number == alone else number - 1
        if p.addend_bytes and m.streamed:
            queues["addend"].append(Work(addend, m.homes["ifmap"], needs={"vector": waits_for}))
            source["addend"] = len(queues["addend"])
        if p.out_bytes and m.streamed:
            source["store"] = waits_for
        queues["vector"].append(Work(floor(p.vector_cycles / (p.groups * p.steps) * share * cycle_ps + 0.5), needs=source))
        source = {"vector": number + 1}
    if p.out_bytes and m.streamed:
        queues["store"].append(Work(store, m.homes["ofmap"], needs=source))
    if last and (p.vector_cycles or (p.out_bytes and m.streamed)):
        queues["vector" if p.vector_cycles else "store"][-1].gives = {"accumulators": 1}


def tile_cycles(tile: Tile, k: int, m: Machine) -> float:
    """From a tile to the next while nothing is missing."""
    if m.dataflow == "os":
        return max(k, tile.r + m.rows - 1) if m.pipelined else k + tile.r + tile.c + m.rows - 2
    stream = tile.t1 - tile.t0
    return max(stream, tile.r) if m.pipelined else tile.r + stream + m.rows + tile.c - 2


def parts_of(tile: Tile, m: Machine, comes: bool) -> list[float]:
    """Shares of a tile's rows in its pieces."""
    count, height = pieces_of(tile, m, comes), tile.t1 - tile.t0
    edges = [height * i // count for i in range(count + 1)]
    return [(b - a) / height for a, b in pairwise(edges)]


def simulate(p, m, queues, tile_room, free, cycle_ps, before, wide) -> Found:
    """Let time pass from event to event."""
    left, take = {"accumulators": 2}, {"accumulators": 1}
    for name, (tile, kept, half) in tile_room.items():
        room = int(2 * half)
        # an order that keeps more than there is room for: everything counts for less
        shrink = min(1.0, room / max((kept + 1) * tile, 2 * tile)) if tile else 0.0
        left[name], take[name] = room, floor(tile * shrink)
    gates = {}
    now = 0.0
    in_home = m.homes["ifmap"]
    first_word = m.latency_s[in_home] * PS
    inputs = p.a_bytes + (0 if p.constant else p.b_bytes)
    gates["input"] = first_word if (inputs if m.streamed else before) else 0.0
    if not m.streamed:
        gates["input"] += ceil(floor(before + 0.5) / m.bytes_per_s[in_home] * PS)
    shared = gates["input"] and m.homes["filter"] == in_home  # one first word after another
    gates["filter"] = m.latency_s[m.homes["filter"]] * PS + (first_word if shared else 0.0) if p.constant else gates["input"]
    a_queue, b_queue = ("s", "x") if m.dataflow == "is" else ("x", "s")
    gate = {a_queue: gates["input"], b_queue: gates["filter"], "array": gates["input"], "vector": 0.0,
            "addend": gates["input"], "store": 0.0}
    done = dict.fromkeys(queues, 0)
    active: dict[str, Work] = {}
    remaining: dict[str, float] = {}

    def may_start(name: str) -> bool:
        if name in active or done[name] == len(queues[name]) or now < gate[name]:
            return False
        work = queues[name][done[name]]
        if any(done[q] < count for q, count in work.needs.items()):
            return False
        if work.slot and not left["accumulators"]:
            return False
        return not work.room or left[name] >= take[name]

    while any(done[q] < len(queues[q]) for q in queues):
        started = True
        while started:
            started = False
            for name in queues:
                if may_start(name):
                    work = active[name] = queues[name][done[name]]
                    remaining[name] = work.size
                    left[name] = left.get(name, 0) - (take[name] if work.room else 0)
                    left["accumulators"] -= work.slot
                    started = True
        busy = Counter(work.memory for work in active.values() if work.memory)
        speed = {name: m.bytes_per_s[work.memory] / PS / busy[work.memory] if work.memory else 1.0
                 for name, work in active.items()}
        waits = [gate[name] for name in queues if now < gate[name]]
        assert active or waits, "nothing can ever happen again"
        then = min([now + remaining[name] / speed[name] for name in active] + waits)
        for name in active:
            remaining[name] -= (then - now) * speed[name]
        now = then
        for name in [n for n in active if remaining[n] <= 1e-3 * speed[n]]:
            work = active.pop(name)
            work.end = now
            done[name] += 1
            for buffer, count in work.gives.items():
                left[buffer] += count * take[buffer]
    end = queues["array"][-1].end
    if p.vector_cycles:
        end = queues["vector"][-1].end + floor(m.vector_latency_cycles * cycle_ps + 0.5)
    out_home = m.homes["ofmap"]
    if p.out_bytes:
        bulk = end + ceil(floor(p.out_bytes + 0.5) / m.bytes_per_s[out_home] * PS)
        end = max(end, (queues["store"][-1].end if m.streamed else bulk) + m.latency_s[out_home] * PS)
    ends = {name: [work.end for work in queue] for name, queue in queues.items()}
    return Found(ends, end, free, wide)
