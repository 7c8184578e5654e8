"""Requests from a trace file, read a chunk at a time."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.memory.dram.device import DramDevice
from hwsim.memory.dram.load import load_dram
from hwsim.memory.dram.traffic import Chunk, Traffic

CHUNK_CHARACTERS = 2**20
MOST_FAULTS = 20  # of a chunk: a file of another kind is wrong in every line
MOST_SHOWN = 80  # characters of a line
HEAD_BYTES = 2**16
KINDS = {"R": False, "LD": False, "W": True, "ST": True}


def trace(path: str | Path, device: DramDevice | str) -> Traffic:
    """Return the requests in ``path`` as traffic of one channel of ``device`` (or the one of that name).

    A line is ``R`` or ``LD`` for a read, ``W`` or ``ST`` for a write, and a byte address, decimal or with ``0x``: one
    transaction each. Empty lines and what follows a ``#`` do not count.

    Raises
    ------
    ConfigError
        No such file, not a text, or, once its chunks are read: lines of another form, addresses beyond the channel, no
        request at all.
    """
    file = Path(path)
    _check_text(file, str(path))
    device = load_dram(device)
    capacity = device.organisation.capacity_bytes
    size = device.organisation.transaction_bytes

    def chunks() -> Iterator[Chunk]:
        number, requests = 0, 0
        with file.open(encoding="utf-8", errors="replace") as lines:
            while text := lines.readlines(CHUNK_CHARACTERS):
                address, write = _parse(text, str(path), number, capacity)
                number += len(text)
                requests += len(address)
                if address:
                    yield np.array(address, np.int64) // size, np.array(write, np.bool_)
        if requests == 0:
            raise ConfigError(Fault("a trace file without a request", file=str(path)))

    return Traffic(str(path), chunks, endless=False)


def _check_text(file: Path, name: str) -> None:
    """Refuse what is no text file, by its first characters."""
    if file.is_dir():
        raise ConfigError(Fault("is a directory, expected a trace file", file=name))
    if not file.is_file():
        raise ConfigError(Fault("no such trace file", file=name))
    try:
        with file.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
        is_text = "\0" not in getincrementaldecoder("utf-8")().decode(head)  # whose last character may be cut
    except OSError as error:
        raise ConfigError(Fault(f"cannot be read: {error.strerror}", file=name)) from None
    except UnicodeDecodeError:
        is_text = False
    if not is_text:
        raise ConfigError(Fault("not UTF-8 text; a trace is a request a line", file=name, allowed="R 0x1f40"))
    if len(head) == HEAD_BYTES and b"\n" not in head:
        raise ConfigError(Fault(f"a line of more than {HEAD_BYTES} characters; a trace is a request a line", file=name, line=1,
                                allowed="R 0x1f40"))


def _parse(text: list[str], file: str, before: int, capacity: int) -> tuple[list[int], list[bool]]:
    address: list[int] = []
    write: list[bool] = []
    faults: list[Fault] = []
    for number, line in enumerate(text, before + 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        fault = _fault(words, capacity)
        if fault is None:
            write.append(KINDS[words[0]])
            address.append(int(words[1], 0))
        else:
            faults.append(Fault(fault[0], file, number, value=_short(fault[1]), allowed=fault[2], nearest=fault[3]))
            if len(faults) == MOST_FAULTS:
                break
    if faults:
        raise ConfigError(faults)
    return address, write


def _short(text: str) -> str:
    return repr(text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…")


def _fault(words: list[str], capacity: int) -> tuple[str, str, str, str | None] | None:
    """Return what is wrong with the words of a line: message, value, what is allowed, nearest name."""
    if len(words) != 2:
        return "a request is its kind and an address", " ".join(words), "R 0x1f40", None
    kind, address = words
    if kind not in KINDS:
        return "unknown kind of request", kind, ", ".join(KINDS), nearest(kind.upper(), KINDS)
    try:
        value = int(address, 0)
    except ValueError:
        return "not an address", address, "decimal or 0x...", None
    if not 0 <= value < capacity:
        return "address outside the channel", address, f"0 to {capacity - 1:#x}", None
    return None
