"""The next tick of every server: a tree of minima.

Leaves are servers; each node above holds the smaller tick of the two below; ``calendar[1]`` is the next tick of all.
"""

from __future__ import annotations

import numpy as np

from hwsim.engine.compiled.jit import inlined

NEVER = np.int64(2**63 - 1)


@inlined
def set_tick(calendar, server, tick):  # type: ignore[no-untyped-def]
    """Let something happen at ``server`` at ``tick``."""
    node = (calendar.size >> 1) + server
    calendar[node] = tick
    while node > 1:
        tick = min(tick, calendar[node ^ 1])
        node >>= 1
        calendar[node] = tick


@inlined
def next_server(calendar):  # type: ignore[no-untyped-def]
    """Return the first of the servers whose tick comes next."""
    node, leaves = 1, calendar.size >> 1
    while node < leaves:
        node *= 2
        if calendar[node + 1] < calendar[node]:
            node += 1
    return node - leaves
