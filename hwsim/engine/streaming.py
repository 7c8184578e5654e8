"""Weights that live far away, fetched in chunks while kernels compute.

Each far memory sends one chunk after another over its link into a buffer of a few chunks (two: a double buffer); a kernel is
cut into as many pieces as it has chunks, a piece computes when its chunk is there, and frees it when it is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hwsim.engine.resource import TICK_S, Pool, Resource
from hwsim.engine.schedule import Schedule
from hwsim.engine.task_list import TaskList, ticks
from hwsim.errors import ConfigError, Fault
from hwsim.memory.tiers.lifetimes import Lifetimes
from hwsim.memory.tiers.placement import Placement


@dataclass(frozen=True, slots=True)
class FarStream:
    """What kernels need from one far memory.

    Attributes
    ----------
    link : name of the link, a ``rate`` server.
    bytes_per_s : of the link.
    kernel_bytes : bytes each kernel reads through it, 0 for none.
    """

    link: str
    bytes_per_s: float
    kernel_bytes: tuple[int, ...]


def far_streams(life: Lifetimes, placement: Placement, near: str) -> list[FarStream]:
    """Return the constants each kernel of ``life`` reads from the tiers beyond ``near``, a stream a tier that has any."""
    nearest = placement.hierarchy.index(near)
    tier_of = dict(zip((s.name for s in placement.table.symbols), placement.tier_of, strict=True))
    streams = []
    for index, tier in enumerate(placement.hierarchy.tiers):
        if index > nearest:
            moved = tuple(sum(size for name, size in life.read_bytes(step).items()
                              if name in kernel.weights and tier_of.get(name) == index)
                          for step, kernel in enumerate(life.kernels))
            if any(moved):
                streams.append(FarStream(tier.name, tier.read_bytes_per_s, moved))
    return streams


def prefetch(
    compute_s: Sequence[float], streams: Sequence[FarStream], *, chunk_bytes: int, buffers: int = 2, repeat: int = 1,
) -> Schedule:
    """Return the schedule of kernels that compute while their weights stream in.

    Parameters
    ----------
    compute_s : of each kernel alone, in order; each starts after the one before it.
    chunk_bytes : largest chunk; a kernel's bytes are cut into equal ones.
    buffers : chunks of a stream that may be under way or waiting, >= 1.
    repeat : how often the kernels run (layers of one shape, tokens); stored once.

    Notes
    -----
    Resources: ``compute`` and one a stream; pools: one a stream, of the same name; ``kernel`` is the kernel's position.
    Assumes that requests are sent early enough to hide the latency of the far memory.
    """
    _check(compute_s, streams, chunk_bytes, buffers, repeat)
    tasks = TaskList([Resource("compute"), *(Resource(s.link, "rate", s.bytes_per_s) for s in streams)],
                     [Pool(s.link, buffers, "chunks") for s in streams])
    number, plan = 0, []
    for kernel, busy, sizes in _pieces(compute_s, streams, chunk_bytes):
        loads = {}
        for stream, size in enumerate(sizes):
            if size:
                loads[stream] = number
                number += 1
        plan.append((kernel, busy, sizes, loads, number))
        number += 1
    last = {stream: load for *_, loads, _ in plan for stream, load in loads.items()}
    before, previous = (number - 1, 1), {stream: (load, 1) for stream, load in last.items()}
    for kernel, busy, sizes, loads, own in plan:
        for stream, load in loads.items():
            tasks.add(1 + stream, sizes[stream] / streams[stream].bytes_per_s, [previous[stream]], moved_bytes=sizes[stream],
                      kernel=kernel, acquire=(stream, 1))
            previous[stream] = (load, 0)
        tasks.add(0, busy * TICK_S, [before, *((load, 0) for load in loads.values())], kernel=kernel,
                  releases=[(stream, 1) for stream in loads])
        before = (own, 0)
    tasks.repeat(repeat)
    return tasks.schedule()


def prefetch_s(
    compute_s: Sequence[float], streams: Sequence[FarStream], *, chunk_bytes: int, buffers: int = 2, repeat: int = 1,
) -> float:
    """Return the seconds ``prefetch`` takes: a load waits for the one before it and for a buffer, a piece for its loads."""
    _check(compute_s, streams, chunk_bytes, buffers, repeat)
    pieces = list(_pieces(compute_s, streams, chunk_bytes))
    loaded = [0] * len(streams)
    freed: list[list[int]] = [[0] * buffers for _ in streams]  # ends of the last pieces that used each stream
    end = 0
    for _ in range(repeat):
        for _, busy, sizes in pieces:
            for stream, size in enumerate(sizes):
                if size:
                    start = max(loaded[stream], freed[stream][-buffers])
                    loaded[stream] = start + ticks(size / streams[stream].bytes_per_s)
            end = max(end, *(loaded[s] for s, size in enumerate(sizes) if size), 0) + busy
            for stream, size in enumerate(sizes):
                if size:
                    freed[stream] = [*freed[stream][1:], end]
    return end * TICK_S


def even_stream_s(chunks: int, load_s: float, compute_s: float, buffers: int = 2) -> float:
    """Return the seconds of ``chunks`` equal chunks, each loaded and then computed on.

    With two buffers or more the first load and the last piece stand alone and between them the slower of the two sets
    the pace; with one buffer nothing overlaps.
    """
    if buffers == 1:
        return chunks * (load_s + compute_s)
    return load_s + (chunks - 1) * max(load_s, compute_s) + compute_s


def _pieces(
    compute_s: Sequence[float], streams: Sequence[FarStream], chunk_bytes: int,
) -> Iterator[tuple[int, int, list[int]]]:
    """Yield (kernel, ticks of compute, bytes from each stream) of every piece, in order."""
    for kernel, seconds in enumerate(compute_s):
        moved = [s.kernel_bytes[kernel] for s in streams]
        count = max(1, *(-(-size // chunk_bytes) for size in moved)) if moved else 1
        busy = ticks(seconds)
        for i in range(count):
            yield kernel, busy * (i + 1) // count - busy * i // count, [
                size * (i + 1) // count - size * i // count for size in moved]


def _check(compute_s: Sequence[float], streams: Sequence[FarStream], chunk_bytes: int, buffers: int, repeat: int) -> None:
    faults = [Fault("out of range", path=f"prefetch.{name}", value=repr(value), allowed=">= 1")
              for name, value in (("chunk_bytes", chunk_bytes), ("buffers", buffers), ("repeat", repeat)) if value < 1]
    faults += [Fault("out of range", path=f"prefetch.compute_s.{i}", value=repr(seconds), allowed=">= 0")
               for i, seconds in enumerate(compute_s) if not seconds >= 0]
    if not compute_s:
        faults.append(Fault("at least one kernel", path="prefetch.compute_s"))
    for stream in streams:
        if len(stream.kernel_bytes) != len(compute_s) or min(stream.kernel_bytes, default=0) < 0:
            faults.append(Fault("a stream has bytes >= 0 for every kernel", path=f"prefetch.{stream.link}"))
        if not stream.bytes_per_s > 0:
            faults.append(Fault("out of range", path=f"prefetch.{stream.link}.bytes_per_s", value=repr(stream.bytes_per_s),
                                allowed="> 0"))
    names = ["compute", *(stream.link for stream in streams)]
    faults += [Fault("two resources of this name", path=f"prefetch.{n}") for n in dict.fromkeys(names) if names.count(n) > 1]
    if faults:
        raise ConfigError(faults)
