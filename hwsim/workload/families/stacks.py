"""Plain stacks: fully connected, recurrent and convolutional layers in a row, for workloads known only by their sizes."""

from __future__ import annotations

from collections.abc import Sequence

from hwsim.workload.builder import NetworkBuilder
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.network import Network
from hwsim.workload.ops import RecurrentGates, RecurrentMatMul


@FAMILIES.register("mlp")
def mlp(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None, widths: Sequence[int] = (784, 256, 10),
    bias: bool = False,
) -> Network:
    """Fully connected layers of ``widths`` (inputs first), a rectifier after each."""
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = b.input("input", (batch, widths[0]))
    for i, width in enumerate(widths[1:], 1):
        x = b.relu(b.linear(x, width, bias=bias, name=f"fc{i}"), name=f"fc{i}.relu")
    return b.build(x)


@FAMILIES.register("lstm")
def lstm(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None, inputs: int = 256, hidden: int = 256,
    cells: int = 1, steps: int = 1, head: Sequence[int] = (), separate_gates: bool = False,
) -> Network:
    """``cells`` LSTM cells in a row over ``steps`` time steps, then fully connected layers of the ``head`` widths.

    A cell is an input product (inputs x 4 hidden), a recurrent product (hidden x 4 hidden) and the gate arithmetic. With
    ``separate_gates`` (one step only) each of the four gates is one product over input and hidden state together.
    """
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = b.input("input", (steps, batch, inputs))
    for i in range(1, cells + 1):
        cell = f"cell{i}"
        state = b.input(f"{cell}.state", (batch, hidden))
        if separate_gates:
            if steps != 1:
                raise ValueError("separate_gates needs steps: 1")
            both = b.concat((b.reshape(x, (batch, -1), name=f"{cell}.flat"), state), axis=1, name=f"{cell}.join")
            gates = [b.linear(both, hidden, bias=False, name=f"{cell}.gate{g}") for g in "ifgo"]
            sums = [b.reshape(b.concat(gates, axis=1, name=f"{cell}.gates"), (1, batch, 4 * hidden), name=f"{cell}.steps")]
        else:
            product = b.linear(x, 4 * hidden, bias=False, name=f"{cell}.input")
            weight = b.weight(f"{cell}.recurrent.weight", (hidden, 4 * hidden))
            sums = [product, b.add_layer(RecurrentMatMul(steps), (state, weight), f"{cell}.recurrent")]
        x = b.add_layer(RecurrentGates(4), sums, f"{cell}.cell")
    x = b.reshape(x, (steps * batch, hidden), name="flatten")
    for i, width in enumerate(head, 1):
        x = b.linear(x, width, bias=False, name=f"head{i}")
    return b.build(x)


@FAMILIES.register("conv_stack")
def conv_stack(
    name: str, *, batch: int, activation_bits: int | None, weight_bits: int | None, channels: int = 64, size: int = 32,
    pattern: Sequence[Sequence[int]] = ((3, 64),), repeats: int = 1, pool_every: int = 0, head: Sequence[int] = (),
) -> Network:
    """Same-size convolutions with rectifiers on ``size`` x ``size`` maps, ``channels`` at first.

    ``pattern`` lists (kernel, out_channels) and runs ``repeats`` times. A 3x3 stride-1 maximum pooling follows every
    ``pool_every`` convolutions (0: none); ``head`` gives the widths of fully connected layers at the end.
    """
    b = NetworkBuilder(name, activation_bits=activation_bits, weight_bits=weight_bits)
    x = b.input("input", (batch, channels, size, size))
    for i, (kernel, width) in enumerate(list(pattern) * repeats, 1):
        x = b.relu(b.conv(x, width, kernel, name=f"conv{i}"), name=f"conv{i}.relu")
        if pool_every and i % pool_every == 0:
            x = b.pool(x, 3, stride=1, pads=1, name=f"pool{i // pool_every}")
    if head:
        x = b.reshape(x, (batch, -1), name="flatten")
    for i, width in enumerate(head, 1):
        x = b.linear(x, width, bias=False, name=f"fc{i}")
    return b.build(x)
