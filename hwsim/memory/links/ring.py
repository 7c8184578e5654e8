"""Collectives on a ring of equal links: each member sends to the next, all at once, step by step.

Source: Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", JPDC 69, 2009. Data are cut
into one part a member; a part is passed on in each step.
"""

from __future__ import annotations

import math

from hwsim.errors import ConfigError, Fault
from hwsim.memory.links.link import Link


def reduce_scatter_s(link: Link, moved_bytes: int, members: int) -> float:
    """Return seconds until each member holds its part of the sum of all members' ``moved_bytes``; adding takes no time."""
    return (_members(members) - 1) * float(link.transfer_s(_part_bytes(moved_bytes, members)))


def all_gather_s(link: Link, moved_bytes: int, members: int) -> float:
    """Return seconds until each member holds all parts, ``moved_bytes`` together."""
    return reduce_scatter_s(link, moved_bytes, members)


def all_reduce_s(link: Link, moved_bytes: int, members: int) -> float:
    """Return seconds until each member holds the sum of all members' ``moved_bytes``: a reduce-scatter, then an all-gather."""
    return reduce_scatter_s(link, moved_bytes, members) + all_gather_s(link, moved_bytes, members)


def all_reduce_j(link: Link, moved_bytes: int, members: int) -> float:
    """Return joules of an all-reduce on all links; half of it each for its reduce-scatter and its all-gather."""
    steps = 2 * (_members(members) - 1)
    return steps * members * float(link.transfer_j(_part_bytes(moved_bytes, members)))


def _part_bytes(moved_bytes: int, members: int) -> int:
    return math.ceil(moved_bytes / members)


def _members(members: int) -> int:
    if members < 1:
        raise ConfigError(Fault("a ring has at least one member", path="members", value=repr(members), allowed="at least 1"))
    return members
