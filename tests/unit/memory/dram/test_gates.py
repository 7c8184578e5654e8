"""Every timing gate of every device: blocked one tick before its time, open at it, and of no concern elsewhere."""

from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from hwsim.memory.dram.burst.cells import cells
from hwsim.memory.dram.burst.scheduler import Run, earliest, run_of
from hwsim.memory.dram.burst.state import fresh_state
from hwsim.memory.dram.burst.timing_state import issued, resolve
from hwsim.memory.dram.commands import Command
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.gates import SCOPES, TickGate, gates
from hwsim.memory.dram.mapping import level_bits
from hwsim.memory.dram.presets import dram_device

ACT, PRE, PRE_ALL, READ, WRITE, REFRESH, _, _ = Command
NAMES = ("DDR4-2400 x8", "DDR4-3200 x8", "DDR4-3200 x8 2R", "DDR5-3200 x8", "DDR5-4800 x8", "DDR5-6400 x8", "LPDDR5-6400 x16",
         "LPDDR5X-8533 x16", "HBM2-2000 1pc", "HBM2-2000 2pc", "HBM2E-3200 2pc", "HBM3-6400 1pc", "HBM3-6400 2pc",
         "GDDR6-14000 x16")
DEVICES = {name: dram_device(name) for name in NAMES}
START = 1000


@njit
def _issue(table: Any, state: Any, command: int, bank: int, tick: int) -> None:
    issued(cells(table), cells(state), command, bank, tick)


@njit
def _earliest(run: Any, state: Any, command: int, bank: int) -> Any:
    return earliest(run, cells(state), command, bank)


class Checker:
    """The gates of the compiled model and a state of its own."""

    def __init__(self, device: DramDevice, rows: tuple[TickGate, ...] | None = None) -> None:
        self.run: Run = run_of(device, refresh=True, pace=0)
        self.table: NDArray[np.int64] = resolve(device, rows)
        self.state = fresh_state(0)

    def issue(self, command: Command, bank: int, tick: int) -> None:
        _issue(self.table, self.state, int(command), bank, tick)

    def legal(self, command: Command, bank: int, tick: int) -> bool:
        return bool(tick >= _earliest(self.run, self.state, int(command), bank))


def sizes(device: DramDevice) -> dict[str, int]:
    """Return how many nodes each scope has."""
    return {scope: 2**bits for scope, bits in level_bits(device.organisation).items()}


def inside(device: DramDevice, gate: TickGate, bank: int, other: int) -> bool:
    """Return whether ``gate``, closed by a command to ``bank``, concerns ``other``."""
    own = sizes(device)[gate.scope]
    if not gate.elsewhere:
        return bank % own == other % own
    above = sizes(device)[SCOPES[SCOPES.index(gate.scope) - 1]]
    return bank % above == other % above and bank % own != other % own


def whole_rank(command: Command) -> bool:
    return command in (PRE_ALL, REFRESH)


def targets(device: DramDevice, command: Command) -> range:
    """Return what a command may name: banks, or ranks."""
    return range(sizes(device)["rank"] if whole_rank(command) else device.organisation.banks)


CASES = [(name, index) for name, device in DEVICES.items() for index in range(len(gates(device)))]


@pytest.mark.parametrize(("name", "index"), CASES, ids=[f"{name}: {DEVICES[name] and gates(DEVICES[name])[index].jedec} "
                                                        f"{index}" for name, index in CASES])
def test_a_gate_is_tight(name: str, index: int) -> None:
    device = DEVICES[name]
    gate = gates(device)[index]
    checker = Checker(device, (gate,))
    bank = targets(device, gate.before)[-1]
    for i in range(gate.window):  # of four activates the first counts
        assert all(checker.legal(gate.after, other, 0) for other in targets(device, gate.after))
        checker.issue(gate.before, bank, START + i)
    concerned = [other for other in targets(device, gate.after) if inside(device, gate, bank, other)]
    for other in targets(device, gate.after):
        assert checker.legal(gate.after, other, START + gate.ticks)
        assert checker.legal(gate.after, other, START + gate.ticks - 1) == (other not in concerned)
    assert all(checker.legal(command, other, 0) for command in Command if command != gate.after
               for other in targets(device, command))
    assert concerned


@pytest.mark.parametrize("name", NAMES)
def test_together_the_longest_gate_counts(name: str) -> None:
    device = DEVICES[name]
    every = gates(device)
    for before in (ACT, PRE, PRE_ALL, READ, WRITE, REFRESH):
        checker = Checker(device)
        bank = targets(device, before)[-1]
        checker.issue(before, bank, START)
        for after in (ACT, PRE, PRE_ALL, READ, WRITE, REFRESH):
            for other in targets(device, after):
                waits = [gate.ticks for gate in every if (gate.before, gate.after, gate.window) == (before, after, 1)
                         and inside(device, gate, bank, other)]
                if waits:
                    assert not checker.legal(after, other, START + max(waits) - 1)
                assert checker.legal(after, other, START + max(waits, default=-START))


def wait(name: str, before: Command, after: Command, bank: int, other: int) -> int:
    """Return the ticks that ``after`` to ``other`` waits for ``before`` to ``bank``."""
    checker = Checker(DEVICES[name])
    checker.issue(before, bank, START)
    return next(ticks for ticks in range(5000) if checker.legal(after, other, START + ticks))


SAME, GROUP, OTHER = 0, "group", "other"


@pytest.mark.parametrize(("name", "before", "after", "where", "ticks"), [
    # DDR4-3200AA: CL 22, CWL 16, BL/2 4, tRCD = tRP = 22, tRAS 52, tWR 24, tRTP 12, tWTR_S/L 4/12, tCCD_S/L 4/8, tRRD_S/L 4/8
    ("DDR4-3200 x8", ACT, READ, SAME, 22), ("DDR4-3200 x8", ACT, PRE, SAME, 52), ("DDR4-3200 x8", ACT, ACT, SAME, 74),
    ("DDR4-3200 x8", PRE, ACT, SAME, 22), ("DDR4-3200 x8", READ, PRE, SAME, 12), ("DDR4-3200 x8", WRITE, PRE, SAME, 44),
    ("DDR4-3200 x8", READ, READ, GROUP, 8), ("DDR4-3200 x8", READ, READ, OTHER, 4), ("DDR4-3200 x8", ACT, ACT, GROUP, 8),
    ("DDR4-3200 x8", ACT, ACT, OTHER, 4), ("DDR4-3200 x8", READ, WRITE, OTHER, 12),
    ("DDR4-3200 x8", WRITE, READ, GROUP, 32), ("DDR4-3200 x8", WRITE, READ, OTHER, 24), ("DDR4-3200 x8", PRE, ACT, OTHER, 0),
    ("DDR4-3200 x8", REFRESH, ACT, SAME, 576),
    # two ranks: bank 1 is the other rank; data bus turnaround of 2
    ("DDR4-3200 x8 2R", READ, READ, 1, 6), ("DDR4-3200 x8 2R", READ, WRITE, 1, 6), ("DDR4-3200 x8 2R", WRITE, WRITE, 1, 4),
    ("DDR4-3200 x8 2R", WRITE, READ, 1, 0), ("DDR4-3200 x8 2R", ACT, ACT, 1, 0),
    # DDR5-4800AN: activate, read and write take two ticks of the command bus, precharge one; times count from the last
    ("DDR5-4800 x8", ACT, READ, SAME, 34), ("DDR5-4800 x8", READ, PRE, SAME, 19), ("DDR5-4800 x8", PRE, ACT, SAME, 33),
    ("DDR5-4800 x8", ACT, PRE, OTHER, 2), ("DDR5-4800 x8", WRITE, WRITE, GROUP, 48), ("DDR5-4800 x8", READ, READ, OTHER, 8),
    ("DDR5-4800 x8", PRE, PRE, OTHER, 2), ("DDR5-4800 x8", READ, WRITE, OTHER, 34 + 8 + 4 - 32),
    # LPDDR5-6400: a write's core time is two bursts before tWTR_L
    ("LPDDR5-6400 x16", WRITE, READ, GROUP, 9 + 4 + 10), ("LPDDR5-6400 x16", WRITE, READ, OTHER, 9 + 2 + 5),
    # HBM2: activates take two ticks of the row bus, column commands go over a bus of their own
    ("HBM2-2000 2pc", ACT, READ, SAME, 15), ("HBM2-2000 2pc", ACT, WRITE, SAME, 13), ("HBM2-2000 2pc", PRE, ACT, SAME, 13),
    ("HBM2-2000 2pc", ACT, ACT, 1, 2), ("HBM2-2000 2pc", READ, READ, 1, 0), ("HBM2-2000 2pc", ACT, READ, 1, 0),
    # HBM3, two ticks a cycle: activate 3 ticks, precharge 1, column commands 2; bank 2 is the other stack, bank 1 the other
    # pseudo channel
    ("HBM3-6400 2pc", ACT, READ, SAME, 2 * 31 + 1), ("HBM3-6400 2pc", PRE, ACT, SAME, 2 * 26 - 2),
    ("HBM3-6400 2pc", READ, PRE, SAME, 2 * 9 + 1), ("HBM3-6400 2pc", READ, READ, 2, 6), ("HBM3-6400 2pc", READ, READ, OTHER, 4),
    ("HBM3-6400 2pc", READ, READ, GROUP, 8), ("HBM3-6400 2pc", READ, READ, 1, 2), ("HBM3-6400 2pc", ACT, ACT, 1, 3),
    ("HBM3-6400 2pc", READ, WRITE, 2, 40),
    ("GDDR6-14000 x16", READ, WRITE, OTHER, 25), ("GDDR6-14000 x16", REFRESH, ACT, SAME, 211),
])
def test_waits_computed_by_hand(name: str, before: Command, after: Command, where: int | str, ticks: int) -> None:
    stacks, groups = sizes(DEVICES[name])["stack"], sizes(DEVICES[name])["bankgroup"]
    other = {GROUP: groups, OTHER: stacks}.get(where, where)  # one up in the bank's bits; one up in the group's
    assert wait(name, before, after, 0, int(other)) == ticks


def test_the_fifth_activate_waits_for_the_first() -> None:
    checker = Checker(DEVICES["DDR4-3200 x8"])
    for i, tick in enumerate((100, 104, 108, 112)):  # four bank groups, tRRD_S = 4
        checker.issue(ACT, i, tick)
    assert not checker.legal(ACT, 4, 133)
    assert checker.legal(ACT, 4, 134)  # tFAW = 34, and tRRD_L = 8 of its group is over
    checker.issue(ACT, 4, 134)
    assert not checker.legal(ACT, 5, 137)
    assert checker.legal(ACT, 5, 138)  # 104 + 34
