"""fuse_layers: layers of a network in sequence, fused or not."""

import pytest

import hwsim
from hwsim.errors import ConfigError

TENSORS = {"a.w": [16, 8, 3, 3], "b.w": [8, 16, 1, 1], "c.w": [8, 8, 3, 3]}
NET = {"inputs": {"image": [1, 8, 16, 16]}, "tensors": TENSORS, "layers": [
    {"name": "a", "op": "conv", "inputs": ["image", "a.w"], "pads": [[1, 1], [1, 1]]},
    {"name": "a_relu", "op": "pointwise", "inputs": ["a.out"], "function": "relu"},
    {"name": "b", "op": "conv", "inputs": ["a_relu.out", "b.w"]},
    {"name": "c", "op": "conv", "inputs": ["b.out", "c.w"], "pads": [[1, 1], [1, 1]]},
    {"name": "sum", "op": "pointwise", "inputs": ["b.out", "c.out"], "function": "add"}]}


def test_a_pair_stays_on_chip_and_saves_the_trip():
    found = hwsim.fuse_layers("spatial_array", hwsim.load_workload(NET), ["a", "b"], objective="energy")
    assert found.groups == (("a", "b"),) and found.stages[0].homes[2] == found.stages[1].homes[1] == "glb"
    saved = sum(stage.energy_pj for stage in found.unfused) - found.energy_pj
    tensor_bits = 16 * 16 * 16 * 8
    lpddr4_pj_per_bit = found.unfused[0].runs[0][0].cost.levels.levels[0].read_pj_per_bit
    assert saved > 1.5 * tensor_bits * lpddr4_pj_per_bit  # once written and once read, less what the buffer takes
    one = hwsim.fuse_layers("spatial_array", hwsim.load_workload(NET), ["a"], objective="energy")
    assert one.groups == (("a",),) and one.energy_pj == one.unfused[0].energy_pj


@pytest.mark.parametrize(("accelerator", "layers", "message"), [
    ("spatial_array", ["a", "c"], r"does not read what a writes \(got 'c'\); allowed: b"),
    ("spatial_array", ["b", "c"], r"what b writes goes off chip, as several layers read it \(got c, sum\)"),
    ("spatial_array", ["a", "bb"], "no such layer .*did you mean 'b'"), ("spatial_array", [], "no layers to fuse"),
    ("eyeriss", ["a", "b"], "only free mappings can be fused"), ("tpu_v1", ["a", "b"], "only free mappings can be fused")])
def test_what_cannot_be_fused_is_refused(accelerator, layers, message):
    with pytest.raises(ConfigError, match=message):
        hwsim.fuse_layers(accelerator, hwsim.load_workload(NET), layers)
