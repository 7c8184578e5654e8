"""The gates of a device as one array of rules, and what a command that issues does by them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hwsim.memory.dram.burst.state import BANKS, READY, READY_STACK, RECENT, STACKS, WINDOW
from hwsim.memory.dram.commands import Command
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.gates import SCOPES, TickGate, gates
from hwsim.memory.dram.mapping import level_bits

MOST_RULES = 100
COMMANDS = len(Command)
OWN, WINDOWED, ELSEWHERE = range(3)
# where the rules of each command begin; then of each rule: position of its first node, end of its nodes, bits of the bank
# number that a node shares with the command's, ticks, OWN / WINDOWED / ELSEWHERE, the same bits one level up
FROM = 0
AT, END, MASK, TICKS, KIND, PARENT = (COMMANDS + 1 + i * MOST_RULES for i in range(6))


def resolve(device: DramDevice, rows: Iterable[TickGate] | None = None) -> NDArray[np.int64]:
    """Return the gates of ``device``, or only ``rows`` of them, as compiled code reads them.

    Gates down to the stacks concern stacks, those below concern banks. Gates of the same commands and nodes become one rule
    with the longer time.
    """
    bits = level_bits(device.organisation)
    masks = [2 ** bits[scope] - 1 for scope in SCOPES]
    stack = SCOPES.index("stack")
    rules: dict[tuple[int, ...], int] = {}
    for gate in gates(device) if rows is None else rows:
        level = SCOPES.index(gate.scope)
        mask, parent = masks[level], masks[max(0, level - 1)]
        kind = ELSEWHERE if gate.elsewhere else WINDOWED if gate.window > 1 else OWN
        at, nodes = ((READY_STACK + gate.after * STACKS, masks[stack] + 1) if level <= stack else
                     (READY + gate.after * BANKS, masks[-1] + 1))
        rule = (gate.before, at, at + nodes, mask, kind, parent)
        rules[rule] = max(rules.get(rule, 0), gate.ticks)
    table = np.zeros(PARENT + MOST_RULES, np.int64)
    for k, ((before, at, end, mask, kind, parent), ticks) in enumerate(sorted(rules.items())):
        table[FROM + before + 1:FROM + COMMANDS + 1] = k + 1
        table[[AT + k, END + k, MASK + k, TICKS + k, KIND + k, PARENT + k]] = at, end, mask, ticks, kind, parent
    return table


@njit(nogil=True, error_model="numpy", forceinline=True)
def issued(g: Any, s: Any, command: Any, bank: Any, tick: Any) -> None:
    """Close the gates that ``command`` closes when it issues at ``tick``."""
    for k in range(g[FROM + command], g[FROM + command + 1]):
        mask = g[MASK + k]
        node, until = bank & mask, tick + g[TICKS + k]
        if g[KIND + k] == ELSEWHERE:
            other = bank & g[PARENT + k]
            while g[AT + k] + other < g[END + k]:
                if other & mask != node:
                    s[g[AT + k] + other] = max(s[g[AT + k] + other], until)
                other += g[PARENT + k] + 1
            continue
        if g[KIND + k] == WINDOWED:
            newest = RECENT + node * WINDOW
            for i in range(newest + WINDOW - 1, newest, -1):
                s[i] = s[i - 1]
            s[newest] = tick
            if s[newest + WINDOW - 1] < 0:
                continue
            until = s[newest + WINDOW - 1] + g[TICKS + k]
        place, end = g[AT + k] + node, g[END + k]  # no range: dividing by its step would take longer than the loop
        while place < end:
            s[place] = max(s[place], until)
            place += mask + 1
