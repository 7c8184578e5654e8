"""Energy by memory level: nothing lost, nothing twice."""

import pytest

import hwsim
from hwsim.errors import ConfigError
from hwsim.machines.energy_by_level import energy_by_level
from hwsim.result import ENERGY_PARTS


def net():
    b = hwsim.NetworkBuilder("net")
    x = b.relu(b.conv(b.input("x", (1, 16, 14, 14)), 32, 3, name="a"))
    return b.build(b.conv(b.pool(x, 2), 16, 1, name="b"))


@pytest.mark.parametrize(("template", "overrides"), [
    ("eyeriss", {}), ("nvdla_64", {}), ("spatial_array", {"technology.onchip_energy_scale": 1.5}),
    ("spatial_array", {"pe_array.residency": 0.5}),
    ("spatial_array", {"vector_unit": {"lanes": 16, "special_per_cycle": 1, "fused_epilogue": False}})])
def test_levels_sum_to_the_result(template, overrides):
    accelerator = hwsim.load_accelerator(template, overrides)
    levels, result = energy_by_level(accelerator, net()), hwsim.simulate(accelerator, net())
    kernels = result.layers.groupby("kernel", sort=False)[["energy_j", *(part.column for part in ENERGY_PARTS)]].sum()
    assert levels.index.tolist() == kernels.index.tolist()
    assert levels.sum(axis=1).tolist() == pytest.approx(kernels["energy_j"].tolist(), rel=1e-12)
    assert levels[[*accelerator.buffers]].sum(axis=1).tolist() == pytest.approx(kernels["energy_buffer_j"].tolist(), rel=1e-12)
    pads = [*accelerator.pe_array.scratchpads]
    assert levels[pads].sum(axis=1).tolist() == pytest.approx(kernels["energy_register_j"].tolist(), rel=1e-12)
    assert list(levels.columns[:1]) == list(accelerator.memories)


def test_memory_levels_are_of_pe_arrays():
    with pytest.raises(ConfigError, match=r"tpu_v1\.kind.*systolic.*spatial"):
        energy_by_level("tpu_v1", net())
