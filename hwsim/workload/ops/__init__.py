"""Operators: one file a family; importing this package registers them all."""

from hwsim.workload.ops.base import OPERATORS, Gemm, Operator, Window, Work
from hwsim.workload.ops.conv import Conv, ConvTranspose
from hwsim.workload.ops.matmul import MatMul, RecurrentMatMul
from hwsim.workload.ops.movement import Concat, Gather, Move, Reshape, VectorFallback
from hwsim.workload.ops.pointwise import POINTWISE, Pointwise, RecurrentGates
from hwsim.workload.ops.pool import Pool, Resize
from hwsim.workload.ops.rowwise import Normalise, Reduce, Softmax

__all__ = [
    "OPERATORS", "POINTWISE", "Concat", "Conv", "ConvTranspose", "Gather", "Gemm", "MatMul", "Move", "Normalise",
    "Operator", "Pointwise", "Pool", "RecurrentGates", "RecurrentMatMul", "Reduce", "Reshape", "Resize", "Softmax",
    "VectorFallback", "Window", "Work",
]
