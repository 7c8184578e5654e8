"""Parameters of network families: every fault at once, with its path, the allowed values and the nearest name."""

from __future__ import annotations

import pytest

from hwsim.errors import ConfigError
from hwsim.workload.families import build


def faults(family: str, params: dict, **options: object) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as caught:
        build(family, params, name="n", **options)
    return [(fault.path, str(fault)) for fault in caught.value.faults]


def test_all_faults_are_reported_together() -> None:
    params = {"dept": 50, "depth": 51, "resolution": 0, "se_ratio": "much"}
    found = dict(faults("resnet", params, batch=0, weight_bits=99))
    assert set(found) == {"params.dept", "params.depth", "params.resolution", "params.se_ratio", "batch", "weight_bits"}
    assert "did you mean 'depth'?" in found["params.dept"]
    assert "18, 34, 50, 101, 152" in found["params.depth"]
    assert "a whole number >= 1" in found["params.resolution"]
    assert "a number > 0 or none" in found["params.se_ratio"]
    assert "1..64" in found["weight_bits"]


@pytest.mark.parametrize(("family", "params", "path"), [
    ("resnet", {"depth": True}, "params.depth"),
    ("resnet", {"depth": 50.0}, "params.depth"),
    ("resnet", {"groups": 3}, "params.groups"),
    ("resnet", {"depth": 18, "groups": 2}, "params.groups"),
    ("resnet", {"groups": 2, "group_size": 16}, "params.groups"),
    ("alexnet", {"classes": -1}, "params.classes"),
    ("resnet", {"group_size": 24}, "params.group_size"),
    ("resnet", {"blocks": []}, "params.blocks"),
    ("resnet", {"blocks": [3, 0, 6]}, "params.blocks[1]"),
    ("resnet9", {"channels": [64, 128]}, "params.channels"),
    ("mobilenet_v1", {"width": float("inf")}, "params.width"),
    ("mobilenet_v1", {"width": float("nan")}, "params.width"),
    ("convnext", {"depths": [3, 3]}, "params.widths"),
    ("vit", {"heads": 7}, "params.heads"),
    ("vit", {"resolution": 225}, "params.patch"),
    ("swin", {"heads": [3, 6, 12, 25]}, "params.heads[3]"),
    ("bert", {"tokens": 513}, "params.tokens"),
    ("litepose", {"deconv": [16, 16, 16, 16]}, "params.deconv"),
    ("large_kernel", {"kernels": [[3], [3], 3, [3]]}, "params.kernels[2]"),
    ("mobilenet_v3", {"blocks": [{"kernel": 3, "expanded": 16, "out": 16, "strid": 2}]}, "params.blocks[0].strid"),
    ("mobilenet_v3", {"blocks": [{"kernel": 3, "expanded": 16}]}, "params.blocks[0].out"),
    ("mobilenet_v3", {"blocks": [{"kernel": 3, "expanded": 16, "out": 8, "activation": "gelu"}]},
     "params.blocks[0].activation"),
])
def test_fault_names_the_parameter(family: str, params: dict, path: str) -> None:
    assert [found for found, _ in faults(family, params)] == [path]


@pytest.mark.parametrize(("family", "params"), [
    ("unet", {"resolution": 20}), ("unet", {"resolution": 100}), ("pseudo3d", {"frames": 8}),
    ("resnet9", {"resolution": 4}), ("inception_next", {"branch_ratio": 0.5}), ("unet_resnet", {"resolution": 100}),
    ("large_kernel", {"kernels": [[4]] * 4}),
])
def test_parameters_that_do_not_fit_together_are_a_config_error(family: str, params: dict) -> None:
    assert faults(family, params)


def test_unknown_family_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'resnet'"):
        build("resnett", {}, name="n")


def test_block_lists_replace_the_table() -> None:
    # one block by hand: 1x1 16 -> 64, depthwise 5x5 stride 2, squeeze-excite to 16, 1x1 -> 24; then the fixed ends
    block = {"kernel": 5, "expanded": 64, "out": 24, "stride": 2, "activation": "hard_swish", "squeezed": 16,
             "gate": "hard_sigmoid"}
    network = build("mobilenet_v3", {"blocks": [block], "resolution": 32}, name="subnet")
    inner = 16 * 64 * 16**2 + 64 * 25 * 8**2 + 64 * 16 * 2 + 64 * 24 * 8**2
    ends = 27 * 16 * 16**2 + 24 * 144 * 8**2 + 144 * 1280 + 1280 * 1000
    assert network.macs == inner + ends


def test_provenance_names_builder_and_parameters() -> None:
    network = build("resnet", {"depth": 18}, name="n")
    assert dict(network.provenance) == {"builder": "resnet", "batch": "1", "params": '{"depth": 18}'}
