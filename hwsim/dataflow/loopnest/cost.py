"""Time and energy of a nest whose accesses are counted.

Assumes

- Instances of a level share its words evenly: the busiest of the used ones moves the average.
- A level inside the outermost that an operand starts from has room for all of it beside its capacity.
- Ports move bits at their rate whatever the order; the words of all operands queue for them.
- An update that completes a word carries it at the width of the ofmap, every other one and every refill a partial sum.
- Double-buffered levels load and store while the array computes. A single-buffered level keeps it waiting for what comes from
  and goes to its parents, reads and writes of it side by side.
- The first tiles come level after level, outermost first, before the first MAC; the last output tiles, as large as the first,
  go level after level after the last one. All other words move in between.
"""

from __future__ import annotations

import numpy as np

from hwsim.dataflow.loopnest.chain import AXIS, EVERY, LAST, STOP, tiles
from hwsim.dataflow.loopnest.columns import (
    BUFFERS,
    CAPACITY_BITS,
    COMPUTE_CYCLES,
    COST_MAC_PJ,
    COST_NETWORK_PJ,
    DELIVERED,
    DRAINS,
    ENERGY_PJ,
    EXPOSED_CYCLES,
    FILLS,
    FINAL,
    FIRST_RECEIVED,
    FIRST_SENT,
    FITS,
    INSTANCES_X,
    INSTANCES_Y,
    LATENCY_CYCLES,
    LEVEL_CYCLES,
    MAC_PJ,
    MACS_X,
    MACS_Y,
    MEMORY_PJ,
    NEEDS_X,
    NEEDS_Y,
    NETWORK_PJ,
    OFFLOAD_CYCLES,
    OFMAP,
    ONLOAD_CYCLES,
    OVERLAPPED_CYCLES,
    PORT_RATE,
    PSUM_BITS,
    READ_BITS,
    READ_PJ,
    READ_RATE,
    READS,
    SPATIAL_X,
    TILE_BITS,
    TILE_WORDS,
    UPDATES,
    USED,
    USED_X,
    USED_Y,
    UTILISATION,
    WRITE_PJ,
    WRITE_RATE,
    WRITTEN_BITS,
)
from hwsim.dataflow.loopnest.compiled import inlined, leaf
from hwsim.dataflow.loopnest.even import AXIS_OF, FACTOR_OF
from hwsim.dataflow.loopnest.homes import home


@leaf
def compute_cycles(table, start, end):  # type: ignore[no-untyped-def]
    """Return the steps of all temporal loops, the ends of dims followed exactly; instances side by side take one."""
    cycles = 1
    for d in range(8):
        row = start[d]
        if table[row, AXIS]:
            whole, cut = tiles(table, row + 1, table[row, STOP], table[row, LAST], 2 * end, np.int64(EVERY), np.int64(0))
            cycles *= whole + (cut > 0)
        else:
            cycles *= table[row, LAST]
    return cycles


@inlined
def _ports(level, read, written):  # type: ignore[no-untyped-def]
    """Return the cycles that one instance needs for its bits."""
    return max(read / level[READ_RATE], written / level[WRITE_RATE], (read + written) / level[PORT_RATE])


@leaf
def needs(loops, count, position, level_cost):  # type: ignore[no-untyped-def]
    """Write the instances on both axes that the mapping asks of every level.

    Returns
    -------
    (MACs on x, on y, steps of all temporal loops where they cover the dims without a rest).
    """
    for m in range(position.shape[1]):
        end = max(position[0, m], position[1, m], position[2, m])
        x, y = 1, 1
        for i in range(end):
            if loops[i, AXIS_OF] == SPATIAL_X:
                x *= loops[i, FACTOR_OF]
            elif loops[i, AXIS_OF]:
                y *= loops[i, FACTOR_OF]
        level_cost[m, NEEDS_X], level_cost[m, NEEDS_Y] = x, y
    x, y, steps = 1, 1, 1
    for i in range(count):
        if loops[i, AXIS_OF] == SPATIAL_X:
            x *= loops[i, FACTOR_OF]
        elif loops[i, AXIS_OF]:
            y *= loops[i, FACTOR_OF]
        else:
            steps *= loops[i, FACTOR_OF]
    return x, y, steps


@leaf
def cost_nest(macs, steps, x, y, position, counts, held, levels, datapath, cost, level_cost, energy, spare):  # type: ignore[no-untyped-def]
    """Cost a counted nest.

    Parameters
    ----------
    macs, steps : multiply-accumulates, compute cycles. x, y : MACs used on both axes.
    position, counts, held : of ``counts.count``.
    levels : (M, len(LEVEL)). datapath : (len(DATAPATH),).
    cost : (len(COST),), written. level_cost : (M, len(LEVEL_COST)), NEEDS_* given, the others written.
    energy : (3, M, len(ENERGY)), written.
    spare : (M, 2), read and written bits of one instance during on- and off-loading; written.
    """
    depth = levels.shape[0]
    psum_bits = datapath[PSUM_BITS]
    memory, network, onload, offload, fits = 0.0, 0.0, 0.0, 0.0, True
    exposed, exposed_between = 0.0, 0.0
    for m in range(depth):
        level_cost[m, TILE_BITS] = level_cost[m, READ_BITS] = level_cost[m, WRITTEN_BITS] = level_cost[m, EXPOSED_CYCLES] = 0.0
        spare[m, 0] = spare[m, 1] = 0.0
    for o in range(3):
        bits = datapath[o]
        for m in range(depth):
            if position[o, m] < 0:
                energy[o, m, 0] = energy[o, m, 1] = energy[o, m, 2] = 0.0
                continue
            level, final = levels[m], held[o, m, FINAL]
            if o == OFMAP:
                read = counts[o, m, READS] * psum_bits + final * bits + (counts[o, m, DRAINS] - final) * psum_bits
                if m == home(position, o):
                    read = counts[o, m, READS] * psum_bits
                written = final * bits + (counts[o, m, UPDATES] - final + counts[o, m, FILLS]) * psum_bits
                partial = counts[o, m, READS] > 0 or counts[o, m, FILLS] > 0
                tile = held[o, m, TILE_WORDS] * (psum_bits if partial else bits)
                moved = final * bits + (held[o, m, DELIVERED] - final) * psum_bits
            else:
                read, written = counts[o, m, READS] * bits, counts[o, m, FILLS] * bits
                tile, moved = held[o, m, TILE_WORDS] * bits, held[o, m, DELIVERED] * bits
            energy[o, m, 0], energy[o, m, 1] = read * level[READ_PJ], written * level[WRITE_PJ]
            energy[o, m, 2] = moved * level[NETWORK_PJ]
            memory += energy[o, m, 0] + energy[o, m, 1]
            network += energy[o, m, 2]
            used = held[o, m, USED]
            if m == 0 or m > home(position, o):
                level_cost[m, TILE_BITS] += tile
            level_cost[m, READ_BITS] += read / used
            level_cost[m, WRITTEN_BITS] += written / used
    for m in range(1, depth):
        level = levels[m]
        # of one instance, in bits: received and given away; cycles of the parents for both; of these the first and last tiles
        fill, drain, sent, taken = 0.0, 0.0, 0.0, 0.0
        fill_on, sent_on, drain_off, taken_off = 0.0, 0.0, 0.0, 0.0
        for o in range(3):
            if position[o, m] < 0 or m == home(position, o):
                continue
            p = m - 1
            while position[o, p] < 0:
                p -= 1
            parent, bits = levels[p], datapath[o]
            read_rate, write_rate = min(parent[READ_RATE], parent[PORT_RATE]), min(parent[WRITE_RATE], parent[PORT_RATE])
            used, sources = 1.0 / held[o, m, USED], 1.0 / held[o, p, USED]
            first_here, first_there = held[o, m, FIRST_RECEIVED] * used, held[o, m, FIRST_SENT] * sources
            if o == OFMAP:
                final, final_there = held[o, m, FINAL], held[o, p, FINAL]
                drain += (final * bits + (counts[o, m, DRAINS] - final) * psum_bits) * used
                fill += counts[o, m, FILLS] * psum_bits * used
                taken += (final_there * bits + (counts[o, p, UPDATES] - final_there) * psum_bits) * sources / write_rate
                sent += counts[o, p, READS] * psum_bits * sources / read_rate
                bits_here, bits_there = bits if final else psum_bits, bits if final_there else psum_bits
                drain_off += first_here * bits_here
                taken_off += first_there * bits_there / write_rate
                spare[m, 0] += first_here * bits_here
                spare[p, 1] += first_there * bits_there
            else:
                fill += counts[o, m, FILLS] * bits * used
                sent += counts[o, p, READS] * bits * sources / read_rate
                fill_on += first_here * bits
                sent_on += first_there * bits / read_rate
                spare[m, 1] += first_here * bits
                spare[p, 0] += first_there * bits
        onload += max(_ports(level, 0.0, fill_on), sent_on)
        offload += max(_ports(level, drain_off, 0.0), taken_off)
        if level[BUFFERS] < 2:
            level_cost[m, EXPOSED_CYCLES] = max(_ports(level, drain, fill), sent, taken)
            exposed += level_cost[m, EXPOSED_CYCLES]
            exposed_between += max(_ports(level, drain - drain_off, fill - fill_on), sent - sent_on, taken - taken_off)
    overlapped, between = steps + exposed, steps + exposed_between
    for m in range(depth):
        level = levels[m]
        read, written = level_cost[m, READ_BITS], level_cost[m, WRITTEN_BITS]
        level_cost[m, LEVEL_CYCLES] = _ports(level, read, written)
        overlapped = max(overlapped, level_cost[m, LEVEL_CYCLES])
        between = max(between, _ports(level, read - spare[m, 0], written - spare[m, 1]))
        fits = fits and level_cost[m, TILE_BITS] * level[BUFFERS] <= level[CAPACITY_BITS]
        fits = fits and level_cost[m, NEEDS_X] <= level[INSTANCES_X] and level_cost[m, NEEDS_Y] <= level[INSTANCES_Y]
    cost[COMPUTE_CYCLES], cost[OVERLAPPED_CYCLES] = steps, overlapped
    cost[ONLOAD_CYCLES], cost[OFFLOAD_CYCLES] = onload, offload
    cost[LATENCY_CYCLES] = onload + between + offload
    cost[COST_MAC_PJ], cost[MEMORY_PJ], cost[COST_NETWORK_PJ] = macs * datapath[MAC_PJ], memory, network
    cost[ENERGY_PJ] = cost[COST_MAC_PJ] + memory + network
    cost[UTILISATION] = macs / (steps * datapath[MACS_X] * datapath[MACS_Y])
    cost[USED_X], cost[USED_Y] = x, y
    cost[FITS] = fits and x <= datapath[MACS_X] and y <= datapath[MACS_Y]
