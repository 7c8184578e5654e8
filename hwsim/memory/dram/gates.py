"""Timing gates: which command must wait how long for which, and within what part of the channel.

``GATES`` is the one table for all standards: a standard that lacks a parameter has 0 for it and the gate never closes.
``gates(device)`` resolves it to controller ticks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hwsim.memory.dram.commands import COLUMN_COMMANDS, ROW_COMMANDS, Command
from hwsim.memory.dram.device import DramDevice, Timing

ACT, PRE, PRE_ALL, READ, WRITE, REFRESH, _, _ = Command
SCOPES = ("channel", "pseudochannel", "rank", "stack", "bankgroup", "bank")  # from the widest to the narrowest


@dataclass(frozen=True, slots=True)
class Gate:
    """``after`` waits for ``before`` in the same ``scope``.

    Attributes
    ----------
    jedec : name of the parameter or of the sum that the wait is.
    cycles : clock cycles of the wait, from the last tick of the one command to the last of the other.
    window : the ``window``-th last command counts, not the last (four activates).
    elsewhere : concerns the other nodes of ``scope`` under the same parent, not the command's own (another rank, stack).
    """

    jedec: str
    scope: str
    before: tuple[Command, ...]
    after: tuple[Command, ...]
    cycles: Callable[[Timing], int]
    window: int = 1
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class TickGate:
    """A gate of one device: ``ticks`` from the first tick of ``before`` to the first of ``after``."""

    jedec: str
    scope: str
    before: Command
    after: Command
    ticks: int
    window: int
    elsewhere: bool


def _write_end(t: Timing) -> int:
    return t.cwl + t.bl


def _read_to_write(t: Timing) -> int:
    return t.rtw or t.cl + t.bl + 2 - t.cwl


GATES = (
    # data bus: one burst after the other
    Gate("tBL", "pseudochannel", (READ,), (READ,), lambda t: t.bl),
    Gate("tBL", "pseudochannel", (WRITE,), (WRITE,), lambda t: t.bl),
    Gate("tBL + tCS", "rank", (READ,), (READ, WRITE), lambda t: t.bl + t.cs, elsewhere=True),
    Gate("tCWL + tBL + tCS - tCL", "rank", (WRITE,), (READ,), lambda t: _write_end(t) + t.cs - t.cl, elsewhere=True),
    Gate("tRTW", "rank", (READ,), (WRITE,), _read_to_write),
    # column commands
    Gate("tCCD_S", "stack", (READ,), (READ,), lambda t: t.ccd_s),
    Gate("tCCD_S_WR", "stack", (WRITE,), (WRITE,), lambda t: t.ccd_s_wr),
    Gate("tCCD_R", "stack", (READ,), (READ,), lambda t: t.ccd_r, elsewhere=True),
    Gate("tCCD_R", "stack", (WRITE,), (WRITE,), lambda t: t.ccd_r, elsewhere=True),
    Gate("tCCD_L", "bankgroup", (READ,), (READ,), lambda t: t.ccd_l),
    Gate("tCCD_L_WR", "bankgroup", (WRITE,), (WRITE,), lambda t: t.ccd_l_wr),
    Gate("tCWL + tBL + tWTR_S", "rank", (WRITE,), (READ,), lambda t: _write_end(t) + t.wtr_s),
    Gate("tCWL + tBL + tWTR_L", "bankgroup", (WRITE,), (READ,), lambda t: t.cwl + (t.bl_max or t.bl) + t.wtr_l),
    Gate("tRCD_RD", "bank", (ACT,), (READ,), lambda t: t.rcd_rd),
    Gate("tRCD_WR", "bank", (ACT,), (WRITE,), lambda t: t.rcd_wr),
    # activates
    Gate("tRRD_S", "rank", (ACT,), (ACT,), lambda t: t.rrd_s),
    Gate("tRRD_L", "bankgroup", (ACT,), (ACT,), lambda t: t.rrd_l),
    Gate("tFAW", "rank", (ACT,), (ACT,), lambda t: t.faw, window=4),
    Gate("tRC", "bank", (ACT,), (ACT,), lambda t: t.rc),
    Gate("tRP", "bank", (PRE,), (ACT,), lambda t: t.rp),
    Gate("tRPab", "rank", (PRE_ALL,), (ACT,), lambda t: t.rp_ab or t.rp),
    # precharges
    Gate("tRAS", "bank", (ACT,), (PRE,), lambda t: t.ras),
    Gate("tRAS", "rank", (ACT,), (PRE_ALL,), lambda t: t.ras),
    Gate("tRTP", "bank", (READ,), (PRE,), lambda t: t.rtp),
    Gate("tRTP", "rank", (READ,), (PRE_ALL,), lambda t: t.rtp),
    Gate("tCWL + tBL + tWR", "bank", (WRITE,), (PRE,), lambda t: _write_end(t) + t.wr),
    Gate("tCWL + tBL + tWR", "rank", (WRITE,), (PRE_ALL,), lambda t: _write_end(t) + t.wr),
    Gate("tPPD", "rank", (PRE, PRE_ALL), (PRE, PRE_ALL), lambda t: t.ppd),
    # refresh
    Gate("tRC", "rank", (ACT,), (REFRESH,), lambda t: t.rc),
    Gate("tRP", "rank", (PRE, PRE_ALL), (REFRESH,), lambda t: t.rp),
    Gate("tRFCab", "rank", (REFRESH,), (ACT, PRE_ALL, REFRESH), lambda t: t.rfc),
)


def command_ticks(timing: Timing, command: Command) -> int:
    """Return the ticks ``command`` occupies its bus."""
    if command == ACT:
        return timing.act_ticks
    return timing.column_ticks if command in COLUMN_COMMANDS else timing.pre_ticks


def gates(device: DramDevice) -> tuple[TickGate, ...]:
    """Return every gate of ``device`` that can close, the command buses included, one entry a pair of commands."""
    timing = device.timing
    several = {"rank": device.organisation.ranks > 1, "stack": device.organisation.stacks > 1}
    found = []
    for gate in GATES:
        if gate.elsewhere and not several[gate.scope]:
            continue
        for before in gate.before:
            for after in gate.after:
                ticks = (gate.cycles(timing) * timing.ticks_per_ck
                         + command_ticks(timing, before) - command_ticks(timing, after))
                if gate.cycles(timing) > 0 and ticks > 0:
                    found.append(TickGate(gate.jedec, gate.scope, before, after, ticks, gate.window, gate.elsewhere))
    buses = (ROW_COMMANDS, COLUMN_COMMANDS) if device.row_bus else (ROW_COMMANDS + COLUMN_COMMANDS,)
    for bus in buses:
        for before in bus:
            if (ticks := command_ticks(timing, before)) > 1:
                found += [TickGate("command bus", "channel", before, after, ticks, 1, False) for after in bus]
    return tuple(found)
