"""NVDLA's family on ResNet-50: frames per second and area as nvdla.org's primer prints them."""

import runpy
from pathlib import Path

import pytest

TABLE = runpy.run_path(str(Path(__file__).parent / "nvdla_table.py"))
SIZES = TABLE["SIZES"]
VALIDATED = [size for size in SIZES if size.area_status == "validated"]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.core.macs} MACs")
def test_frames_per_second_within_a_fifth(size):
    assert TABLE["frames_per_s"](size) == pytest.approx(size.fps, rel=0.2)


@pytest.mark.parametrize("size", VALIDATED, ids=lambda size: f"{size.core.macs} MACs")
def test_area_within_a_quarter(size):
    assert TABLE["area"](size.core).total_mm2 == pytest.approx(size.area_mm2, rel=0.25)


def test_calibrated_and_validated_sizes():
    assert {size.core.macs: size.area_status for size in SIZES} == {2048: "validated", 512: "validated", 64: "calibrated"}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.core.macs} MACs")
def test_no_layer_beats_what_it_must_do(size):
    for cost in TABLE["costs"](size.core).values():
        filter_words, _, ofmap_words = cost.problem.words()
        assert cost.filter_bytes >= filter_words
        assert cost.ofmap_bytes >= ofmap_words
        assert cost.mac_cycles >= cost.problem.macs / size.core.macs
        assert cost.utilisation <= cost.spatial_utilisation <= 1


def test_resnet_50_is_whole():
    costs = TABLE["costs"](SIZES[0].core)
    assert len(costs) == 54  # 53 convolutions and one fully connected layer
    assert sum(cost.problem.macs for cost in costs.values()) == pytest.approx(4.09e9, rel=0.01)
