"""Commands of a DRAM channel, as the burst-level model issues them."""

from __future__ import annotations

from enum import IntEnum


class Command(IntEnum):
    """A command on the command bus. Columns are READ and WRITE; the others go over the row bus where there are two.

    ACT of LPDDR5 is its first step (ACT-1); ACT_2 is the second. CAS starts the data clock before an access (LPDDR5).
    """

    ACT = 0
    PRE = 1
    PRE_ALL = 2
    READ = 3
    WRITE = 4
    REFRESH = 5
    ACT_2 = 6
    CAS = 7


ROW_COMMANDS = (Command.ACT, Command.PRE, Command.PRE_ALL, Command.REFRESH)
COLUMN_COMMANDS = (Command.READ, Command.WRITE)
