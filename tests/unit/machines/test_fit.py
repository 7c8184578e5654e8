"""Workloads that cannot run: nothing to do, too large, or too large for a memory."""

import pytest

import hwsim


def test_a_network_of_views_has_nothing_to_run():
    b = hwsim.NetworkBuilder("views")
    net = b.build(b.reshape(b.input("x", (2, 6)), (12,)))
    for template in ("tpu_v1", "a100"):
        with pytest.raises(hwsim.ConfigError, match="nothing to run"):
            hwsim.simulate(template, net)


def test_a_workload_beyond_exact_counts_is_refused():
    # 10^11 images of 1.8 GMAC are 1.8e20, beyond 2^53 = 9.0e15
    with pytest.raises(hwsim.ConfigError, match="too large"):
        hwsim.simulate("a100", hwsim.load_workload("resnet18", batch=10**11))


def test_filters_must_fit_their_memory():
    # 11.7 M parameters of one byte against 4 MiB
    small = hwsim.load_accelerator("systolic_ws_32", {"memories.dram.capacity_bytes": "4 MiB"})
    with pytest.raises(hwsim.ConfigError, match=r"resnet18 needs 1\d\.\d+ MiB here, but the memory holds 4 MiB"):
        hwsim.simulate(small, "resnet18")
    hwsim.simulate(hwsim.load_accelerator("systolic_ws_32", {"memories.dram.capacity_bytes": "16 MiB"}), "resnet18")


def test_operand_widths_are_recorded():
    assert hwsim.simulate("tpu_v1", "resnet18").provenance["operand_bits"] == "8x8"
    assert hwsim.simulate("a100", "resnet18").provenance["operand_bits"] == "16x16"
    assert hwsim.simulate("tpu_v1", "tpu_lstm0").provenance["operand_bits"] == "16x8"
