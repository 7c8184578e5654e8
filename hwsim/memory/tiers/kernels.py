"""The steps of a run: kernels of fused layers, the storages they read and write, and which of those they may overwrite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hwsim.workload.fusion import Fusion, folded, fuse
from hwsim.workload.liveness import storage_of
from hwsim.workload.network import Layer, Network
from hwsim.workload.ops import Conv, Move, Normalise, Pointwise, Softmax

InPlace = Literal["never", "elementwise", "depthwise"]
STATISTICS = ("batch", "layer", "group", "instance", "rms")  # normalisations that read an element again only to rewrite it


@dataclass(frozen=True, slots=True)
class Kernel:
    """Layers that run as one step.

    Attributes
    ----------
    name : its first layer's.
    layers : indices of the layers that are more than views, in order.
    inputs : storages it reads and does not make, constants left out.
    outputs : storages it makes that others read or that leave the network.
    weights : constants it reads (scales of folded normalisations left out).
    overwrites : input storages that its only output may take the place of, with the number of equal parts of which one
        more must be kept beside them (0: none; a depthwise convolution keeps one channel).
    """

    name: str
    layers: tuple[int, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    weights: tuple[str, ...]
    overwrites: dict[str, int]


def kernels_of(network: Network, fusion: Fusion = "epilogue", fold_moves: bool = True) -> tuple[Kernel, ...]:
    """Group the layers of ``network`` into kernels.

    Parameters
    ----------
    fusion : as in ``hwsim.workload.fusion``.
    fold_moves : a transpose, split or slice is the order in which the kernel before it writes its result, where nobody
        else reads that result (MCUFormer's operator integration, arXiv 2310.16898; SN40L's buffers do the same).
    """
    owner = storage_of(network)
    kernel_of = fuse(network, fusion)
    bias_only = folded(network, kernel_of)
    kept = {owner[name] for name in network.outputs}
    readers: dict[str, set[int]] = {}
    maker: dict[str, int] = {}
    groups: dict[int, list[int]] = {}
    for index, layer in enumerate(network.layers):
        if network.works[index].view:
            continue
        groups.setdefault(kernel_of[index], []).append(index)
        for name in layer.inputs:
            readers.setdefault(owner[name], set()).add(kernel_of[index])
        maker.update((owner[name], kernel_of[index]) for name in layer.outputs)
    if fold_moves:
        for kernel, layers in list(groups.items()):
            source = owner[network.layers[layers[0]].inputs[0]]
            moves = all(isinstance(network.layers[i].op, Move) for i in layers)
            if moves and source in maker and readers[source] == {kernel} and source not in kept:
                target = maker[source]
                groups[target] += groups.pop(kernel)
                for i in layers:
                    for name in (*network.layers[i].inputs, *network.layers[i].outputs):
                        readers[owner[name]] = {target if k == kernel else k for k in readers.get(owner[name], set())}
                    maker.update((owner[name], target) for name in network.layers[i].outputs)
    return tuple(_kernel(network, owner, groups[kernel], readers, kernel, kept, bias_only) for kernel in sorted(groups))


def _kernel(
    network: Network, owner: dict[str, str], layers: list[int], readers: dict[str, set[int]], kernel: int, kept: set[str],
    bias_only: list[bool],
) -> Kernel:
    made = {owner[name]: None for i in layers for name in network.layers[i].outputs}
    read = dict.fromkeys(owner[name] for i in layers for name in network.layers[i].inputs)
    scales = {n for i in layers if bias_only[i] for n in network.layers[i].inputs[1:-1]}
    constant = {n for n in read if network.tensors[n].role == "weight"}
    outputs = tuple(n for n in made if n in kept or readers.get(n, set()) - {kernel})
    inputs = tuple(n for n in read if n not in made and n not in constant)
    return Kernel(network.layers[layers[0]].name, tuple(layers), inputs, outputs,
                  tuple(n for n in read if n in constant and n not in scales),
                  _overwrites(network, owner, layers, inputs, outputs))


def _overwrites(
    network: Network, owner: dict[str, str], layers: list[int], inputs: tuple[str, ...], outputs: tuple[str, ...],
) -> dict[str, int]:
    """Find inputs that are last read element by element, at the place where the output is written."""
    if len(outputs) != 1:
        return {}
    places = network.tensors[outputs[0]].elements
    found: dict[str, int] = {}
    for name in inputs:
        reads = [i for i in layers if name in (owner[n] for n in network.layers[i].inputs)]
        after = [network.layers[i] for i in layers if i > reads[0] and i not in reads]
        if not all(_in_place(network, layer) for layer in after):
            continue
        first = [network.layers[i] for i in reads]
        if network.tensors[name].elements == places and all(_in_place(network, layer) for layer in first):
            found[name] = 0
        elif len(first) == 1 and _depthwise(network, first[0]) and network.tensors[name].elements >= places:
            found[name] = network.tensors[first[0].outputs[0]].shape[1]
    return found


def _in_place(network: Network, layer: Layer) -> bool:
    """Return whether an output element depends on its own place of every input and on sums taken before."""
    op = layer.op
    size = network.outputs_of(layer)[0].elements
    if isinstance(op, Normalise):
        return op.function in STATISTICS
    return isinstance(op, Softmax) or (isinstance(op, Pointwise) and max(t.elements for t in network.inputs_of(layer)) == size)


def _depthwise(network: Network, layer: Layer) -> bool:
    if not isinstance(layer.op, Conv):
        return False
    filters = network.tensors[layer.inputs[1]].shape
    return layer.op.groups == filters[0] and filters[1] == 1
