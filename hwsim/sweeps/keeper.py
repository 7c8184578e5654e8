"""The journal of one sweep: which of its points are known, and keeping those that finish."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hwsim
from hwsim.arch.load import template_hash
from hwsim.errors import ConfigError, Fault
from hwsim.sweeps.evaluate import Rows
from hwsim.sweeps.frame import Outcome
from hwsim.sweeps.journal import Entry, Journal, number_of
from hwsim.sweeps.plan import Plan
from hwsim.sweeps.salvage import salvage
from hwsim.sweeps.scenario import model_version
from hwsim.sweeps.totals import TOTALS

Ints = NDArray[np.int64]
_BLOCK = 1 << 16  # known points in memory at a time


class Keeper:
    """Reads and writes the points of a plan; ``note`` says what was done to a damaged journal, or is None."""

    def __init__(self, plan: Plan, store: str | Path) -> None:
        self.plan, self.note = plan, None
        self.journal, self.note = open_journal(store)
        self._keys = plan.keys()
        self._numbers = [number_of(identity) for identity in plan.contexts]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.journal.describe([{
            "identity": identity, "accelerator": made.accelerator.name, "workload": made.network.name,
            "fidelity": made.fidelity, "seed": made.seed, "policy": None if made.policy is None else repr(made.policy),
            "template_hash": template_hash(made.accelerator), "workload_hash": made.network.content_hash,
            "model_version": model_version(), "hwsim_version": hwsim.__version__, "created": now,
        } for identity, made in zip(plan.contexts, plan.scenarios, strict=True)])

    def fill(self, outcome: Outcome) -> None:
        """Fill in what is known."""
        first: dict[bytes, int] = {}
        again = [(point, first[key]) for point, key in enumerate(self._keys) if first.setdefault(key, point) != point and key]
        known = self.journal.read(dict.fromkeys(self._numbers))
        while block := list(islice(known, _BLOCK)):
            rows = [(first[key], entry) for key, entry in block if key in first]
            if not rows:  # points of other sweeps
                continue
            points = [point for point, _ in rows]
            outcome.values[points, :len(TOTALS)] = [entry.totals for _, entry in rows]
            outcome.known[points] = True
            for point, entry in rows:
                self._fill_rest(outcome, point, entry)
        for point, like in again:  # points that say the same in other words
            if outcome.known[like]:
                outcome.values[point], outcome.known[point] = outcome.values[like], True
                outcome.errors |= {point: outcome.errors[like]} if like in outcome.errors else {}
                outcome.extras |= {point: outcome.extras[like]} if like in outcome.extras else {}

    def _fill_rest(self, outcome: Outcome, point: int, entry: Entry) -> None:
        if entry.error is not None:
            outcome.errors[point] = entry.error
        if entry.extra:
            names = [f"sum:{name}" for name in self.plan.common.sums]
            outcome.values[point, len(TOTALS):] = [_number(entry.extra.get(name)) for name in names]
            extra = {name: _number(value) for name, value in entry.extra.items() if name not in names}
            outcome.extras |= {point: extra} if extra else {}

    def keep(self, scenario: int, points: Ints, rows: Rows) -> None:
        """Write the rows of points that finished."""
        sums, width = self.plan.common.sums, len(TOTALS)
        axes = self.plan.axes_as_json(points)
        entries = []
        for i, (point, values) in enumerate(zip(points.tolist(), rows.values.tolist(), strict=True)):
            extra: dict[str, Any] = {f"sum:{name}": _finite(value) for name, value in zip(sums, values[width:], strict=True)}
            if rows.extras:
                extra |= {name: _finite(value) for name, value in rows.extras[i].items()}
            entries.append((self._keys[point], axes[i], Entry(tuple(values[:width]), extra, rows.errors.get(i))))
        self.journal.write(self._numbers[scenario], entries)

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()


def open_journal(store: str | Path) -> tuple[Journal, str | None]:
    """Open a journal; a damaged one is put aside and what can be read of it goes into a new one, as the text says.

    Raises
    ------
    ConfigError
        The file is no journal.
    """
    path = Path(store)
    try:
        journal = Journal(path)
        if journal.whole():
            return journal, None
        journal.close()
    except sqlite3.DatabaseError as error:
        if "file is not a database" in str(error) and not _looks_like_one(path):
            raise ConfigError(Fault("not a journal of sweeps, and not empty", file=str(path))) from error
    return salvage(path)


def _looks_like_one(path: Path) -> bool:
    """Tell whether a file whose head is damaged may have been a journal: any of its pages names the tables' columns."""
    from hwsim.sweeps.salvage import looks_like_journal

    return looks_like_journal(path)


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
