"""The template ``eyeriss`` against the chip (JSSC 2017, Table V): AlexNet, batch 4, through ``simulate``."""

import runpy
from pathlib import Path

import pytest

import hwsim

MEASURED = {row.shape.name.lower(): row for row in runpy.run_path(str(Path(__file__).parent / "eyeriss_table.py"))["ALEXNET"]}


@pytest.fixture(scope="module")
def layers():
    net = hwsim.load_workload("alexnet", batch=4)
    first_input = {layer.name: layer.inputs[0] for layer in net.layers}
    results = {layer.inputs[0]: layer.outputs[0] for layer in net.layers}
    densities = {}
    for name, row in MEASURED.items():
        densities[first_input[name]] = 1 - row.ifmap_zeros
        tensor = results[first_input[name]]  # of the convolution, then of what is fused behind it
        while tensor in results and tensor != first_input.get(f"conv{int(name[-1]) + 1}"):
            densities.setdefault(tensor, 1 - row.ofmap_zeros)
            tensor = results[tensor]
            if int(name[-1]) == 5 and tensor == first_input["fc6"]:
                break
    return hwsim.simulate("eyeriss", net.with_densities(densities)).layers.set_index("name")


def processing_s(layer):
    return (layer.array_active_cycles + layer.weight_shift_cycles + layer.fill_drain_cycles + layer.buffer_stall_cycles) / 200e6


@pytest.mark.parametrize("name", MEASURED)
def test_layers_take_the_time_and_traffic_of_the_analysis(layers, name):
    """What the machine passes on is what the analysis says of the layer alone."""
    expected, found = MEASURED[name].cost(), layers.loc[name]
    assert processing_s(found) == pytest.approx(expected.processing_s, rel=1e-12)
    assert found.spatial_utilisation == MEASURED[name].active_pes / 168
    moved = found.ifmap_offchip_bytes + found.filter_offchip_bytes + found.ofmap_offchip_bytes
    assert 1e-6 * moved == pytest.approx(MEASURED[name].dram_mb, rel=0.25)


def test_power_is_within_25_percent_where_it_was_not_calibrated(layers):
    """The scale of on-chip energy is calibrated to CONV1; the other layers are predicted."""
    for name, row in MEASURED.items():
        found = layers.loc[name]
        parts = ("mac", "register", "buffer", "noc", "static")
        # while it processes, the chip waits for nothing: leakage of the processing time alone
        waits = processing_s(found) / found.latency_s
        power_w = sum(found[f"energy_{part}_j"] * (waits if part == "static" else 1) for part in parts) / processing_s(found)
        assert 1e3 * power_w == pytest.approx(row.power_mw, rel=0.005 if name == "conv1" else 0.25), name
