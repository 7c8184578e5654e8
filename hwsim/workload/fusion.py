"""Which layers run as one kernel.

A kernel starts at a matrix product, at row-wise work or at data movement, and takes in the element-wise layers that
consume its result before anyone else sees it: they are applied as results leave the array.
"""

from __future__ import annotations

from typing import Literal

from hwsim.workload.network import Layer, Network
from hwsim.workload.ops import Normalise, Pointwise, RecurrentGates

Fusion = Literal["epilogue", "none"]


def fuse(network: Network, rule: Fusion = "epilogue") -> list[int]:
    """Return the kernel of every layer, numbered in the order in which the kernels run.

    ``none`` gives every layer but views a kernel of its own. ``epilogue`` appends an element-wise layer (or batch
    normalisation) to the latest kernel that makes one of its inputs, where that input has no other reader, is not smaller
    than the result (a gate that is spread over a map is not an epilogue of the gate), and every other input exists before
    that kernel starts. A view joins the kernel that makes its input.

    A kernel runs where its first layer stood, so kernels are numbered by their first layers.
    """
    kernel_of: list[int] = []
    maker: dict[str, int] = {}  # tensor -> kernel that makes it
    last_output: dict[int, str] = {}  # kernel -> its newest tensor
    outputs = set(network.outputs)
    count = 0
    for index, layer in enumerate(network.layers):
        kernel: int | None = None
        if network.works[index].view:
            kernel = maker.get(layer.inputs[0])
            alias = kernel is not None and last_output[kernel] == layer.inputs[0]
            if kernel is not None and not (alias and _single(network, layer.inputs[0], outputs)):
                # the viewed tensor stays visible; the view adds nothing to run
                kernel_of.append(kernel)
                maker.update(dict.fromkeys(layer.outputs, kernel))
                continue
        elif rule == "epilogue" and _elementwise(layer):
            made = [(maker[n], n) for n in layer.inputs if n in maker]
            if made:
                latest, name = max(made)
                sole = [n for k, n in made if k == latest] == [name]
                size = network.tensors[name].elements
                grows = network.tensors[layer.outputs[0]].elements > size
                if sole and not grows and last_output[latest] == name and _single(network, name, outputs):
                    kernel = latest
        if kernel is None:
            kernel = count
            count += 1
        kernel_of.append(kernel)
        maker.update(dict.fromkeys(layer.outputs, kernel))
        last_output[kernel] = layer.outputs[0]
    return kernel_of


def _elementwise(layer: Layer) -> bool:
    op = layer.op
    return isinstance(op, (Pointwise, RecurrentGates)) or (isinstance(op, Normalise) and op.function == "batch")


def _single(network: Network, name: str, outputs: set[str]) -> bool:
    return len(network.consumers[name]) == 1 and name not in outputs


def folded(network: Network, kernel_of: list[int]) -> list[bool]:
    """Return, a layer, whether it is a batch normalisation that folds into the filters of the product before it."""
    result = []
    product_out: set[str] = set()  # tensors that are a product's (or folded normalisation's) direct result
    maker: dict[str, int] = {}
    for index, layer in enumerate(network.layers):
        work = network.works[index]
        into = layer.inputs[0]
        same = maker.get(into) == kernel_of[index]
        batch = isinstance(layer.op, Normalise) and layer.op.function == "batch"
        fold = batch and same and into in product_out
        filters = work.gemm is not None and network.inputs_of(layer)[work.gemm.b].role == "weight"
        if filters or fold:
            product_out.update(layer.outputs)
        maker.update(dict.fromkeys(layer.outputs, kernel_of[index]))
        result.append(fold)
    return result
