"""A fixed batch that is changed: target shapes written into the file have to follow."""

from __future__ import annotations

import math

import numpy as np

from hwsim.workload.onnx.value import Node, Value

_TARGET = {"Reshape": 1, "Resize": 3, "Expand": 1}  # position of the input that holds the target shape


def rebatch(node: Node, old: int, new: int) -> None:
    """Put the new batch into a constant target shape that holds the old one, with a note.

    The leading size is rewritten where the input starts with the new batch and the size is the old one, or, in a
    Reshape, where a multiple of it (batch x heads) is what makes the element counts differ.
    """
    position = _TARGET.get(node.op_type)
    if position is None or node.input(0).constant:
        return
    x, target = node.input(0), node.maybe(position)
    if target is None or target.array is None or target.array.size == 0 or not x.shape:
        return
    sizes = [int(s) for s in target.array.ravel()]
    scaled, rest = divmod(sizes[0] * new, old)
    if -1 in sizes or node.op_type != "Reshape":
        stale = sizes[0] == old and x.shape[0] == new
    else:
        filled = [x.shape[i] if s == 0 and i < len(x.shape) else s for i, s in enumerate(sizes)]
        stale = sizes[0] > 0 and rest == 0 and math.prod(filled) * new == x.elements * old
    if stale:
        array = np.array([scaled, *sizes[1:]])
        node.inputs[position] = Value.of(target.name, target.shape, target.dtype, constant=True, array=array)
        node.net.notes.append(f"{node.name}: leading size {sizes[0]} became {scaled} for batch {new}")
