"""Every mapping of a small space."""

from __future__ import annotations

import numpy as np

from hwsim.dataflow.mapper.candidates import Best, Rows
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.size import space_size
from hwsim.dataflow.mapper.strategy import STRATEGIES, Found
from hwsim.dataflow.mapper.walk import walk
from hwsim.errors import ConfigError, Fault

LIMIT = 20_000_000
_ROOM = 4096


@STRATEGIES.register("exhaustive")
def exhaustive(prepared: Prepared, objective: Objective, seed: int = 0) -> Found:
    """Cost every mapping, which proves the optimum of the space.

    Raises
    ------
    ConfigError
        The space has more than LIMIT mappings, or ones whose operands do not share boundaries: those are not enumerated.
    """
    if prepared.space.uneven:
        raise ConfigError(Fault("all mappings are tried of spaces alone whose operands share boundaries", value="uneven",
                                path=prepared.problem.name, allowed="uneven = False, or the strategy `pruned`"))
    if (size := space_size(prepared)) > LIMIT:
        raise ConfigError(Fault("too many mappings to try all of them; the strategy `pruned` searches large spaces",
                                path=prepared.problem.name, value=f"{size:.4g}", allowed=f"at most {LIMIT:,}"))
    best, rows = Best(prepared, objective), Rows.room(prepared, _ROOM)
    temporal, classes = np.zeros((prepared.depth, 8), np.int64), np.zeros(prepared.depth, np.int64)
    picked = np.zeros(len(prepared.places), np.int64)
    count = _ROOM
    while count == _ROOM:
        count = walk(prepared.row, prepared.held, prepared.free, prepared.fixed, prepared.orders, prepared.order_counts,
                     prepared.choices, prepared.choice_counts, prepared.places, prepared.space.imperfect, temporal, classes,
                     picked, rows.dims, rows.factors, rows.axes, rows.positions)
        best.look(rows, count)
    return Found(best.nest, best.evaluated, proven=True)
