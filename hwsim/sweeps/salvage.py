"""What can be read of a damaged journal: rows from the leaf pages of the file and of its write-ahead log.

Nothing of the damaged structure is followed. Every page that looks like a leaf of a table is decoded on its own (SQLite's file
format, sqlite.org/fileformat2.html), and a row counts where its checksum does.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from math import nan
from pathlib import Path
from typing import Any

from hwsim.sweeps.journal import COLUMNS, SCENARIO, Entry, Journal, checksum, number_of
from hwsim.sweeps.totals import TOTALS

_LEAF = 0x0D
_WAL_HEAD, _FRAME_HEAD = 32, 24
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def salvage(path: Path) -> tuple[Journal, str]:
    """Put a damaged journal aside and return a new one with every row of it that can be read, and what was done in words."""
    aside = path.with_name(f"{path.name}.damaged")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + suffix))
    journal = Journal(path)
    rows, scenarios = _rows_of(aside)
    journal.describe(scenarios.values())
    by_scenario: dict[int, list[tuple[bytes, str, Entry]]] = {}
    for row in rows.values():
        totals = tuple(nan if row[name] is None else float(row[name]) for name in TOTALS)
        entry = Entry(totals, json.loads(row["extra"]) if row["extra"] else {}, row["error"])
        by_scenario.setdefault(row["scenario"], []).append((row["key"], row["axes"], entry))
    for scenario, found in by_scenario.items():
        journal.write(scenario, found)
    return journal, (f"{path} was damaged: {len(rows):,} undamaged points are kept, lost ones are computed again; the old file "
                     f"is {aside.name}")


def looks_like_journal(path: Path) -> bool:
    """Tell whether any row of a journal can be read in a file."""
    points, scenarios = _rows_of(path)
    return bool(points or scenarios)


def _rows_of(path: Path) -> tuple[dict[bytes, dict[str, Any]], dict[int, dict[str, Any]]]:
    """Return the undamaged points by key and the scenarios by number, later versions instead of earlier ones."""
    points, scenarios = {}, {}
    for page in _pages(path):
        for record in _records(page):
            if len(record) == len(COLUMNS) + 1:  # the first column is the row's number, kept elsewhere
                row = dict(zip(COLUMNS, record[1:], strict=True))
                totals = [row[name] for name in TOTALS]
                if isinstance(row["key"], bytes) and isinstance(row["axes"], str) and all(
                        value is None or isinstance(value, int | float) for value in totals) and checksum(
                        row["key"], row["axes"], totals, row["extra"], row["error"]) == row["sum"]:
                    points[row["key"]] = row
            elif len(record) == len(SCENARIO):
                about = dict(zip(SCENARIO, record, strict=True))
                if isinstance(about["identity"], bytes) and len(about["identity"]) == 16:
                    scenarios[number_of(about["identity"])] = about
    return points, scenarios


def _pages(path: Path) -> Iterator[bytes]:
    """Yield pages of the file, then those of its log."""
    data = path.read_bytes() if path.is_file() else b""
    size = _page_size(data)
    for start in range(0, len(data) - size + 1, size):
        yield data[start:start + size]
    log = path.with_name(path.name + "-wal")
    data = log.read_bytes() if log.is_file() else b""
    size = struct.unpack(">I", data[8:12])[0] if len(data) >= _WAL_HEAD else size
    if size in _SIZES:
        for start in range(_WAL_HEAD + _FRAME_HEAD, len(data) - size + 1, size + _FRAME_HEAD):
            yield data[start:start + size]


_SIZES = tuple(2**n for n in range(9, 17))


def _page_size(data: bytes) -> int:
    """Return the page size that the head says, or SQLite's usual one where it says nothing possible."""
    said = struct.unpack(">H", data[16:18])[0] if len(data) >= 18 else 0
    return said if said in _SIZES else 4096


def _records(page: bytes) -> Iterator[list[Any]]:
    """Yield the values of every cell of a leaf page that can be decoded."""
    if page[0] != _LEAF:
        return
    count = struct.unpack(">H", page[3:5])[0]
    for i in range(min(count, (len(page) - 8) // 2)):
        at = struct.unpack(">H", page[8 + 2 * i:10 + 2 * i])[0]
        try:
            length, at = _varint(page, at)
            _, at = _varint(page, at)
            if length <= len(page) - 35:  # longer ones go on in other pages
                yield _values(page[at:at + length])
        except (IndexError, struct.error, UnicodeDecodeError, ValueError):
            continue


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for i in range(8):
        byte = data[at + i]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + i + 1
    return value << 8 | data[at + 8], at + 9


def _values(record: bytes) -> list[Any]:
    head, at = _varint(record, 0)
    body, found = head, list[Any]()
    while at < head:
        kind, at = _varint(record, at)
        value: Any = None
        size = 0
        if kind in _INTEGERS:
            size = _INTEGERS[kind]
            value = int.from_bytes(record[body:body + size], "big", signed=True)
        elif kind == 7:
            size = 8
            value = struct.unpack(">d", record[body:body + 8])[0]
        elif kind in (8, 9):
            value = kind - 8
        elif kind >= 12:
            size = (kind - 12) // 2
            piece = record[body:body + size]
            if len(piece) != size:
                raise ValueError("a cell that is cut off")
            value = piece.decode() if kind % 2 else piece
        elif kind != 0:
            raise ValueError("no such type")
        body += size
        found.append(value)
    return found
