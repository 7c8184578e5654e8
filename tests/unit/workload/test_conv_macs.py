"""Multiply-accumulates of convolutions against loops that visit every tap, padding included."""

from __future__ import annotations

import itertools

import pytest

from hwsim.workload.ops import Conv, ConvTranspose
from hwsim.workload.tensor import Shape, Tensor


def taps(op: Conv, x: Shape, w: Shape) -> tuple[Shape, int]:
    """Slide the kernel over the padded input; return the output shape and the multiplications done."""
    axes = range(len(x) - 2)
    starts = []
    for a in axes:
        padded = x[2 + a] + sum(op.pads[a])
        starts.append([s for s in range(0, padded, op.stride[a]) if s + op.dilation[a] * (w[2 + a] - 1) < padded])
    count = 0
    per_group = x[1] // op.groups
    for _image, out in itertools.product(range(x[0]), range(w[0])):
        group = out // (w[0] // op.groups)
        for _position in itertools.product(*starts):
            for channel in range(x[1]):
                if channel // per_group == group:
                    count += sum(1 for _tap in itertools.product(*(range(k) for k in w[2:])))
    return (x[0], w[0], *(len(s) for s in starts)), count


def scattered(op: ConvTranspose, x: Shape, w: Shape) -> tuple[Shape, int]:
    """Scatter every input through the kernel; return the shape of the cropped targets and the products done."""
    spans = []
    for a in range(len(x) - 2):
        targets = [i * op.stride[a] + op.dilation[a] * k for i in range(x[2 + a]) for k in range(w[2 + a])]
        spans.append(max(targets) + 1 - sum(op.pads[a]) + op.output_padding[a])
    count = 0
    for _image, channel in itertools.product(range(x[0]), range(x[1])):
        group = channel // (x[1] // op.groups)
        outputs = [o for o in range(w[1] * op.groups) if o // w[1] == group]
        for _position in itertools.product(*(range(s) for s in x[2:])):
            count += len(outputs) * sum(1 for _tap in itertools.product(*(range(k) for k in w[2:])))
    return (x[0], w[1] * op.groups, *spans), count


CONVS = [
    pytest.param(Conv((1,), ((1, 1),), (1,)), (2, 3, 9), (4, 3, 3), id="1d-padded"),
    pytest.param(Conv((3,), ((0, 2),), (2,)), (1, 2, 11), (2, 2, 4), id="1d-strided-dilated-uneven-pads"),
    pytest.param(Conv((2, 2), ((3, 3), (3, 3))), (1, 3, 10, 11), (2, 3, 7, 7), id="2d-strided-padded"),
    pytest.param(Conv((1, 1), ((0, 0), (0, 0))), (2, 2, 5, 4), (3, 2, 3, 2), id="2d-valid"),
    pytest.param(Conv((1, 2), ((1, 0), (0, 1)), (2, 1), 2), (1, 4, 8, 7), (6, 2, 3, 2), id="2d-grouped-uneven"),
    pytest.param(Conv((1, 1), ((1, 1), (1, 1)), groups=6), (1, 6, 5, 5), (6, 1, 3, 3), id="2d-depthwise"),
    pytest.param(Conv((1, 1), ((4, 4), (4, 4)), (4, 4)), (1, 2, 6, 6), (2, 2, 3, 3), id="2d-dilated-beyond-input"),
    pytest.param(Conv((1, 2, 2), ((1, 1), (1, 1), (0, 0)), (1, 1, 2)), (1, 2, 3, 5, 6), (2, 2, 3, 3, 2), id="3d"),
    pytest.param(Conv((2, 1, 1), ((0, 0),) * 3, (1, 1, 1), 2), (1, 4, 4, 3, 3), (4, 2, 2, 1, 3), id="3d-grouped"),
]
TRANSPOSED = [
    pytest.param(ConvTranspose((2,), ((0, 0),), (1,), (0,)), (2, 3, 5), (3, 4, 2), id="1d"),
    pytest.param(ConvTranspose((2, 2)), (1, 4, 3, 3), (4, 2, 2, 2), id="2d-upsampling"),
    pytest.param(ConvTranspose((2, 2), ((1, 1), (1, 1))), (1, 4, 3, 5), (4, 2, 4, 4), id="2d-overlapping"),
    pytest.param(ConvTranspose((3, 2), ((1, 0), (0, 1)), (2, 1), (1, 0), 2), (1, 4, 3, 4), (4, 3, 2, 3),
                 id="2d-grouped"),
    pytest.param(ConvTranspose((2, 2, 2), ((0, 0),) * 3, (1,) * 3, (0,) * 3), (1, 2, 2, 3, 2), (2, 3, 2, 2, 2),
                 id="3d"),
]


@pytest.mark.parametrize(("op", "x", "w"), CONVS)
def test_conv_macs_count_every_tap(op: Conv, x: Shape, w: Shape) -> None:
    tensors = [Tensor("x", x), Tensor("w", w)]
    (shape,) = op.infer(tensors)
    expected_shape, expected = taps(op, x, w)
    assert shape == expected_shape
    assert op.work(tensors, [Tensor("y", shape)]).gemm.macs == expected


@pytest.mark.parametrize(("op", "x", "w"), TRANSPOSED)
def test_transposed_conv_macs_count_every_product(op: ConvTranspose, x: Shape, w: Shape) -> None:
    tensors = [Tensor("x", x), Tensor("w", w)]
    (shape,) = op.infer(tensors)
    expected_shape, expected = scattered(op, x, w)
    assert shape == expected_shape
    assert op.work(tensors, [Tensor("y", shape)]).gemm.macs == expected
