"""The search of spaces whose operands need not share boundaries: many nests improved side by side, the better ones further."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.loopnest.nest import LoopNest
from hwsim.dataflow.mapper.candidates import Best
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.refine import Nests, Refinement
from hwsim.dataflow.mapper.restarts import plainest_nests, shaken, unrolled_anew

PLAIN = 16  # unrollings with which nests start that hold nothing inside
OTHERWISE = 32  # other unrollings of the best nest
SHORT, LONG = 16, 1000  # turns: to tell good starts from bad, until nothing helps
KEPT, POLISHED = 12, 3  # nests after the short turns; of these improved by exchanges too
SHAKES, SHAKEN, STRENGTH = 2, 8, 3  # rounds of random moves, nests in each, moves


def improve(prepared: Prepared, best: Best, starts: list[LoopNest], unrollings: NDArray[np.int64], seed: int) -> None:
    """Improve nests and those that hold nothing; leave what is best in ``best``.

    starts : nests whose operands share boundaries. unrollings : (, fan-outs) choices, the promising ones first.
    """
    p, refinement = prepared, Refinement(prepared, best)
    nests = Nests.of(p, starts).joined(plainest_nests(p, unrollings[:PLAIN]))
    nests = refinement.run(refinement.run(nests, SHORT).first(KEPT), LONG)
    nests = refinement.run(nests.first(POLISHED), LONG, exchanges=True)
    if not len(nests.scores) or nests.scores[0] == np.inf:
        return
    others = unrolled_anew(p, nests.loops[0, :nests.lengths[0]], nests.positions[0], unrollings[:OTHERWISE])
    others = refinement.run(refinement.run(others, 1).first(KEPT), SHORT).first(POLISHED)
    nests = nests.joined(refinement.run(others, LONG))
    random = np.random.default_rng(seed)
    for _ in range(SHAKES):
        nests = nests.first(2)
        nests = nests.joined(refinement.run(shaken(refinement, nests, SHAKEN // len(nests.scores), STRENGTH, random), LONG))
