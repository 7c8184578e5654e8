"""Several networks in one run."""

import pytest

import hwsim
from hwsim.workload.merge import merge


def test_merged_networks_add_up_and_keep_apart():
    small, other = hwsim.load_workload("resnet18"), hwsim.load_workload("mobilenet_v2")
    both = merge([small, other, small])
    assert both.macs == 2 * small.macs + other.macs
    assert both.parameters == 2 * small.parameters + other.parameters
    assert len(both.layers) == 2 * len(small.layers) + len(other.layers)
    assert both.layers[-1].name == f"resnet18#2/{small.layers[-1].name}"
    assert both.outputs == tuple(f"{p}/{n}" for p, net in (("resnet18", small), ("mobilenet_v2", other), ("resnet18#2", small))
                                 for n in net.outputs)


def test_a_run_of_a_list_takes_its_parts_in_sequence():
    # the array and vector work of a run is that of its parts; only residency and the first load may differ
    alone = [hwsim.simulate("systolic_ws_32", name) for name in ("resnet18", "resnet9")]
    together = hwsim.simulate("systolic_ws_32", ["resnet18", "resnet9"])
    assert together.stall_breakdown_cycles["array_active"] == sum(r.stall_breakdown_cycles["array_active"] for r in alone)
    assert together.cycles <= sum(r.cycles for r in alone)
    assert together.metrics["fps"] == pytest.approx(2 / together.latency_s)


def test_one_network_is_itself_and_none_is_refused():
    net = hwsim.load_workload("resnet18")
    assert merge([net]) is net
    with pytest.raises(hwsim.ConfigError, match="at least one network"):
        hwsim.simulate("tpu_v1", [])
