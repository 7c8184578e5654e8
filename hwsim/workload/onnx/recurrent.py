"""LSTM, GRU, RNN: one input product for all steps, then the recurrent product and the gates, a direction at a time."""

from __future__ import annotations

from hwsim.workload.onnx.value import Node, NotModelledError, Value, lowers
from hwsim.workload.ops import Concat, MatMul, Move, RecurrentGates, RecurrentMatMul, Reshape

_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


@lowers("LSTM", "GRU", "RNN")
def recurrent(node: Node) -> None:
    """Inputs X, W, R, and maybe B, lengths, initial states; outputs Y, the last hidden state, the last cell state.

    The input product covers all steps at once; the hidden-to-gates product waits for the step before. The first hidden
    state is a network input where the graph gives none or a constant. Assumes all sequences have full length, and
    peephole weights and clipping cost nothing beside the gates.
    """
    x, w, r, bias = node.input(0), node.input(1), node.input(2), node.maybe(3)
    if not w.constant or not r.constant or len(x.dims) != 3:
        raise NotModelledError(
            f"{node.op_type} with computed weights, or an input that is not (steps, batch, features)"
        )
    directions, wide, hidden = r.dims
    steps, batch = (x.dims[1], x.dims[0]) if node.attr("layout", 0) else (x.dims[0], x.dims[1])
    if wide != _GATES[node.op_type] * hidden:
        raise ValueError(f"recurrent weight {r.dims} should be (directions, {_GATES[node.op_type]} x hidden, hidden)")
    states: list[Value] = []
    for d in range(directions):
        side = ("forward", "backward")[d] if directions > 1 else ""

        def part(what: str, side: str = side) -> str:
            return f"{side}.{what}" if side else what

        w_d = node.net.weight(node.label(part("W")), w, w.dims[1:])
        r_d = node.net.weight(node.label(part("R")), r, (hidden, wide))
        biases = [node.net.weight(node.label(part(k)), bias, (wide,)) for k in ("Wb", "Rb")] if bias is not None else []
        projected = node.step(part("input"), MatMul(transpose_b=True), x, w_d, *biases[:1])
        projected = node.step(part("gates_view"), Reshape((steps, batch, wide)), projected)
        first = _initial(node, part("initial_h"), directions, (batch, hidden))
        fed_back = node.step(part("recurrent"), RecurrentMatMul(steps), first, r_d, *biases[1:])
        states.append(node.step(part("cell"), RecurrentGates(_GATES[node.op_type]), projected, fed_back))
    _whole(node, node.output(0), states)
    for position in (1, 2):
        out = node.output(position)
        if out is not None:
            last = [node.step(f"last{position}", Move("slice", ((1, batch, hidden),)), s) for s in states]
            joined = last[0] if directions == 1 else node.step(f"last{position}_join", Concat(0), *last)
            node.emit(Reshape(out.dims), joined, suffix=f"last{position}_view", outputs=[out])


def _initial(node: Node, suffix: str, directions: int, shape: tuple[int, int]) -> Value:
    """Return one direction's first hidden state, as (batch, hidden)."""
    given = node.maybe(5)
    if given is not None and not given.constant:
        return node.step(suffix, Reshape(shape) if directions == 1 else Move("slice", (shape,)), given)
    state = Value.of(node.net.temporary(node.label(suffix)), shape, node.input(0).dtype)
    node.net.declare(state, "input")
    return state


def _whole(node: Node, out: Value | None, states: list[Value]) -> None:
    """Join the directions into Y (steps, directions, batch, hidden)."""
    if out is None:
        return
    if len(states) == 1:
        node.emit(Reshape(out.dims), states[0], outputs=[out])
        return
    steps, batch, hidden = states[0].dims
    parts = [node.step(f"view{i}", Reshape((steps, 1, batch, hidden)), s) for i, s in enumerate(states)]
    joined = node.step("join", Concat(1), *parts)
    node.emit(Reshape(out.dims), joined, outputs=[out])
