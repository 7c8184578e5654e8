"""Patch-by-patch execution: which places of every feature map a patch of the result needs.

The halo grows backwards through every convolution and pooling: places ``lo..hi`` of a result need places
``lo stride - pad .. hi stride - pad + dilation (kernel - 1)`` of the input (Alwani et al., MICRO 2016; MCUNetV2,
arXiv 2110.15352, section 3.1). The axes are independent, so a patch is a range of rows and a range of columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwsim.memory.tiers.lifetimes import Lifetimes
from hwsim.memory.tiers.stage import Stage
from hwsim.workload.liveness import storage_of
from hwsim.workload.network import Layer, Network
from hwsim.workload.ops import Concat, Conv, Move, Normalise, Pointwise, Pool

Border = Literal["clipped", "uniform"]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Regions:
    """Places of each feature map that each patch needs.

    Attributes
    ----------
    rows, cols : storage -> (patches along that axis, 2) first and last place, inclusive.
    result : the feature map that is cut into patches.
    """

    rows: dict[str, Ints]
    cols: dict[str, Ints]
    result: str

    def largest(self, name: str) -> tuple[int, int]:
        """Return the rows and columns of the largest patch of a feature map."""
        return tuple(int((r[name][:, 1] - r[name][:, 0]).max()) + 1 for r in (self.rows, self.cols))  # type: ignore[return-value]

    def places(self, name: str) -> int:
        """Return the places of all patches of a feature map together, repeated ones counted again."""
        rows, cols = (int((r[name][:, 1] - r[name][:, 0] + 1).sum()) for r in (self.rows, self.cols))
        return rows * cols


def regions(
    network: Network, layers: list[int], result: str, grid: tuple[int, int], border: Border = "clipped",
) -> Regions | None:
    """Return what each patch of ``result`` needs of every feature map that ``layers`` touch, or None.

    Parameters
    ----------
    layers : indices of executed layers, in order, that lead to ``result``.
    grid : patches down and across.
    border : ``clipped``: patches at the border compute nothing outside the map; ``uniform``: every patch is as large as one
        in the middle, as MCUNetV2 counts patch sizes and MACs.

    Returns
    -------
    Regions, or None where a layer mixes places that are far apart (a global mean, a product of tokens).
    """
    along = []
    for axis in (0, 1):
        found = _along(network, layers, result, axis, grid[axis], border)
        if found is None:
            return None
        along.append(found)
    return Regions(along[0], along[1], result)


def _along(
    network: Network, layers: list[int], result: str, axis: int, patches: int, border: Border,
) -> dict[str, Ints] | None:
    owner = storage_of(network)
    size = network.tensors[result].shape[2 + axis]
    cuts = np.arange(patches + 1) * size // patches
    if border == "uniform":
        side = -(-size // patches)
        need = {result: np.stack([np.arange(patches) * side, (np.arange(patches) + 1) * side - 1], 1)}
    else:
        need = {result: np.stack([cuts[:-1], cuts[1:] - 1], 1)}
    for index in reversed(layers):
        layer = network.layers[index]
        out = need.get(owner[layer.outputs[0]])
        if out is None:
            return None  # makes something the result does not come from
        reach = _reach(network, layer, axis)
        if reach is None:
            return None
        step, pad, span = reach
        wanted = np.stack([out[:, 0] * step - pad, out[:, 1] * step - pad + span], 1)
        for name in _maps(network, layer):
            root = owner[name]
            have = need.get(root, wanted)
            both = np.stack([np.minimum(have[:, 0], wanted[:, 0]), np.maximum(have[:, 1], wanted[:, 1])], 1)
            need[root] = np.clip(both, 0, network.tensors[root].shape[2 + axis] - 1) if border == "clipped" else both
    return need


def _maps(network: Network, layer: Layer) -> Iterator[str]:
    """Yield the inputs of a layer that are feature maps."""
    for position, name in enumerate(layer.inputs):
        if network.tensors[name].role != "weight" and not (isinstance(layer.op, Conv) and position > 0):
            yield name


def _reach(network: Network, layer: Layer, axis: int) -> tuple[int, int, int] | None:
    """Return the stride, the leading padding and the span - 1 of a layer along an axis; None: not local."""
    op, out = layer.op, network.outputs_of(layer)[0].shape
    shapes = [network.tensors[name].shape for name in _maps(network, layer)]
    if len(layer.outputs) != 1 or len(out) != 4 or any(len(shape) != 4 for shape in shapes):
        return None
    if isinstance(op, Conv | Pool):
        kernel = network.tensors[layer.inputs[1]].shape[2:] if isinstance(op, Conv) else op.kernel
        return op.stride[axis], op.pads[axis][0], op.dilation[axis] * (kernel[axis] - 1)
    if isinstance(op, Normalise):
        places = out[0] * out[2] * out[3]
        local = op.function in ("batch", "lrn") or (op.function in ("layer", "rms") and op.rows == places)
    else:
        local = isinstance(op, Pointwise) or (isinstance(op, Concat) and op.axis % 4 == 1)
    same = all(shape[2:] == out[2:] for shape in shapes)
    return (1, 0, 0) if local and same else None


def patch_stage(
    life: Lifetimes, last: int, grid: tuple[int, int], *, border: Border = "clipped", streamed: bool = True,
) -> Stage | None:
    """Return the stage of kernels 0 to ``last`` run patch by patch, or None where they cannot be.

    One feature map leaves the stage; a change of layout after it (patch embedding to tokens) belongs to it.
    ``streamed`` inputs are decoded or captured patch by patch; otherwise the whole input stays.
    """
    network, kernels = life.network, life.kernels[: last + 1]
    owner = storage_of(network)
    leaving = {n for kernel in kernels for n in kernel.outputs if life.spans[n][1] > last or n in life.kept}
    entering = {n for kernel in kernels for n in kernel.inputs if network.tensors[n].role == "input"}
    late = {n for kernel in life.kernels[last + 1 :] for n in kernel.inputs}
    if len(leaving) != 1 or entering & (late | life.kept):
        return None
    layers = [index for kernel in kernels for index in kernel.layers]
    result = leaving.pop()
    while layers and isinstance(network.layers[layers[-1]].op, Move):  # a new layout of the same elements
        move = network.layers[layers.pop()]
        source = owner[move.inputs[0]]
        if owner[move.outputs[0]] != result or network.tensors[source].elements != network.tensors[result].elements:
            return None
        result = source
    shape = network.tensors[result].shape
    if len(shape) != 4 or grid[0] > shape[2] or grid[1] > shape[3] or not layers:
        return None
    need = regions(network, layers, result, grid, border)
    if need is None:
        return None
    inside = {n for kernel in kernels for n in kernel.outputs if life.spans[n][1] <= last and n not in life.kept}
    held = inside | (entering if streamed else set())
    tile_bytes = {}
    for name in held:
        rows, cols = need.largest(name)
        batch, channels = network.tensors[name].shape[:2]
        tile_bytes[name] = life.bytes_of(name, batch * channels * rows * cols)
    macs = sum(_macs(network, index, need, owner) for index in layers)
    tiles = grid[0] * grid[1]
    weights = tiles * sum(life.weight_bytes(step) for step in range(last + 1))
    return Stage(0, last, "patches", grid, tile_bytes, frozenset(), macs, weights)


def _macs(network: Network, index: int, need: Regions, owner: dict[str, str]) -> int:
    gemm = network.works[index].gemm
    if gemm is None:
        return 0
    out = network.layers[index].outputs[0]
    height, width = network.tensors[out].shape[2:]
    return gemm.macs // (height * width) * need.places(owner[out])
