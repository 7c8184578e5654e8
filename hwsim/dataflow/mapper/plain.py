"""The mapping that fits wherever one does: tiles of one word, one iteration after another."""

from __future__ import annotations

import numpy as np

from hwsim.dataflow.mapper.descent import Choice
from hwsim.dataflow.mapper.prepare import Prepared


def plainest(prepared: Prepared) -> Choice | None:
    """Return all loops at the outermost level, nothing side by side but what is required; None where factors are fixed."""
    p = prepared
    if p.fixed.any():
        return None
    picked = np.array([np.argmin(p.choices[i, :count].prod(-1)) for i, count in enumerate(p.choice_counts)], np.int64)
    unrolled = p.choices[np.arange(len(picked)), picked].prod(0)
    temporal = np.ones((p.depth, 8), np.int64)
    temporal[0] = -(-p.row[:8] // unrolled)
    return Choice(temporal, np.zeros(p.depth, np.int64), picked)
