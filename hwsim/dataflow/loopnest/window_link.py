"""What moves of an ifmap between two levels: windows slide over each other, so steps along an axis keep a part of them."""

from __future__ import annotations

from hwsim.dataflow.loopnest.axis import windows
from hwsim.dataflow.loopnest.chain import LAST, TILES
from hwsim.dataflow.loopnest.columns import DILATION_W, STRIDE_W, C, G, K, N, P, R, S
from hwsim.dataflow.loopnest.compiled import spliced
from hwsim.dataflow.loopnest.plain import CURRENT, KEPT, ROW, START, TOP, TURN, VISITS, VISITS_ONCE, stays, visits
from hwsim.dataflow.loopnest.windows import extents


@spliced
def window_link(table, loops, problem, base, begin, end, spare, width):  # type: ignore[no-untyped-def]
    """Return (words received, words read by parents) of the ifmap between two levels; see ``counts.link``.

    Words that are read once for instances on a diagonal are read for each of them here; see ``diagonal_link``.
    """
    lead, stop = 2 * begin, 2 * end
    for s in range(base + P, base + S + 1):
        table[s, CURRENT], table[s, TURN] = table[s, TOP], stop - 1
    apart = problem[N] * problem[G] * problem[C]  # words that stay along the dims whose tiles have none in common
    kept_w = kept_h = 1
    for w in range(2):
        x, y = base + P + w, base + R + w
        words = extents(table[table[x, ROW], TILES], problem[P + w], table[table[y, ROW], TILES], problem[R + w],
                        problem[STRIDE_W + w], problem[DILATION_W + w])
        kept_w, kept_h = kept_h, words
    words = apart * kept_w * kept_h
    own, own_once = table[base + K, VISITS], table[base + K, VISITS_ONCE]
    total, once, moving, met = words * own, words * own_once, False, False
    for i in range(end - 1, -1, -1):
        if loops[i, 2]:
            continue
        d = loops[i, 0]
        s = base + d
        if d >= P:
            moving, w = True, d & 1
            if w:
                if kept_w < 0:
                    kept_w = windows(table, base, 0, stop, False, spare, width)[1]
                kept = kept_w
            else:
                if kept_h < 0:
                    kept_h = windows(table, base, 1, stop, False, spare, width)[1]
                kept = kept_h
            table[s, CURRENT], table[s, TURN] = loops[i, 4], 2 * i
            if kept:
                kept *= apart * windows(table, base, w, stop, False, spare, width)[1]
                total -= kept * own
                once -= kept * own_once
            table[s, CURRENT], table[s, TURN] = loops[i, 4] - 1, 2 * i - 1
            if w:
                kept_h = -1  # to be found where it matters
            else:
                kept_w = -1
        elif d == K:
            table[s, CURRENT] = loops[i, 4] - 1
            visits(table, s, stop, 2 * i - 1, lead)
            if moving:
                if kept_w < 0:
                    kept_w = windows(table, base, 0, stop, False, spare, width)[1]
                if kept_h < 0:
                    kept_h = windows(table, base, 1, stop, False, spare, width)[1]
                kept = apart * kept_w * kept_h
                total -= kept * (own - table[s, VISITS])
                once -= kept * (own_once - table[s, VISITS_ONCE])
            own, own_once = table[s, VISITS], table[s, VISITS_ONCE]
            if not moving:
                total, once = words * own, words * own_once
        else:
            moving = True
            table[s, CURRENT] = loops[i, 4] - 1
            kept = stays(table, s, stop, 2 * i - 1, spare)
            if not kept:  # no box outside of here shares anything
                break
            if not met:
                met = True
                for e in (N, G, C):
                    table[base + e, KEPT] = table[table[base + e, START], LAST]
            table[s, KEPT] = kept
            apart = table[base + N, KEPT] * table[base + G, KEPT] * table[base + C, KEPT]
    return total, once
