"""Row-by-row execution: a block of tokens through several operators before the next block.

A row of a token matrix needs its own row of what is multiplied from the left and all of what is multiplied from the right,
so scores, softmax and context run for a few queries at a time over all keys and values, and the MLP for a few tokens at a
time; the residual sum writes over its own rows (operator-wise patches and token overwriting of MCUFormer, arXiv 2310.16898).
There is no halo and nothing is computed twice; constants are read again for every block.
"""

from __future__ import annotations

from hwsim.memory.tiers.lifetimes import Lifetimes
from hwsim.memory.tiers.stage import Stage
from hwsim.workload.liveness import storage_of
from hwsim.workload.network import Layer, Network
from hwsim.workload.ops import MatMul, Move, Normalise, Pointwise, Softmax


def row_stage(life: Lifetimes, first: int, last: int, rows: int) -> Stage | None:
    """Return the stage of kernels ``first`` to ``last`` run ``rows`` tokens at a time, or None where they cannot be."""
    network, kernels = life.network, life.kernels[first : last + 1]
    layers = [network.layers[index] for kernel in kernels for index in kernel.layers]
    tokens = _tokens(network, layers)
    if tokens is None or rows >= tokens:
        return None
    owner = storage_of(network)
    made: set[str] = set()
    whole: set[str] = set()  # inputs of which every row is needed at once
    for layer in layers:
        by_row = _by_row(network, layer, tokens)
        if by_row is None:
            return None
        for name in layer.inputs:
            if name not in by_row and network.tensors[name].role != "weight":
                whole.add(owner[name])
        made.update(owner[name] for name in layer.outputs)
    if made & whole:
        return None
    inside = {n for kernel in kernels for n in kernel.outputs if life.spans[n][1] <= last and n not in life.kept}
    tile_bytes = {n: life.bytes_of(n, network.tensors[n].elements // tokens * rows) for n in inside}
    entering = {n for kernel in kernels for n in kernel.inputs} - made
    blocks = -(-tokens // rows)
    steps = range(first, last + 1)
    return Stage(first, last, "rows", (blocks, 1), tile_bytes, frozenset(entering - whole), sum(life.macs(s) for s in steps),
                 blocks * sum(life.weight_bytes(s) for s in steps))


def _tokens(network: Network, layers: list[Layer]) -> int | None:
    """Return the rows of the first operator that is more than a move."""
    for layer in layers:
        shape = network.outputs_of(layer)[0].shape
        if not isinstance(layer.op, Move):
            return shape[-2] if len(shape) >= 2 and shape[-2] > 1 else None
    return None


def _by_row(network: Network, layer: Layer, tokens: int) -> tuple[str, ...] | None:
    """Return the inputs of which a row of the result needs its own row alone; None: the layer mixes rows."""
    op, out = layer.op, network.outputs_of(layer)
    if isinstance(op, Move):
        shapes = [network.tensors[n].shape for n in (layer.inputs[0], *layer.outputs)]
        return layer.inputs[:1] if all(shape.count(tokens) == 1 for shape in shapes) else None
    shape = out[0].shape
    if len(out) != 1 or len(shape) < 2 or shape[-2] != tokens:
        return None
    if isinstance(op, MatMul):
        a = network.tensors[layer.inputs[0]].shape
        return layer.inputs[:1] if not op.transpose_a and len(a) >= 2 and a[-2] == tokens else None
    if isinstance(op, Normalise):
        return layer.inputs[:1] if op.function in ("layer", "rms") and op.rows == out[0].elements // shape[-1] else None
    if isinstance(op, Softmax):
        return layer.inputs if all(axis % len(shape) == len(shape) - 1 for axis in op.axes) else None
    if isinstance(op, Pointwise):
        return tuple(n for n in layer.inputs if network.tensors[n].shape[-2:-1] == (tokens,))
    return None
