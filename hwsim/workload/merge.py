"""Several networks as one: they run one after another and share nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hwsim.errors import ConfigError
from hwsim.workload.job import Job, job_names
from hwsim.workload.network import Layer, Network


def merge(networks: Sequence[Network]) -> Network:
    """Return ``networks`` in sequence; with several, layers and tensors are named ``network/name`` (``name#2`` for a twin).

    Raises
    ------
    ConfigError
        No networks.
    """
    if not networks:
        raise ConfigError("a run needs at least one network")
    if len(networks) == 1:
        return networks[0]
    layers: list[Layer] = []
    tensors, outputs = {}, []
    for network, prefix in zip(networks, job_names([Job(network) for network in networks]), strict=True):
        tensors.update({f"{prefix}/{n}": replace(t, name=f"{prefix}/{n}") for n, t in network.tensors.items()})
        layers += [
            Layer(f"{prefix}/{layer.name}", layer.op, tuple(f"{prefix}/{n}" for n in layer.inputs),
                  tuple(f"{prefix}/{n}" for n in layer.outputs))
            for layer in network.layers
        ]
        outputs += [f"{prefix}/{n}" for n in network.outputs]
    batch = sum(int(network.provenance.get("batch", "1")) for network in networks)
    notes = dict.fromkeys(note for network in networks for note in network.notes)
    return Network(" + ".join(network.name for network in networks), tuple(layers), tensors, tuple(outputs),
                   {"batch": str(batch), "networks": ", ".join(network.content_hash for network in networks)}, tuple(notes))
