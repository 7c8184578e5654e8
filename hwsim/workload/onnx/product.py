"""Matrix products, and Einsum where it is one."""

from __future__ import annotations

import math

from hwsim.workload.onnx.movement import permute
from hwsim.workload.onnx.value import Node, NotModelledError, Value, lowers
from hwsim.workload.ops import MatMul, Pointwise, Reshape


@lowers("MatMul", "MatMulInteger")
def matmul(node: Node) -> None:
    """Zero points of MatMulInteger (inputs 2, 3) are part of the arithmetic."""
    node.emit(MatMul(), node.input(0), node.input(1))


@lowers("QLinearMatMul")
def qlinear_matmul(node: Node) -> None:
    """Inputs a, its scale and zero point, b and its two, y's two."""
    node.emit(MatMul(), node.input(0), node.input(3))


@lowers("Gemm")
def gemm(node: Node) -> None:
    """``alpha`` and ``beta`` are constants folded into weight and bias; a computed C is added by a layer of its own."""
    op = MatMul(bool(node.attr("transA", 0)), bool(node.attr("transB", 0)))
    bias = node.maybe(2)
    if bias is None or bias.constant:
        node.emit(op, *node.given())
    else:
        node.emit(Pointwise("add"), node.step("product", op, node.input(0), node.input(1)), bias)


@lowers("Einsum")
def einsum(node: Node) -> None:
    """Two operands whose letters are batch (in both and the result), M, N (in one and the result) and K (in both).

    Operands and result whose letters are not in the order of a matrix product are transposed first (data moves).
    """
    equation = str(node.attr("equation", "")).replace(" ", "")
    if len(node.given()) != 2 or "." in equation:
        raise NotModelledError(f"Einsum {equation!r}: only two operands, without '...'")
    terms, arrow, out = equation.partition("->")
    left, _, right = terms.partition(",")
    if not arrow:
        out = "".join(sorted(c for c in set(left + right) if (left + right).count(c) == 1))
    a, b = node.input(0), node.input(1)
    if any(len(set(t)) != len(t) for t in (left, right, out)) or len(left) != len(a.dims) or len(right) != len(b.dims):
        raise NotModelledError(f"Einsum {equation!r}: repeated letters, or letters that do not fit the ranks")
    size = {**dict(zip(left, a.dims, strict=True)), **dict(zip(right, b.dims, strict=True))}
    batch = [c for c in out if c in left and c in right]
    rows = [c for c in out if c in left and c not in right]
    columns = [c for c in out if c in right and c not in left]
    inner = [c for c in left if c in right and c not in out]
    if set(left + right) - {*batch, *rows, *columns, *inner} or set(out) - set(left + right):
        raise NotModelledError(
            f"Einsum {equation!r} is not a matrix product (an axis is summed over one operand alone)"
        )
    if not inner and not rows and not columns and left == right == out:
        node.emit(Pointwise("mul"), a, b)
        return
    if out.startswith("".join([*batch, *columns])) and columns and rows:  # the result is N x M: swap the operands
        a, b, left, right, rows, columns = b, a, right, left, columns, rows
    lead = tuple(size[c] for c in batch)
    m, k, n = (math.prod(size[c] for c in part) for part in (rows, inner, columns))
    first, flip_a = _operand(node, "a", a, left, (batch, rows, inner))
    second, flip_b = _operand(node, "b", b, right, (batch, inner, columns))
    first = node.step("a_view", Reshape((*lead, k, m) if flip_a else (*lead, m, k)), first)
    second = node.step("b_view", Reshape((*lead, n, k) if flip_b else (*lead, k, n)), second)
    product = node.step("product", MatMul(flip_a, flip_b), first, second)
    order = [*batch, *rows, *columns]
    product = node.step("product_view", Reshape(tuple(size[c] for c in order)), product)
    permute(node, product, [order.index(c) for c in out])


def _operand(node: Node, side: str, x: Value, letters: str, parts: tuple[list[str], ...]) -> tuple[Value, bool]:
    """Return the operand in the order batch, outer, inner, or batch, inner, outer (True), moving it only if it must."""
    batch, outer, inner = parts
    plain, flipped = "".join([*batch, *outer, *inner]), "".join([*batch, *inner, *outer])
    if letters in (plain, flipped):
        return x, letters != plain
    return permute(node, x, [letters.index(c) for c in plain], suffix=f"{side}_transpose"), False
