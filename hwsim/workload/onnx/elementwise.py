"""Element-by-element operators."""

from __future__ import annotations

from hwsim.workload.onnx.value import Node, Value, lowers
from hwsim.workload.ops import Pointwise, Reshape
from hwsim.workload.ops.base import broadcast

# ONNX operator: POINTWISE function of equal cost (the trigonometric kin count as sin, the hyperbolic as exp)
FUNCTIONS: dict[str, str] = {
    "Sub": "sub", "Mul": "mul", "Sum": "add", "Mean": "add", "Max": "max", "Min": "min", "Mod": "mod",
    "Equal": "compare", "Greater": "compare", "GreaterOrEqual": "compare", "Less": "compare",
    "LessOrEqual": "compare", "IsNaN": "compare", "IsInf": "compare", "And": "logic", "Or": "logic", "Xor": "logic",
    "Not": "logic", "BitShift": "logic", "BitwiseAnd": "logic", "BitwiseOr": "logic", "BitwiseXor": "logic",
    "BitwiseNot": "logic", "Where": "where", "Neg": "neg", "Abs": "abs", "Sign": "sign", "Round": "round",
    "Floor": "round", "Ceil": "round", "Relu": "relu", "LeakyRelu": "leaky_relu", "Clip": "clip",
    "ThresholdedRelu": "threshold", "Shrink": "threshold", "HardSigmoid": "hard_sigmoid", "HardSwish": "hard_swish",
    "Sigmoid": "sigmoid", "Tanh": "tanh", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Reciprocal": "reciprocal",
    "Erf": "erf", "Sin": "sin", "Cos": "cos", "Tan": "sin", "Asin": "sin", "Acos": "cos", "Atan": "sin",
    "Sinh": "exp", "Cosh": "exp", "Asinh": "log", "Acosh": "log", "Atanh": "log", "Elu": "elu", "Celu": "elu",
    "Selu": "selu", "Softplus": "softplus", "Softsign": "softsign", "Mish": "mish", "Swish": "silu", "Gelu": "gelu",
}


def pointwise(node: Node, function: str, *inputs: Value) -> None:
    """Emit ``function``; constants of one element are immediates, not operands, where the result keeps its shape."""
    operands = [v for v in inputs if not (v.constant and v.elements == 1)]
    shape = broadcast([v.dims for v in inputs])
    if not operands or broadcast([v.dims for v in operands]) != shape:
        operands = list(inputs)
    node.emit(Pointwise(function), *operands)


@lowers(*FUNCTIONS)
def elementwise(node: Node) -> None:
    """A sum, mean, maximum or minimum of one tensor is a view."""
    if len(node.given()) == 1 and node.op_type in ("Sum", "Mean", "Max", "Min"):
        node.emit(Reshape(node.input(0).dims), node.input(0))
    else:
        pointwise(node, FUNCTIONS[node.op_type], *node.given())


@lowers("Add")
def add(node: Node) -> None:
    """A constant row added to a fully connected layer is its bias."""
    a, b, out = node.input(0), node.input(1), node.output()
    if out is not None and any(node.net.add_bias(x, bias, out) for x, bias in ((a, b), (b, a))):
        return
    pointwise(node, "add", a, b)


@lowers("Div")
def divide(node: Node) -> None:
    """Division by a constant of one element is a multiplication by its inverse."""
    by = node.input(1)
    pointwise(node, "mul" if by.constant and by.elements == 1 else "div", *node.given())


@lowers("Pow")
def power(node: Node) -> None:
    """Squares and roots are what they are; another exponent is a special function."""
    exponent = node.input(1).array
    known = float(exponent.ravel()[0]) if exponent is not None and exponent.size == 1 else 0.0
    function = {2.0: "mul", 1.0: "mul", 0.5: "sqrt", -1.0: "reciprocal"}.get(known, "pow")
    pointwise(node, function, *node.given())


@lowers("PRelu")
def prelu(node: Node) -> None:
    """A slope a channel, as opset 6 wrote it, stands beside the channel axis."""
    x, slope = node.input(0), node.input(1)
    if slope.constant and len(slope.dims) == 1 and len(x.dims) > 2 and slope.dims[0] == x.dims[1]:
        slope = node.net.weight(node.label("slope"), slope, (slope.dims[0], *(1,) * (len(x.dims) - 2)))
    node.emit(Pointwise("prelu"), x, slope)


@lowers("Cast", "CastLike")
def cast(node: Node) -> None:
    """A cast to the type it has already is a view."""
    x, out = node.input(0), node.output()
    if out is not None and out.dtype == x.dtype:
        node.emit(Reshape(x.dims), x)
    else:
        node.emit(Pointwise("cast"), x)


@lowers("SwiGLU")
def gated(node: Node) -> None:
    """``swish(a) * b``."""
    pointwise(node, "mul", node.step("swish", Pointwise("silu"), node.input(0)), node.input(1))


@lowers("RotaryEmbedding")
def rotary(node: Node) -> None:
    """``x * cos + rotate(x) * sin``: two multiplications and one addition an element.

    Assumes the sine and cosine tables stay in the vector unit.
    """
    turned = node.step("cos", Pointwise("mul"), node.input(0))
    node.emit(Pointwise("scale"), turned, suffix="sin")
