"""The search of spaces whose operands need not share boundaries: many nests improved side by side, the better ones further."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.mapper.candidates import Best
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.refine import Nests, Refinement
from hwsim.dataflow.mapper.restarts import filled, near, plainest_nests, shaken, unrolled_anew
from hwsim.dataflow.mapper.rewrite import OWNER_OF

FILLED, STARTS = 96, 32  # unrollings with which memories are filled; nests of these that are improved
PLAIN = 8  # unrollings with which nests start that hold nothing inside, where few others fit
OTHERWISE, NEAR = 32, 32  # other unrollings of the best nest: of the promising ones, of those that differ on one fan-out
SHORT, LONG = 16, 1000  # turns: to tell good starts from bad, until nothing helps
KEPT, POLISHED = 8, 3  # nests after the short turns; of these improved by exchanges too
SHAKES, SHAKEN, STRENGTH = 1, 8, 3  # rounds of random moves, nests in each, moves


def improve(prepared: Prepared, best: Best, unrollings: NDArray[np.int64], seed: int) -> None:
    """Improve nests; leave what is best in ``best``.

    unrollings : (, fan-outs) choices, the promising ones first.
    """
    p, refinement = prepared, Refinement(prepared, best)
    nests = _varied(refinement.run(filled(p, unrollings[:FILLED]), 1))
    if len(nests.scores) < PLAIN:
        nests = nests.joined(plainest_nests(p, unrollings[:PLAIN]))
    nests = refinement.run(refinement.run(nests, SHORT).first(KEPT), LONG)
    nests = refinement.run(nests.first(POLISHED), LONG, exchanges=True)
    if not len(nests.scores) or nests.scores[0] == np.inf:
        return
    loops = nests.loops[0, :nests.lengths[0]]
    others = unrolled_anew(p, loops, nests.positions[0], np.concatenate([unrollings[:OTHERWISE], near(p, loops, NEAR)]))
    others = refinement.run(refinement.run(others, 1).first(KEPT), SHORT).first(POLISHED)
    nests = nests.joined(refinement.run(others, LONG))
    random = np.random.default_rng(seed)
    for _ in range(SHAKES):
        nests = nests.first(2)
        nests = nests.joined(refinement.run(shaken(refinement, nests, SHAKEN // len(nests.scores), STRENGTH, random), LONG))


def _varied(nests: Nests) -> Nests:
    """Return the best nest of every unrolling, of those that fit, the best first, at most STARTS."""
    fit = nests.first(int(np.isfinite(nests.scores).sum()))
    side = np.where(fit.loops[:, :, OWNER_OF:] >= 0, fit.loops, 0)
    kinds: dict[bytes, int] = {}
    for i in range(len(fit.scores)):
        rows = side[i, :fit.lengths[i]]
        kinds.setdefault(rows[rows[:, 1] > 0].tobytes(), i)
    return fit.some(np.array(list(kinds.values()), np.int64)[:STARTS])
