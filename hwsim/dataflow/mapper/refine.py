"""Improve nests loop by loop and boundary by boundary; operands of one level need not share theirs."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.mapper.candidates import Best, Rows
from hwsim.dataflow.mapper.moves import moves
from hwsim.dataflow.mapper.prepare import Prepared
from hwsim.dataflow.mapper.rewrite import AXIS_OF, DIM_OF, FACTOR_OF

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
LOOPS = 40  # of a nest, at most
ROOM = 8192  # moves looked at together
SEEN = 1 << 16  # nests remembered, not to be looked at again
FIRST = -1  # turn of a nest not yet costed
NEVER = 1 << 30  # turns that a nest waits which does not fit


@dataclass
class Nests:
    """Nests under way.

    Attributes
    ----------
    loops (nests, LOOPS, 4), lengths (nests,), positions (nests, 3, levels) : see ``moves``. scores : (nests,).
    turn : (nests,), see ``which`` of ``moves``. waited : (nests,), turns without a better nest.
    start : (nests,), a number for every start, below 0 where it has none yet.
    """

    loops: Ints
    lengths: Ints
    positions: Ints
    scores: Floats
    turn: Ints
    waited: Ints
    start: Ints

    @classmethod
    def fresh(cls, loops: Ints, lengths: Ints, positions: Ints) -> Nests:
        """Return nests not yet costed, which may not fit."""
        count = len(lengths)
        return cls(loops, lengths, positions, np.full(count, np.inf), np.full(count, FIRST), np.zeros(count, np.int64),
                   np.full(count, -1))

    def some(self, which: NDArray[np.intp]) -> Nests:
        """Return some of them."""
        return Nests(*(getattr(self, field.name)[which] for field in fields(self)))

    def first(self, count: int) -> Nests:
        """Return the first ``count``."""
        return self.some(np.arange(min(count, len(self.scores))))

    def joined(self, other: Nests) -> Nests:
        """Return these and others, the best first."""
        both = Nests(*(np.concatenate([getattr(self, field.name), getattr(other, field.name)]) for field in fields(self)))
        return both.some(np.argsort(both.scores, kind="stable"))

    def take(self, which: NDArray[np.intp], moved: NDArray[np.intp], refinement: Refinement) -> None:
        """Replace some by moves of them."""
        self.loops[which], self.positions[which] = refinement.loops[moved], refinement.positions[moved]
        self.lengths[which] = refinement.lengths[moved]


class Refinement:
    """Takes the best move of every nest's loop or boundaries in turn, none twice; keeps what it sees best.

    Attributes
    ----------
    loops, lengths, positions : the moves last looked at, as of ``Nests``.
    """

    def __init__(self, prepared: Prepared, best: Best) -> None:
        self._p, self._best = prepared, best
        self.loops, self.positions = np.zeros((ROOM, LOOPS, 4), np.int64), np.zeros((ROOM, 3, prepared.depth), np.int64)
        self.lengths, self._seen = np.zeros(ROOM, np.int64), np.zeros(SEEN, np.int64)
        self._starts = 0

    def moves(self, nests: Nests, turn: Ints) -> Ints:
        """Write moves of nests, return (nests,) where those of each end."""
        p, ends = self._p, np.zeros(len(turn), np.int64)
        moves(p.row, p.level_rows, p.datapath, p.space.imperfect, p.optional, nests.loops, nests.lengths, nests.positions, turn,
              self.loops, self.positions, self.lengths, ends, nests.start, self._seen)
        return ends

    def run(self, nests: Nests, turns: int, exchanges: bool = False) -> Nests:
        """Return the nests after so many turns at most, fewer where nothing helps any more; the best first.

        exchanges : after all else, factors of two loops change places too.
        """
        new = np.flatnonzero(nests.start < 0)
        nests.start[new] = self._starts + np.arange(len(new))
        self._starts += len(new)
        if exchanges:
            nests.waited[nests.waited < NEVER] = 0
        for _ in range(turns):
            active = np.flatnonzero(nests.waited <= nests.lengths * (1 + exchanges))
            if not len(active):
                break
            now = nests if len(active) == len(nests.lengths) else nests.some(active)
            ends = self.moves(now, now.turn)
            count = int(ends[-1])
            scores = self._best.look(Rows(self.loops[:count, :, DIM_OF], self.loops[:count, :, FACTOR_OF],
                                          self.loops[:count, :, AXIS_OF], self.positions[:count]), count)
            chosen = np.array([begin + int(np.argmin(scores[begin:end])) if end > begin else -1
                               for begin, end in zip(np.r_[0, ends[:-1]], ends, strict=True)])
            fresh, moved = now.turn == FIRST, chosen >= 0
            better = moved.copy()
            better[moved] = fresh[moved] | (scores[chosen[moved]] < now.scores[moved] * (1 - 1e-12))
            nests.waited[active] += 1
            nests.waited[active[fresh & ~moved]] = NEVER
            which = active[better]
            nests.take(which, chosen[better], self)
            nests.scores[which], nests.waited[which] = scores[chosen[better]], 0
            last, turn = nests.lengths[active] * (1 + exchanges), nests.turn[active]
            nests.turn[active] = np.where((turn > 0) & (turn <= last), turn - 1, last)
        return nests.some(np.argsort(nests.scores, kind="stable"))
