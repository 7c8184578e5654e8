"""Random schedules for the tests of the engines."""

from typing import Any

import numpy as np

from hwsim.engine import Pool, Resource, Schedule
from hwsim.memory.dram.port import DramPort
from hwsim.memory.dram.presets import dram_device


def ports() -> list[DramPort]:
    return [DramPort(dram_device("DDR4-3200 x8"), "MOP4CLXOR"), DramPort(dram_device("HBM2-2000 2pc"), channels=2)]


def random_schedule(seed: int, *, dram: bool = False, tasks: int = 6, repeats: int = 5) -> Schedule:
    """Return a few segments with every kind of server, credits, priorities, arrivals, lags and tasks of no time.

    Credits may deadlock.
    """
    g = np.random.default_rng(seed)
    kinds = g.choice(["fixed", "rate", "dram"] if dram else ["fixed", "rate"], g.integers(1, 5))
    resources = [Resource(f"r{i}", kind, bytes_per_s=1e12 * (kind == "rate"), port=ports()[g.integers(2)] if kind == "dram"
                          else None) for i, kind in enumerate(kinds.tolist())]
    pools = [Pool(f"p{i}", int(g.integers(1, 5))) for i in range(g.integers(0, 4))]
    size, count = (g.integers(1, most + 1, g.integers(1, 5)) for most in (tasks, repeats))
    size = np.resize(size, count.size)
    start = np.concatenate([[0], np.cumsum(size)])
    total = int(start[-1])
    segment = np.repeat(np.arange(size.size), size)
    depends: list[list[tuple[int, int]]] = []
    for task in range(total):
        rows = [(int(other), 0) for other in range(task) if g.random() < 2.5 / total]
        if g.random() < 0.3:
            rows.append((int(g.integers(start[segment[task]], start[segment[task] + 1])), int(g.integers(1, 4))))
        depends.append(rows)
    where = g.integers(0, len(resources), total)
    on_dram = kinds[where] == "dram"
    service = np.where(on_dram, 0, g.choice([0, 1, 1, 2, 3, 5, 8, 13], total))
    moved = np.where(on_dram, g.integers(1, 6000, total), np.where(kinds[where] == "rate", service, g.integers(0, 50, total)))
    run = np.where(on_dram & (g.random(total) < 0.3), g.choice([64, 200, 256], total), 0)
    columns: dict[str, Any] = {
        "moved_bytes": moved, "priority": g.choice([0, 0, 0, -1, 2], total),
        "arrival": np.where(g.random(total) < 0.2, g.integers(0, 30, total), 0), "write": on_dram & (g.random(total) < 0.4),
        "address": g.integers(0, 1 << 22, total) * 64, "address_step": g.integers(0, 1 << 14, total), "run_bytes": run,
        "pitch_bytes": np.where(run > 0, run + g.choice([0, 64, 8192], total), 0)}
    acquire_pool, acquire, releases = np.full(total, -1), np.zeros(total, np.int64), [[] for _ in range(total)]
    takes = g.random(total) < (0.4 if pools else 0.0)
    for task in np.flatnonzero(takes).tolist():
        pool = int(g.integers(len(pools)))
        acquire_pool[task], acquire[task] = pool, g.integers(1, pools[pool].credits + 1)
        # given back by the task itself or by one that waits for it in the same repetition and takes none
        later = [t for t in range(task, start[segment[task] + 1]) if (task, 0) in depends[t] and not takes[t]]
        releases[int(g.choice([task, *later]))].append((pool, int(acquire[task])))
    return Schedule.of(
        resources, where, service, pools=pools, segment_start=start, segment_count=count, acquire_pool=acquire_pool,
        acquire=acquire, **columns, **compressed("depends", depends), **compressed("release", releases))


def compressed(name: str, of_task: list[list[tuple[int, int]]]) -> dict[str, Any]:
    """Return the three arrays of compressed rows."""
    pairs = np.array([pair for row in of_task for pair in row], np.int64).reshape(-1, 2)
    names = ("depends_on", "depends_lag") if name == "depends" else ("release_pool", "release")
    return {f"{name}_start": np.cumsum([0, *map(len, of_task)]), names[0]: pairs[:, 0], names[1]: pairs[:, 1]}


def columns(timeline: Any) -> np.ndarray:
    """Return (N, 4): ready, queued, start, end."""
    return np.stack([timeline.ready, timeline.queued, timeline.start, timeline.end], axis=1)
