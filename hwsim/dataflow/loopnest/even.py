"""Exact access counts of a nest whose loops cover every dim without a rest: one pass over the loops a boundary.

Every tile is whole, so a step that changes a box costs the same wherever it happens; ``counts`` says the same of any nest, at
several times the cost.
"""

from __future__ import annotations

from hwsim.dataflow.loopnest.columns import (
    DELIVERED,
    DILATION_H,
    DILATION_W,
    DRAINS,
    FILLS,
    FINAL,
    FIRST_RECEIVED,
    FIRST_SENT,
    IFMAP,
    OFMAP,
    READS,
    STRIDE_H,
    STRIDE_W,
    TILE_WORDS,
    UPDATES,
    USED,
    G,
    K,
    N,
    P,
    Q,
    R,
    S,
)
from hwsim.dataflow.loopnest.compiled import inlined, leaf
from hwsim.dataflow.loopnest.homes import home
from hwsim.dataflow.loopnest.windows import meetings

DIM_OF, FACTOR_OF, AXIS_OF, TILE_OF = range(4)  # columns of a loop, in the order of the nest
# bit d : words of filter, ifmap, ofmap differ along dim d
_F = sum(1 << d for d in (1, 2, 3, 6, 7))
_I = sum(1 << d for d in (0, 1, 3, 4, 5, 6, 7))
_O = sum(1 << d for d in (0, 1, 2, 4, 5))


@inlined
def _kept(extent, shift):  # type: ignore[no-untyped-def]
    return max(0, extent - abs(shift))


@leaf
def _moved(problem, loops, end, n, p, q, r, s):  # type: ignore[no-untyped-def]
    """Return the ifmap words that one instance receives: tiles of ``n`` channels and more, windows of p, q, r and s."""
    stride_w, stride_h = problem[STRIDE_W], problem[STRIDE_H]
    dilation_w, dilation_h = problem[DILATION_W], problem[DILATION_H]
    width = (p - 1) * stride_w + (r - 1) * dilation_w + 1
    height = (q - 1) * stride_h + (s - 1) * dilation_h + 1
    tile = n * width * height
    back_w, back_h, words = 0, 0, 0  # how far windows jump back when the inner loops start again
    i = end - 1
    while i >= 0:
        d, factor = loops[i, DIM_OF], loops[i, FACTOR_OF]
        if not loops[i, AXIS_OF]:
            step_w = stride_w if d == P else dilation_w if d == R else 0
            step_h = stride_h if d == Q else dilation_h if d == S else 0
            if step_w or step_h:
                step_w, step_h = step_w * loops[i, TILE_OF], step_h * loops[i, TILE_OF]
                new = tile - n * _kept(width, back_w - step_w) * _kept(height, back_h - step_h)
                back_w, back_h = back_w + (factor - 1) * step_w, back_h + (factor - 1) * step_h
            elif d == K:
                new = tile - n * _kept(width, back_w) * _kept(height, back_h)
            else:
                break
            words = words * factor + (factor - 1) * new
        i -= 1
    while i >= 0:  # from the first loop on that brings other channels, every advance brings a whole tile
        if not loops[i, AXIS_OF]:
            words = words * loops[i, FACTOR_OF] + (loops[i, FACTOR_OF] - 1) * tile
        i -= 1
    return words + tile


@leaf
def count_even(problem, loops, count, position, counts, held):  # type: ignore[no-untyped-def]
    """Count a nest; parameters and results as of ``counts.count``.

    loops : (L, 4 or more) of DIM_OF, FACTOR_OF, AXIS_OF, TILE_OF; the first ``count`` are the nest.

    Returns
    -------
    False where a fan over both dims of an ifmap axis does not stand evenly: then nothing of the results is meant.
    """
    levels = position.shape[1]
    for o in range(3):
        depends = _F if o == 0 else _I if o == IFMAP else _O
        parent, at = home(position, o), 0
        steps, changes, used, reduced = 1, 1, 1, 1
        held[o, parent, USED] = 1
        for m in range(parent + 1, levels + 1):
            mac = m == levels
            if not mac and position[o, m] < 0:
                continue
            end = count if mac else position[o, m]
            parts, sources = reduced, used
            # instances that one parent tells apart, and of the dims that share an axis of the ifmap
            fan, p, q, r, s = 1, 1, 1, 1, 1
            tp, tq, tr, ts = 1, 1, 1, 1
            even_w, even_h = True, True
            while at < end:
                d, factor = loops[at, DIM_OF], loops[at, FACTOR_OF]
                matters = depends >> d & 1
                if not loops[at, AXIS_OF]:
                    steps *= factor
                    if matters:
                        changes = steps
                else:
                    used *= factor
                    if o == IFMAP and d >= P:
                        tile = loops[at, TILE_OF]
                        if d == P:
                            even_w = even_w and (p == 1 or tp == tile * factor)
                            p, tp = p * factor, tile
                        elif d == Q:
                            even_h = even_h and (q == 1 or tq == tile * factor)
                            q, tq = q * factor, tile
                        elif d == R:
                            even_w = even_w and (r == 1 or tr == tile * factor)
                            r, tr = r * factor, tile
                        else:
                            even_h = even_h and (s == 1 or ts == tile * factor)
                            s, ts = s * factor, tile
                    elif matters:
                        fan *= factor
                    if not _O >> d & 1:
                        reduced *= factor
                at += 1
            if o == IFMAP:
                if not (even_w or p == 1 or r == 1) or not (even_h or q == 1 or s == 1):
                    return False
                fan *= p * r if p == 1 or r == 1 else meetings(p, problem[STRIDE_W] * tp, r, problem[DILATION_W] * tr)
                fan *= q * s if q == 1 or s == 1 else meetings(q, problem[STRIDE_H] * tq, s, problem[DILATION_H] * ts)
            if mac:
                one = steps
            else:
                n, p, q, r, s = 1, 1, 1, 1, 1
                for i in range(end, count):
                    d, factor = loops[i, DIM_OF], loops[i, FACTOR_OF]
                    if o == IFMAP and d >= P:
                        if d == P:
                            p *= factor
                        elif d == Q:
                            q *= factor
                        elif d == R:
                            r *= factor
                        else:
                            s *= factor
                    elif depends >> d & 1:
                        n *= factor
                if o == IFMAP:
                    tile = n * ((p - 1) * problem[STRIDE_W] + (r - 1) * problem[DILATION_W] + 1) * (
                        (q - 1) * problem[STRIDE_H] + (s - 1) * problem[DILATION_H] + 1)
                    one = _moved(problem, loops, end, n, p, q, r, s)
                else:
                    tile = n
                    one = n * changes
                held[o, m, TILE_WORDS], held[o, m, USED] = tile, used
                held[o, m, FIRST_SENT], held[o, m, FIRST_RECEIVED] = tile * sources * fan, tile * used
            total, once = one * used, one * sources * fan
            held[o, parent, DELIVERED] = total
            if o == OFMAP:
                words = problem[N] * problem[G] * problem[K] * problem[P] * problem[Q]
                held[o, home(position, o), TILE_WORDS] = words
                counts[o, parent, UPDATES] = once
                counts[o, parent, READS] = once - words * parts
                if parts == 1:
                    held[o, parent, FINAL] = words
                if not mac:
                    counts[o, m, DRAINS], counts[o, m, FILLS] = total, once - words * parts
                    held[o, parent, DELIVERED] += counts[o, m, FILLS]
            else:
                counts[o, parent, READS] = once
                if not mac:
                    counts[o, m, FILLS] = total
            parent = m
    held[0, home(position, 0), TILE_WORDS] = problem[G] * problem[K] * problem[3] * problem[R] * problem[S]
    held[IFMAP, home(position, IFMAP), TILE_WORDS] = problem[N] * problem[G] * problem[3] * (
        (problem[P] - 1) * problem[STRIDE_W] + (problem[R] - 1) * problem[DILATION_W] + 1) * (
        (problem[Q] - 1) * problem[STRIDE_H] + (problem[S] - 1) * problem[DILATION_H] + 1)
    return True
