"""Policies in plain Python, as users write them: each drives any engine and returns what it saw."""

from collections import OrderedDict

import numpy as np

from hwsim.engine import Pool, Resource, Schedule

CORE, LINK, DMA = Resource("core"), Resource("link", "rate", bytes_per_s=1e12), Resource("dma")
SLOTS = Pool("slots", 2)
RESOURCES, POOLS = (CORE, LINK, DMA), (SLOTS,)


def task(resource, ticks, **columns):
    """Return a schedule of one task."""
    return Schedule.of([resource], [0], [ticks], moved_bytes=ticks, **columns)


def poisson_arrivals(engine, seed=1, jobs=40):
    """Jobs of three steps come at random; what completed is looked at whenever the next comes."""
    g = np.random.default_rng(seed)
    seen = []
    for _ in range(jobs):
        engine.advance(until_tick=engine.now + int(g.exponential(30)))
        seen += zip(*(a.tolist() for a in engine.completed()), strict=True)
        load, run, store = g.integers(1, 30, 3).tolist()
        engine.submit(Schedule.of(
            [LINK, CORE], [0, 1, 0], [load, run, store], [[], [0], [1]], priority=int(g.integers(0, 3)), pools=[SLOTS],
            acquire_pool=[0, -1, -1], acquire=[1, 0, 0], release_start=[0, 0, 0, 1], release_pool=[0]))
    engine.advance()
    return seen + list(zip(*(a.tolist() for a in engine.completed()), strict=True))


def cache_of_experts(engine, seed=2, tokens=60, capacity=3, experts=6):
    """An LRU cache: a token runs on its expert, which is loaded first where it is not there; two tokens at a time."""
    g = np.random.default_rng(seed)
    wanted = g.zipf(1.5, tokens).clip(max=experts).tolist()
    cache, running, log = OrderedDict(), {}, []
    while wanted or running:
        while wanted and len(running) < 2:
            expert = wanted.pop(0)
            hit = expert in cache
            cache[expert] = cache.pop(expert, None)
            if len(cache) > capacity:
                log.append(("evict", cache.popitem(last=False)[0]))
            if hit:
                last = engine.submit(task(CORE, 7))
            else:
                last = engine.submit(Schedule.of([LINK, CORE], [0, 1], [25, 7], [[], [0]], moved_bytes=[25, 0])) + 1
            running[last] = expert
        engine.advance(watch=running)
        for instance, tick in zip(*(a.tolist() for a in engine.completed()), strict=True):
            if instance in running:
                log.append((tick, running.pop(instance)))
    return log


def prefetch(engine, tiles=20, ahead=2):
    """Keep ``ahead`` loads in flight in front of what is being computed."""
    loads = [engine.submit(task(DMA, 9 + i % 4)) for i in range(ahead)]
    log = []
    for i in range(tiles):
        engine.advance(watch=loads[i])
        compute = engine.submit(task(CORE, 10))
        if len(loads) < tiles:
            loads.append(engine.submit(task(DMA, 9 + len(loads) % 4)))
        log.append((engine.now, engine.advance(watch=[compute])))
    engine.advance()
    return log


def bursts(engine, seed=3):
    """Patterns that repeat, submitted on top of each other and for later, stopped at any tick."""
    g = np.random.default_rng(seed)
    seen = []
    for _ in range(12):
        lagged = {"depends_start": [0, 1, 2, 3], "depends_on": [0, 0, 1], "depends_lag": [int(g.integers(1, 3)), 0, 0]}
        pattern = Schedule.of(
            RESOURCES, [2, 0, 1], g.integers(0, 12, 3), pools=POOLS, segment_count=[int(g.integers(1, 30))],
            arrival=g.integers(0, 20, 3), acquire_pool=[0, -1, -1], acquire=[1, 0, 0], release_start=[0, 0, 1, 1],
            release_pool=[0], priority=g.integers(0, 2, 3), **lagged)
        engine.submit(pattern, at_tick=engine.now + int(g.integers(0, 50)))
        engine.advance(until_tick=engine.now + int(g.integers(0, 100)))
        seen.append((engine.now, engine.tasks_left))
    engine.advance()
    return [*seen, (engine.now, engine.tasks_left)]


POLICIES = {policy.__name__: policy for policy in (poisson_arrivals, cache_of_experts, prefetch, bursts)}
