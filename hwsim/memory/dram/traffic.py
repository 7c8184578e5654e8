"""Traffic by name: streams, strides, tile walks and random lines, as chunks of transactions.

Traffic is in lines of 64 bytes; a device that moves 32 bytes a burst gets two consecutive transactions a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.memory.dram.device import DramDevice

Lines = NDArray[np.int64]
Flags = NDArray[np.bool_]
Chunk = tuple[Lines, Flags]
LINE_BYTES = 64
CHUNK_LINES = 16384
SEED = 12345
TILE_ROWS = 64
ODD_BANK_BYTES = 8 * 1024 + 256
MOST = 2**40  # lines of a stride, bytes of a pitch: beyond any memory


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests in order: ``chunks()`` starts anew and yields (transaction numbers, which of them are writes).

    ``endless``: they never end. ``per_line`` consecutive transactions are one line.
    """

    name: str
    chunks: Callable[[], Iterator[Chunk]]
    endless: bool = True
    per_line: int = 1


def traffic(name: str | Traffic, device: DramDevice) -> Traffic:
    """Return the pattern ``name`` over the capacity of one channel of ``device``; it never ends. Traffic is returned as it is.

    Names: ``seq_read``, ``seq_write``; ``seq_rw_inline`` (lines alternately read and written), ``seq_copy`` (read stream at 0,
    write stream half the capacity away: the same bank, another row), ``seq_copy_odd_bank`` (8 KiB + 256 B further);
    ``stride_K`` (reads K lines apart); ``random_read``, ``random_rw`` (uniform lines, half of them writes);
    ``tile_W_P`` (rows of W bytes at a pitch of P KiB, 64 rows a tile, tiles from left to right, then the next band).

    Random lines are of numpy's PCG64 seeded with ``SeedSequence(12345)``: the same in every process.

    Raises
    ------
    ConfigError
        No such pattern, with the nearest; a stride or tile that is no whole number of lines.
    """
    if isinstance(name, Traffic):
        return name
    lines = device.organisation.capacity_bytes // LINE_BYTES
    per_line = max(1, LINE_BYTES // device.organisation.transaction_bytes)
    source = _source(name, lines)

    def chunks() -> Iterator[Chunk]:
        for line, write in source():
            yield (line[:, None] * per_line + np.arange(per_line)).ravel(), np.repeat(write, per_line)

    return Traffic(name, chunks, per_line=per_line)


def _source(name: str, lines: int) -> Callable[[], Iterator[Chunk]]:
    if not isinstance(name, str):
        raise ConfigError(Fault("not DRAM traffic", path="traffic", value=repr(name), allowed="the name of a pattern, or what "
                                "trace() returns"))
    if name in _FIXED:
        return lambda: _FIXED[name](lines)
    if match := re.fullmatch(r"stride_(\d+)", name):
        stride = int(match[1])
        if not 1 <= stride <= MOST:
            raise ConfigError(Fault("a stride is at least one line", path="traffic", value=repr(name), allowed=f"1 to {MOST}"))
        return lambda: _stride(stride, lines)
    if match := re.fullmatch(r"tile_(\d+)_(\d+)", name):
        width, pitch = int(match[1]), int(match[2]) * 1024
        if width < LINE_BYTES or width % LINE_BYTES or pitch % width or pitch > MOST:
            raise ConfigError(Fault(f"a row of a tile is whole lines of 64 bytes and divides the pitch of at most {MOST} bytes",
                                    path="traffic", value=repr(name)))
        return lambda: _tiles(width // LINE_BYTES, pitch // LINE_BYTES, lines)
    known = [*_FIXED, "stride_K", "tile_W_P"]
    raise ConfigError(Fault("unknown DRAM traffic", path="traffic", value=repr(name), allowed=", ".join(known),
                            nearest=nearest(name, known)))


def _numbers() -> Iterator[Lines]:
    start = 0
    while True:
        yield np.arange(start, start + CHUNK_LINES)
        start += CHUNK_LINES


def _stride(stride: int, lines: int) -> Iterator[Chunk]:
    for i in _numbers():
        yield i * stride % lines, np.zeros(CHUNK_LINES, np.bool_)


def _write(lines: int) -> Iterator[Chunk]:
    for i in _numbers():
        yield i % lines, np.ones(CHUNK_LINES, np.bool_)


def _inline(lines: int) -> Iterator[Chunk]:
    for i in _numbers():
        yield i % lines, i % 2 == 1


def _copy(lines: int, further_bytes: int = 0) -> Iterator[Chunk]:
    offset = lines // 2 + further_bytes // LINE_BYTES
    for i in _numbers():
        write = i % 2 == 1
        yield (i // 2 + write * offset) % lines, write


def _random(lines: int, writes: bool) -> Iterator[Chunk]:
    place, coin = (np.random.Generator(np.random.PCG64(seed)) for seed in np.random.SeedSequence(SEED).spawn(2))
    while True:
        write = coin.random(CHUNK_LINES) < 0.5 if writes else np.zeros(CHUNK_LINES, np.bool_)
        yield place.integers(0, lines, CHUNK_LINES), write


def _tiles(width: int, pitch: int, lines: int) -> Iterator[Chunk]:
    for i in _numbers():
        column, row_of_tile = i % width, i // width
        row, tile = row_of_tile % TILE_ROWS, row_of_tile // TILE_ROWS
        across = pitch // width
        place = (tile // across * TILE_ROWS + row) * pitch + tile % across * width + column
        yield place % lines, np.zeros(CHUNK_LINES, np.bool_)


_FIXED: dict[str, Callable[[int], Iterator[Chunk]]] = {
    "seq_read": lambda lines: _stride(1, lines),
    "seq_write": _write,
    "seq_rw_inline": _inline,
    "seq_copy": _copy,
    "seq_copy_odd_bank": lambda lines: _copy(lines, ODD_BANK_BYTES),
    "random_read": lambda lines: _random(lines, writes=False),
    "random_rw": lambda lines: _random(lines, writes=True),
}
