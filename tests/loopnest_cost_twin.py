"""Time and energy of a walked loop nest in plain Python, from the prose on ports, buffers and first tiles."""

from dataclasses import dataclass, field
from math import prod

from loopnest_walk import OPERANDS, walk


@dataclass
class Bits:
    """What one instance of a level reads and writes."""

    read: float = 0.0
    written: float = 0.0

    def cycles(self, level):
        return max(self.read / level.read_bits_per_cycle, self.written / level.write_bits_per_cycle,
                   (self.read + self.written) / level.port_bits_per_cycle)


@dataclass
class Link:
    """One operand between a level and its parent: bits of one instance on either side, and of the first (last) tile."""

    parent: int
    up_there: float = 0.0  # written at the parent
    down_there: float = 0.0  # read at the parent
    up_here: float = 0.0
    down_here: float = 0.0
    first: "Link | None" = field(default=None)


def width(table, operand):
    return getattr(table.datapath, f"{operand}_bits")


def home(row):
    """Return the level an operand starts from; there it needs no room of a tile."""
    return next(m for m, at in enumerate(row) if at >= 0)


def links_of(found, table, position, m):
    """Return the links above level m."""
    links = []
    for operand, row in zip(OPERANDS, position, strict=True):
        if row[m] < 0 or m == home(row):
            continue
        p = max(above for above in range(m) if row[above] >= 0)
        here, there, bits = found.used[operand, m], found.used[operand, p], width(table, operand)
        if operand != "ofmap":
            first = Link(p, down_there=found.first_read[operand, m] * bits / there,
                         down_here=found.first_fill[operand, m] * bits / here)
            links.append(Link(p, down_there=found.reads[operand, p] * bits / there,
                              down_here=found.fills[operand, m] * bits / here, first=first))
            continue
        psum = table.datapath.psum_bits

        def words(count, level, *, bits=bits, psum=psum):
            done = found.final["ofmap", level]
            return done * bits + (count - done) * psum

        def tile(count, level, *, bits=bits, psum=psum):
            return count * (bits if found.final["ofmap", level] else psum)

        first = Link(p, up_there=tile(found.first_read["ofmap", m], p) / there,
                     up_here=tile(found.first_fill["ofmap", m], m) / here)
        links.append(Link(
            p, up_there=words(found.updates["ofmap", p], p) / there, down_there=found.reads["ofmap", p] * psum / there,
            up_here=words(found.drains["ofmap", m], m) / here, down_here=found.fills["ofmap", m] * psum / here, first=first))
    return links


def exchange(links, table, m):
    """Return the cycles in which level m takes and gives what ``links`` say, ports of both sides side by side."""
    def rate(p, kind):
        level = table.levels[p]
        return min(getattr(level, f"{kind}_bits_per_cycle"), level.port_bits_per_cycle)

    mine = Bits(sum(link.up_here for link in links), sum(link.down_here for link in links))
    return max(mine.cycles(table.levels[m]), sum(link.down_there / rate(link.parent, "read") for link in links),
               sum(link.up_there / rate(link.parent, "write") for link in links))


def minus_first(link):
    f = link.first
    return Link(link.parent, link.up_there - f.up_there, link.down_there - f.down_there, link.up_here - f.up_here,
                link.down_here - f.down_here)


def cost(problem, nest, table):
    """Return everything of COST by name."""
    found = walk(problem, nest.loops, nest.position, [m for m, level in enumerate(table.levels) if not level.multicast])
    position, path = nest.position, table.datapath
    levels = [Bits() for _ in table.levels]
    memory = network = 0.0
    fits = True
    for m, level in enumerate(table.levels):
        held = 0.0
        for operand, row in zip(OPERANDS, position, strict=True):
            if row[m] < 0:
                continue
            key, bits = (operand, m), width(table, operand)
            if operand == "ofmap":
                psum, done = path.psum_bits, found.final[key]
                partial = found.reads[key] or found.fills[key]
                drained = done * bits + (found.drains[key] - done) * psum if m > home(row) else 0
                read = found.reads[key] * psum + drained
                written = done * bits + (found.updates[key] - done) * psum + found.fills[key] * psum
                sent = done * bits + (found.delivered[key] - done) * psum
                tile = found.tile[key] * (psum if partial else bits)
            else:
                read, written, sent = (bits * getattr(found, what)[key] for what in ("reads", "fills", "delivered"))
                tile = found.tile[key] * bits
            held += tile if m == 0 or m > home(row) else 0
            memory += read * level.read_pj_per_bit + written * level.write_pj_per_bit
            network += sent * level.network_pj_per_bit
            levels[m].read += read / found.used[key]
            levels[m].written += written / found.used[key]
        fits &= held * (1 if m == 0 else level.buffers) <= level.capacity_bits
        for axis, size in ((1, level.instances_x), (2, level.instances_y)):
            at = max(row[m] for row in position)
            fits &= prod(factor for _, factor, a in nest.loops[:max(at, 0)] if a == axis) <= size
    x, y = (prod(factor for _, factor, a in nest.loops if a == axis) for axis in (1, 2))
    fits &= x <= path.macs_x and y <= path.macs_y
    exposed = exposed_between = onload = offload = 0.0
    between = [Bits(bits.read, bits.written) for bits in levels]
    for m in range(1, len(levels)):
        links = links_of(found, table, position, m)
        for link in links:
            between[m].read -= link.first.up_here
            between[m].written -= link.first.down_here
            between[link.parent].read -= link.first.down_there
            between[link.parent].written -= link.first.up_there
        down = [Link(k.parent, down_there=k.first.down_there, down_here=k.first.down_here) for k in links]
        up = [Link(k.parent, up_there=k.first.up_there, up_here=k.first.up_here) for k in links]
        onload += exchange(down, table, m)
        offload += exchange(up, table, m)
        if table.levels[m].buffers == 1:
            exposed += exchange(links, table, m)
            exposed_between += exchange([minus_first(link) for link in links], table, m)
    steps, macs = found.compute_cycles, prod(problem.dims)
    overlapped = max(steps + exposed, *(b.cycles(level) for b, level in zip(levels, table.levels, strict=True)))
    middle = max(steps + exposed_between, *(b.cycles(level) for b, level in zip(between, table.levels, strict=True)))
    return {
        "compute_cycles": steps, "overlapped_cycles": overlapped, "onload_cycles": onload, "offload_cycles": offload,
        "latency_cycles": onload + middle + offload, "energy_pj": macs * path.mac_pj + memory + network,
        "mac_pj": macs * path.mac_pj, "memory_pj": memory, "network_pj": network,
        "utilisation": macs / (steps * path.macs_x * path.macs_y), "used_x": x, "used_y": y, "fits": fits}

