"""Every shipped template gives a result that keeps the laws of results and of the roofline."""

import math

import numpy as np
import pytest

import hwsim
from hwsim.datafiles import names
from hwsim.result import CYCLE_PARTS, RESULT_COLUMNS

DOCUMENTED = {column.name for column in RESULT_COLUMNS}


@pytest.fixture(scope="module")
def net():
    return hwsim.load_workload("resnet18")


@pytest.fixture(scope="module", params=names("arch_templates"))
def result(request, net):
    return hwsim.simulate(hwsim.load_accelerator(request.param), net)


def test_layers_are_the_networks_in_order(result, net):
    assert result.layers["name"].tolist() == [layer.name for layer in net.layers]
    assert result.layers["macs"].tolist() == [work.gemm.macs if work.gemm else 0 for work in net.works]
    assert result.macs == net.macs


def test_no_layer_is_faster_than_the_roofline(result):
    """MACs fit under the compute peak and a kernel's off-chip bytes under the bandwidth of all memories together."""
    offchip = [name for name in result.layers.columns if name.endswith("_offchip_bytes")]
    kernels = result.layers.groupby("kernel")[["macs", "latency_s", *offchip]].sum()
    least_s = np.maximum(kernels["macs"] / result.device["peak_macs_per_s"],
                         kernels[offchip].sum(axis=1) / result.device["offchip_bytes_per_s"])
    assert (kernels["latency_s"] >= least_s * (1 - 1e-12)).all()


def test_stalls_and_shares_are_in_range(result):
    layers = result.layers
    assert (layers[[part.column for part in CYCLE_PARTS]] >= 0).all(axis=None)
    assert (layers["compute_cycles"] <= layers["cycles"]).all()
    shares = layers[["utilisation", "spatial_utilisation", "temporal_utilisation"]]
    assert ((shares >= 0) & (shares <= 1 + 1e-12)).all(axis=None)
    assert set(layers["bound"]) <= {part.label for part in CYCLE_PARTS} | {"none"}


def test_totals_follow_from_the_layers(result):
    assert result.cycles == math.fsum(result.layers["cycles"])
    assert result.energy_j == pytest.approx(math.fsum(result.layers["energy_j"]), rel=1e-12)
    assert math.fsum(result.stall_breakdown_cycles.values()) == pytest.approx(result.cycles, rel=1e-12)


def test_every_metric_is_documented(result):
    assert {f"metrics.{name}" for name in result.metrics} <= DOCUMENTED
    assert result.metrics["tops"] == pytest.approx(2e-12 * result.macs / result.latency_s, rel=1e-12)
    assert set(result.device) == {"peak_macs_per_s", "clock_hz", "pes", "offchip_bytes_per_s"}
    assert {"hwsim_version", "template_hash", "workload_hash"} <= set(result.provenance)
