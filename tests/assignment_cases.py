"""Random assignment problems: networks that are chains, with a few more dependences, on sub-accelerators that differ."""

import numpy as np

from hwsim.machines.assignment import AssignmentProblem


def networks(rng, lengths, subs, *, bandwidth=True, unable=0.0, further=0):
    """Return chains of ``lengths``; whole microseconds and microjoules, so that ties happen and sums are exact."""
    layers = sum(lengths)
    work = rng.integers(1, 50, size=(layers, 1))
    latency_s, energy_j = (1e-6 * (1 + np.round(work * rng.uniform(0.4, 2.5, size=(layers, subs)))) for _ in range(2))
    moved = np.tile(1000.0 * rng.integers(0, 40, size=(layers, 1)), (1, subs))
    if unable:
        nowhere = rng.random((layers, subs)) < unable
        nowhere[np.arange(layers), rng.integers(0, subs, layers)] = False
        latency_s[nowhere] = energy_j[nowhere] = np.inf
    first = np.cumsum([0, *lengths])[:-1]
    depends = [[] if i in first else [i - 1] for i in range(layers)]
    for _ in range(further):
        before, after = sorted(int(i) for i in rng.choice(layers, 2, replace=False))
        if before not in depends[after]:
            depends[after].append(before)
    return AssignmentProblem.of(
        latency_s, energy_j, moved, 2e9 if bandwidth else np.inf, 1e9 * rng.integers(1, 5, subs) if bandwidth else None,
        depends, jobs=[f"net{k}" for k, length in enumerate(lengths) for _ in range(length)])


def tiny(seed):
    """Return a problem of at most seven layers on two or three sub-accelerators, two chains with joints between them."""
    rng = np.random.default_rng(seed)
    subs = int(rng.integers(2, 4))
    lengths = (int(rng.integers(1, 5)), int(rng.integers(1, 4 if subs == 2 else 3)))
    return networks(rng, lengths, subs, bandwidth=rng.random() < 0.7, unable=0.15 * (rng.random() < 0.4),
                    further=int(rng.integers(0, 3)) if sum(lengths) > 2 else 0)
