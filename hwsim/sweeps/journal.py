"""The journal: every finished point in an SQLite file, keyed by the content of what was run.

Rows carry a checksum, so that a damaged one is found even where the file's structure is whole. Only the parent process of a
sweep writes; two parents may share a file.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path
from typing import Any

from hwsim.errors import ConfigError, Fault, HwsimError
from hwsim.sweeps.totals import TOTALS

LAYOUT = 1  # of the tables; a file with a higher one is of a newer hwsim
_WAIT_S = 60.0  # for another parent that writes
_TOTALS = ", ".join(TOTALS)
_TABLES = f"""
CREATE TABLE IF NOT EXISTS scenarios (
    id INTEGER PRIMARY KEY, identity BLOB NOT NULL, accelerator TEXT, workload TEXT, fidelity TEXT, seed INTEGER,
    policy TEXT, template_hash TEXT, workload_hash TEXT, model_version TEXT, hwsim_version TEXT, created TEXT);
CREATE TABLE IF NOT EXISTS points (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL, scenario INTEGER NOT NULL, axes TEXT NOT NULL,
    {", ".join(f"{name} REAL" for name in TOTALS)}, extra TEXT, error TEXT, sum INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS points_by_key ON points (scenario, key);
"""
SCENARIO = ("id", "identity", "accelerator", "workload", "fidelity", "seed", "policy", "template_hash", "workload_hash",
            "model_version", "hwsim_version", "created")
_PACK = struct.Struct(f"<{len(TOTALS)}d")
COLUMNS = ("key", "scenario", "axes", *TOTALS, "extra", "error", "sum")
_INSERT = f"INSERT OR REPLACE INTO points ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of a point: totals (NaN where it failed), sums and other metrics, and why it failed."""

    totals: tuple[float, ...]
    extra: Mapping[str, float | None]
    error: str | None


def number_of(identity: bytes) -> int:
    """Return the number that points have of their scenario: it stays the same in another file."""
    return int.from_bytes(identity[:6], "little")


def checksum(key: bytes, axes: str, totals: Sequence[float | None], extra: str | None, error: str | None) -> int:
    """Return 32 bits over everything that a row says."""
    try:
        packed = _PACK.pack(*totals)
    except struct.error:  # a point that failed
        packed = _PACK.pack(*(nan if value is None else value for value in totals))
    found = zlib.crc32(packed, zlib.crc32(key))
    return zlib.crc32(f"{axes}\0{extra}\0{error}".encode(), found)


class Journal:
    """An open journal.

    Raises
    ------
    ConfigError
        The file is no journal, or one of a newer hwsim.
    HwsimError
        It cannot be written: no room on the disk, another process holds it too long.
    sqlite3.DatabaseError
        It is damaged; see ``salvage``.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if self.path.is_dir():
            raise ConfigError(Fault("is a directory, a journal is a file", file=str(path)))
        if not self.path.parent.is_dir():
            raise ConfigError(Fault("no such folder for a journal", file=str(path)))
        with self._clear():
            self._open()

    def _open(self) -> None:
        self._db = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
        tables = {name for name, in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and "points" not in tables:
            self._db.close()
            raise ConfigError(Fault("an SQLite file, but not a journal of sweeps", file=str(self.path),
                                    value=", ".join(sorted(tables))))
        layout = self._db.execute("PRAGMA user_version").fetchone()[0] if tables else LAYOUT
        if layout > LAYOUT:
            self._db.close()
            raise ConfigError(Fault("written by a newer hwsim", file=str(self.path), value=f"layout {layout}",
                                    allowed=f"layout {LAYOUT}; read it with that hwsim, or give another file"))
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing; a power cut at most the last commits
        if not tables:
            self._db.executescript(_TABLES)
            self._db.execute(f"PRAGMA user_version = {LAYOUT}")

    @contextmanager
    def _clear(self) -> Iterator[None]:
        """Turn what SQLite says of the disk into messages; damage passes through."""
        try:
            yield
        except sqlite3.OperationalError as error:
            reasons = {"database or disk is full": "no room left on the disk: what was committed before is safe",
                       "disk I/O error": "the disk refuses to write: what was committed before is safe",
                       "database is locked": f"another process has held it for {_WAIT_S:.0f} s",
                       "attempt to write a readonly database": "the file is read-only",
                       "unable to open database file": "the file cannot be opened"}
            reason = next((text for said, text in reasons.items() if said in str(error)), None)
            if reason is None:
                raise
            raise HwsimError(f"{self.path}: {reason}; the same call continues from there") from error

    def whole(self) -> bool:
        """Tell whether the structure of the file is undamaged."""
        found: list[tuple[str]] = self._db.execute("PRAGMA quick_check(1)").fetchall()
        return found == [("ok",)]

    def describe(self, scenarios: Iterable[Mapping[str, Any]]) -> None:
        """Keep what points refer to: columns of the table ``scenarios``, of which ``identity`` gives the number."""
        with self._clear():
            self._db.executemany(
                f"INSERT OR IGNORE INTO scenarios ({', '.join(SCENARIO)}) VALUES ({', '.join('?' * len(SCENARIO))})",
                [(number_of(row["identity"]), *(row[name] for name in SCENARIO[1:])) for row in scenarios])

    def read(self, scenarios: Iterable[int]) -> Iterator[tuple[bytes, Entry]]:
        """Yield key and entry of all undamaged points of scenarios."""
        wanted = f"SELECT key, axes, {_TOTALS}, extra, error, sum FROM points WHERE scenario = ?"
        for scenario in scenarios:
            for row in self._db.execute(wanted, (scenario,)):
                key, axes, *totals = row[:2 + len(TOTALS)]
                extra, error, total = row[-3:]
                if checksum(key, axes, totals, extra, error) == total:
                    if None in totals:
                        totals = [nan if value is None else value for value in totals]
                    yield key, Entry(tuple(totals), json.loads(extra) if extra else {}, error)

    def write(self, scenario: int, rows: Iterable[tuple[bytes, str, Entry]]) -> None:
        """Keep (key, axes, entry) of finished points, in one commit."""
        def plain(key: bytes, axes: str, entry: Entry) -> tuple[Any, ...]:
            totals = [None if isnan(value) else value for value in entry.totals]
            extra = json.dumps(entry.extra, allow_nan=False) if entry.extra else None
            return (key, scenario, axes, *totals, extra, entry.error, checksum(key, axes, totals, extra, entry.error))

        with self._clear():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(_INSERT, (plain(*row) for row in rows))
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        self._db.close()
