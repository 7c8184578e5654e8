"""Live bytes of any network, against a walk that allocates and frees layer by layer."""

import pytest
from hypothesis import given, settings
from strategies import small_networks

from hwsim.memory.tiers import Lifetimes
from hwsim.workload.load import load_workload


def walk(network, in_place):
    """Execute the layers one by one with a dictionary as memory: allocate, use, free. Bytes at int8, the most a layer.

    An element-wise or row-wise layer takes over an input of its size that nobody reads again; a depthwise convolution
    does too, with one more channel while it runs.
    """
    storage, left = {}, {}
    for layer in network.layers:
        for name in layer.inputs:
            left[name] = left.get(name, 0) + 1
    for name in network.outputs:
        left[name] = left.get(name, 0) + 1
    holders = {}  # storage -> tensors that still need it

    def create(name, key):
        storage[name] = key
        holders.setdefault(key, set())
        if left.get(name):
            holders[key].add(name)

    memory, peaks = {}, []
    for name in network.inputs:
        create(name, name)
        memory[name] = network.tensors[name].elements
    for layer, work in zip(network.layers, network.works, strict=True):
        (out,) = layer.outputs
        ins = [name for name in dict.fromkeys(layer.inputs) if network.tensors[name].role != "weight"]
        for name in layer.inputs:
            left[name] -= 1
        size = network.tensors[out].elements
        dying = [n for n in ins if not left[n] and holders[storage[n]] <= {n}]
        kind = layer.op.kind
        same = [n for n in dying if kind in ("pointwise", "normalise", "softmax") and network.tensors[n].elements == size]
        depthwise = kind == "conv" and layer.op.groups == network.tensors[out].shape[1] == network.tensors[ins[0]].shape[1]
        extra = 0
        if work.view:
            create(out, storage[ins[0]])
        elif in_place != "never" and same:
            create(out, storage[same[0]])
        elif in_place == "depthwise" and depthwise and dying and network.tensors[ins[0]].elements >= size:
            extra = size // network.tensors[out].shape[1]
            create(out, storage[ins[0]])
        else:
            create(out, out)
            memory[out] = size
        if not work.view:
            peaks.append(sum(memory.values()) + extra)
        if depthwise and extra:
            memory[storage[out]] = size
        for name in ins:
            if not left[name]:
                holders[storage[name]].discard(name)
        for key in [k for k in memory if not holders[k]]:
            del memory[key]
    return peaks


@settings(max_examples=60, deadline=None)
@given(small_networks())
def test_live_bytes_equal_a_walk(network):
    for in_place in ("never", "elementwise", "depthwise"):
        life = Lifetimes.of(network, fusion="none", fold_moves=False, in_place=in_place)
        assert life.table(weights=False).live_bytes().tolist() == walk(network, in_place)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "unet", "mobilenet_v3_small", "convnext_t"])
@pytest.mark.parametrize("in_place", ["never", "elementwise", "depthwise"])
def test_live_bytes_equal_a_walk_on_networks(name, in_place):
    network = load_workload(name)
    life = Lifetimes.of(network, fusion="none", fold_moves=False, in_place=in_place)
    assert life.table(weights=False).live_bytes().tolist() == walk(network, in_place)
