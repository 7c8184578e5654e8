"""Window attributes shared by convolutions and pools: strides, dilations, explicit and automatic padding."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.onnx.value import Node, NotModelledError

Pairs = tuple[tuple[int, int], ...]


def per_axis(node: Node, name: str, axes: int) -> tuple[int, ...]:
    """Return a per-axis attribute, 1 by default.

    Raises
    ------
    ValueError
        Not one value >= 1 an axis.
    """
    values = tuple(int(v) for v in node.attr(name, (1,) * axes))
    if len(values) != axes or min(values) < 1:
        raise ValueError(f"{name} {list(values)} needs {axes} values >= 1")
    return values


def pads(
    node: Node, space: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> Pairs:
    """Return (begin, end) padding an axis, with ``auto_pad`` resolved for this input size."""
    axes, auto = len(space), node.attr("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        found = []
        for size, k, s, d in zip(space, kernel, stride, dilation, strict=True):
            total = max(0, (-(-size // s) - 1) * s + d * (k - 1) + 1 - size)
            small, large = total // 2, total - total // 2
            found.append((small, large) if auto == "SAME_UPPER" else (large, small))
        return tuple(found)
    if auto not in ("NOTSET", "VALID", ""):
        raise NotModelledError(f"auto_pad {auto!r} is not modelled")
    flat = [0] * (2 * axes) if auto == "VALID" else [int(p) for p in node.attr("pads", [0] * (2 * axes))]
    if len(flat) != 2 * axes:
        raise ValueError(f"pads {flat} needs {2 * axes} values")
    return tuple(zip(flat[:axes], flat[axes:], strict=True))
