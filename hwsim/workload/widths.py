"""Element widths given by the user for the tensors whose width the file leaves open."""

from __future__ import annotations

from dataclasses import replace

from hwsim.workload.network import Network


def with_bits(network: Network, activation_bits: int | None, weight_bits: int | None) -> Network:
    """Return the network computing in these widths; None leaves a role as it is.

    Tensors that are ``quantised`` already (int8 graphs, integer indices) keep the width of their file.
    """
    if activation_bits is None and weight_bits is None:
        return network
    chosen = {"input": activation_bits, "activation": activation_bits, "weight": weight_bits}
    tensors = {}
    for name, tensor in network.tensors.items():
        bits = chosen[tensor.role]
        tensors[name] = tensor if bits is None or tensor.quantised else replace(tensor, bits=bits, quantised=True)
    return replace(network, tensors=tensors)
