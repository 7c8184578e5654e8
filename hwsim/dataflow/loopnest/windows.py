"""One axis of the ifmap, on which the windows of an output dim and a filter dim slide over each other."""

from __future__ import annotations

from hwsim.dataflow.loopnest.chain import AT, AXIS, FACTOR, FIRST, TILE, inner
from hwsim.dataflow.loopnest.compiled import inlined, leaf, spliced
from hwsim.dataflow.loopnest.moves import restarts

WHOLE = 1 << 40  # room of a tile that the end of the dim does not reach


@inlined
def extents(nx, lx, ny, ly, stride, dilation):  # type: ignore[no-untyped-def]
    """Return the sum of window extents over ``nx`` tiles of lengths ``lx`` in sum with as many as ``ny`` of ``ly``."""
    return ny * stride * lx + nx * dilation * ly + nx * ny * (1 - stride - dilation)


@inlined
def overlap(before, length_before, length):  # type: ignore[no-untyped-def]
    """Return the words that two ranges share whose starts differ by ``before``."""
    return max(0, min(before + length_before, length) - max(before, 0))


@leaf
def _bases(chain, a, b, size, end, turn, lead, out):  # type: ignore[no-untyped-def]
    """Write (how many, room) of the first tile of every fan: words of the dim from its start on, WHOLE for enough.

    A fan is the instances that one step and one parent serve: spatial loops from ``lead`` on.
    """
    tile = chain[a - 1, TILE]
    whole, cut = (1, 0) if size >= tile else (0, size)
    tail = b
    for row in range(a, b):
        at = chain[row, AT]
        if at >= end or (at >= lead if chain[row, AXIS] else at > turn):
            tail = row
            break
        tile = chain[row, TILE]
        if at == turn:
            whole *= chain[row, FACTOR] - 1
            if cut >= tile:
                whole += cut // tile - 1
                cut %= tile
            else:
                cut = 0
        else:
            whole *= chain[row, FACTOR]
            whole += cut // tile
            cut %= tile
    combinations = 1
    for row in range(tail, b):
        at = chain[row, AT]
        if at < end and (at < lead if chain[row, AXIS] else at <= turn):
            combinations *= chain[row, FACTOR] - (at == turn)
    out[0, 0], out[0, 1] = whole * combinations, WHOLE
    rows = 1
    if cut:
        for number in range(combinations):
            left, offset = number, 0
            for row in range(b - 1, tail - 1, -1):
                at = chain[row, AT]
                if at < end and (at < lead if chain[row, AXIS] else at <= turn):
                    skip = 1 if at == turn else 0
                    count = chain[row, FACTOR] - skip
                    offset += (left % count + skip) * chain[row, TILE]
                    left //= count
            if offset < cut:
                out[rows, 0], out[rows, 1] = 1, cut - offset
                rows += 1
    return rows


@leaf
def _fan(chain, a, b, end, turn, lead, room, out):  # type: ignore[no-untyped-def]
    """Write (start, length, start before, length before) of the instances of one fan that are not empty, by start."""
    length, own = inner(chain, a, b, end), -1
    count = 1
    for row in range(a, b):
        at = chain[row, AT]
        if at == turn:
            own = row
        if chain[row, AXIS] and lead <= at < end:
            count *= chain[row, FACTOR]
    for number in range(count):
        left, low = number, 0
        for row in range(b - 1, a - 1, -1):
            if chain[row, AXIS] and lead <= chain[row, AT] < end:
                low += left % chain[row, FACTOR] * chain[row, TILE]
                left //= chain[row, FACTOR]
        if low >= room:
            return number
        out[number, 0], out[number, 1] = low, min(length, room - low)
        if own >= 0:
            out[number, 2] = low - chain[own, TILE] + restarts(chain, a, b, end, turn)
            out[number, 3] = length
            continue
        before = low
        for row in range(a, b):
            if FIRST < turn < chain[row, AT] < end and not chain[row, AXIS]:
                before += min(chain[row, FACTOR] - 1, (room - 1 - before) // chain[row, TILE]) * chain[row, TILE]
        out[number, 2], out[number, 3] = before, min(length, room - before)
    return count


@spliced
def _even_fan(chain, a, b, end, lead):  # type: ignore[no-untyped-def]
    """Return (instances, distance between two) of a fan whose instances stand evenly, or (0, 0)."""
    count, step = 1, 1
    for row in range(a, b):
        if chain[row, AXIS] and lead <= chain[row, AT] < end:
            if count > 1 and chain[row, TILE] * chain[row, FACTOR] != step:
                return 0, 0
            count, step = count * chain[row, FACTOR], chain[row, TILE]
    return count, step


@inlined
def common_divisor(x, y):  # type: ignore[no-untyped-def]
    """Return the greatest number that divides both."""
    while y:
        x, y = y, x % y
    return x


@leaf
def meetings(nx, x, ny, y):  # type: ignore[no-untyped-def]
    """Return the distinct sums of ``nx`` numbers ``x`` apart and ``ny`` numbers ``y`` apart."""
    divisor = common_divisor(x, y)
    return nx * ny - max(0, nx - y // divisor) * max(0, ny - x // divisor)


@leaf
def _distinct(x, nx, y, ny, stride, dilation):  # type: ignore[no-untyped-def]
    """Return (extents, words kept) over the distinct pairs of boxes, before and now, of two fans in sum."""
    total, kept = 0, 0
    for i in range(nx):
        for j in range(ny):
            low, low_before = stride * x[i, 0] + dilation * y[j, 0], stride * x[i, 2] + dilation * y[j, 2]
            length = stride * (x[i, 1] - 1) + dilation * (y[j, 1] - 1) + 1
            length_before = stride * (x[i, 3] - 1) + dilation * (y[j, 3] - 1) + 1
            new, k = True, j + 1
            for h in range(i - 1, -1, -1):  # an earlier output tile meets a later filter tile at the same start
                while k < ny and stride * x[h, 0] + dilation * y[k, 0] < low:
                    k += 1
                if k == ny:
                    break
                if (stride * x[h, 0] + dilation * y[k, 0] == low
                        and stride * (x[h, 1] - 1) + dilation * (y[k, 1] - 1) + 1 == length
                        and stride * x[h, 2] + dilation * y[k, 2] == low_before
                        and stride * (x[h, 3] - 1) + dilation * (y[k, 3] - 1) + 1 == length_before):
                    new = False
                    break
            if new:
                total += length
                kept += overlap(low_before - low, length_before, length)
    return total, kept


@leaf
def diagonals(chain, ax, bx, size_x, ay, by, size_y, stride, dilation, end, turn, lead, scratch):  # type: ignore[no-untyped-def]
    """Return (extents, words kept) over the distinct windows that fans of both dims of the axis want, step by step.

    Instances that want the same words, and held the same before, are one multicast.
    scratch : (4, rows, 4), rows at least the instances of either fan and the steps that stand at its end.
    """
    bases_x, bases_y, x, y = scratch[0], scratch[1], scratch[2], scratch[3]
    states_x = _bases(chain, ax, bx, size_x, end, turn, lead, bases_x)
    states_y = _bases(chain, ay, by, size_y, end, turn, lead, bases_y)
    count_x, step_x = _even_fan(chain, ax, bx, end, lead)
    count_y, step_y = _even_fan(chain, ay, by, end, lead)
    total, kept = 0, 0
    for i in range(states_x):
        if not bases_x[i, 0]:
            continue
        nx = _fan(chain, ax, bx, end, turn, lead, bases_x[i, 1], x)
        for j in range(states_y):
            times = bases_x[i, 0] * bases_y[j, 0]
            if not times:
                continue
            ny = _fan(chain, ay, by, end, turn, lead, bases_y[j, 1], y)
            if count_x and count_y and bases_x[i, 1] == WHOLE and bases_y[j, 1] == WHOLE:
                times *= meetings(count_x, stride * step_x, count_y, dilation * step_y)
                nx_, ny_ = 1, 1
            else:
                nx_, ny_ = nx, ny
            one, both = _distinct(x, nx_, y, ny_, stride, dilation)
            total += times * one
            kept += times * both
    return total, kept

