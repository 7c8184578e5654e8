"""Lifetimes of activations over the execution order, and which of them a buffer of a given size can keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from hwsim.workload.network import Network
from hwsim.workload.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Span:
    """The steps (layer indices, inclusive) in which one storage is live, and its size in bits."""

    first: int
    last: int
    bits: int


def storage_of(network: Network) -> dict[str, str]:
    """Return tensor name -> name of the tensor that owns its bytes (a view shares its input's)."""
    owner = {name: name for name in network.tensors}
    for layer, work in zip(network.layers, network.works, strict=True):
        if work.view:
            for name in layer.outputs:
                owner[name] = owner[layer.inputs[0]]
    return owner


def lifetimes(network: Network, bits_of: Callable[[Tensor], int] = lambda t: t.bits) -> dict[str, Span]:
    """Return storage name -> Span for every input and activation.

    A network input lives from step 0, a network output to the last step. ``bits_of`` gives the width of an element.
    """
    owner = storage_of(network)
    first: dict[str, int] = dict.fromkeys(network.inputs, 0)
    last: dict[str, int] = dict(first)
    for step, layer in enumerate(network.layers):
        for name in (*layer.inputs, *layer.outputs):
            root = owner[name]
            if network.tensors[root].role != "weight":
                first.setdefault(root, step)
                last[root] = step
    for name in network.outputs:
        if network.tensors[owner[name]].role != "weight":
            last[owner[name]] = len(network.layers) - 1
    return {n: Span(first[n], last[n], network.tensors[n].elements * bits_of(network.tensors[n])) for n in first}


def keep_bytes(spans: Mapping[str, Span]) -> dict[str, float]:
    """Return storage name -> smallest buffer (bytes) that keeps it on chip for its whole life.

    Storages are admitted by lifetime, shortest first (they return the most traffic a byte and step), then by size; each
    needs room beside every storage admitted before it. The threshold does not depend on the buffer, so one table
    serves every design point, and a larger buffer never keeps less.
    """
    order = sorted(spans, key=lambda n: (spans[n].last - spans[n].first, spans[n].bits, n))
    steps = 1 + max((span.last for span in spans.values()), default=0)
    used = np.zeros(steps)
    need: dict[str, float] = {}
    for name in order:
        span = spans[name]
        window = used[span.first : span.last + 1]
        window += span.bits / 8
        need[name] = float(window.max())
    return need
