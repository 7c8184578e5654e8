"""Distances between commands that the closed form and the port share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsim.memory.dram.commands import Command
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.gates import GATES, SCOPES
from hwsim.memory.dram.mapping import level_bits
from hwsim.memory.dram.traffic import LINE_BYTES

NONE = -1  # the two do not meet: they are in different pseudo channels
SEQUENCES = ((Command.READ, Command.READ), (Command.WRITE, Command.WRITE), (Command.WRITE, Command.READ),
             (Command.READ, Command.WRITE))


def column_gaps(device: DramDevice) -> NDArray[np.int64]:
    """Return cycles from one column command to the next, shape (4, groups, groups).

    The first index is as in ``SEQUENCES``; the others are the bank groups of both, numbered by the lowest bits of their banks'
    numbers.
    """
    bits = level_bits(device.organisation)
    group = np.arange(2 ** bits["bankgroup"])
    node = {scope: group & (2 ** bits[scope] - 1) for scope in SCOPES[:-1]}
    same = {scope: np.equal.outer(numbers, numbers) for scope, numbers in node.items()}
    gaps = np.full((len(SEQUENCES), group.size, group.size), NONE, np.int64)
    for gate in GATES:
        for sequence, (before, after) in enumerate(SEQUENCES):
            if before in gate.before and after in gate.after:
                parent = SCOPES[max(0, SCOPES.index(gate.scope) - 1)]
                meet = same[parent] & ~same[gate.scope] if gate.elsewhere else same[gate.scope]
                gaps[sequence][meet] = np.maximum(gaps[sequence][meet], gate.cycles(device.timing))
    return gaps


def row_command_ticks(device: DramDevice) -> int:
    """Return the ticks a command bus is taken up by opening a row: an activate, a precharge and what goes with them.

    A bus for all commands carries the columns too: those of a line at least.
    """
    t = device.timing
    row = t.act_ticks + (t.aad > 0) + t.pre_ticks
    return row if device.row_bus else row + max(1, LINE_BYTES // device.organisation.transaction_bytes) * t.column_ticks
