"""Servers of off-chip memories: bandwidths, first words, DRAM ports."""

import pytest

import hwsim
from hwsim.arch.description import Memory
from hwsim.arch.load import load_accelerator, template_hash
from hwsim.datafiles import data_dir
from hwsim.errors import ConfigError
from hwsim.machines import PointTable
from hwsim.machines.memory_servers import memory_servers
from hwsim.machines.overrides import PointReader
from hwsim.machines.simulate import build_machine
from hwsim.machines.systolic_parameters import SystolicParameters

DEVICE = {"memories.dram.device": "DDR4-2400 x8"}


def servers(accelerator):
    row = SystolicParameters(accelerator).matrix(PointReader(accelerator, PointTable.of(), 0, 1))[0]
    return memory_servers(accelerator, row)


def product():
    b = hwsim.NetworkBuilder("product")
    return b.build(b.linear(b.input("x", (50, 60)), 70))


def test_a_memory_is_its_bandwidth_times_efficiency():
    memories, latencies = servers(load_accelerator("edge_npu"))
    assert [(r.name, r.kind) for r in memories] == [("dram", "rate")]
    assert memories[0].bytes_per_s == pytest.approx(12.8e9 * 0.8)
    assert [(r.name, r.kind) for r in latencies] == [("dram latency", "fixed")]


def test_memories_keep_the_order_of_the_description():
    memories, latencies = servers(load_accelerator("tpu_v1"))
    assert [r.name for r in memories] == ["weight_dram", "host"]
    assert [r.bytes_per_s for r in memories] == pytest.approx([34e9, 14 * 2**30])
    assert latencies == []


def test_a_memory_of_sums_alone_is_there_but_unused():
    acc = load_accelerator("systolic_ws_32")
    sums = Memory(type="ddr4", holds=("psum",), bandwidth_bytes_per_s=1e9)
    rest = acc.memories["dram"].model_copy(update={"holds": ("ifmap", "filter", "ofmap")})
    result = hwsim.simulate(acc.model_copy(update={"memories": {"sums": sums, "dram": rest}}), product(), fidelity="event")
    assert {r.name: r.busy_s for r in result.resources}["sums"] == 0.0


def test_a_device_is_a_port_whose_latency_is_its_own():
    memories, latencies = servers(load_accelerator("systolic_ws_32", {**DEVICE, "memories.dram.latency_s": 5e-8}))
    assert [(r.name, r.kind) for r in memories] == [("dram", "dram")]
    port = memories[0].port
    assert (port.device.name, port.mapping, port.channels) == ("DDR4-2400 x8", "MOP4CLXOR", 1)
    assert latencies == []


def test_efficiency_is_no_part_of_the_peak():
    """A device knows its own sustained share."""
    memories, _ = servers(load_accelerator("systolic_ws_32", {**DEVICE, "memories.dram.efficiency": 0.7}))
    assert memories[0].port.bytes_per_s == pytest.approx(19.2e9, rel=0.001)


def template(folder, device="mine.yaml"):
    """Write a template that names a device file of its own folder, and that file."""
    text = (data_dir("arch_templates") / "systolic_ws_32.yaml").read_text()
    (folder / "npu.yaml").write_text(text.replace("    type: ddr4\n", f"    type: ddr4\n    device: {device}\n"))
    (folder / "mine.yaml").write_text("name: mine\nlike: DDR4-2400 x8\ntiming: {cl: 20}\n")
    return folder / "npu.yaml"


def test_a_device_file_is_found_from_the_templates_folder(tmp_path):
    (tmp_path / "folder").mkdir()
    accelerator = load_accelerator(template(tmp_path / "folder"))
    memories, _ = servers(accelerator)
    assert (memories[0].port.device.name, memories[0].port.device.timing.cl) == ("mine", 20)
    result = hwsim.simulate(accelerator, product(), fidelity="event")
    assert result.cycles > 0
    # the same wherever the files lie, another with another device
    (tmp_path / "other").mkdir()
    other = template(tmp_path / "other")
    assert template_hash(load_accelerator(other)) == template_hash(accelerator)
    (tmp_path / "other/mine.yaml").write_text("name: mine\nlike: DDR4-2400 x8\ntiming: {cl: 21}\n")
    assert template_hash(load_accelerator(other)) != template_hash(accelerator)


def test_a_device_file_of_an_override_is_found_from_here(tmp_path, monkeypatch):
    template(tmp_path)
    monkeypatch.chdir(tmp_path)
    memories, _ = servers(load_accelerator("systolic_ws_32", {"memories.dram.device": "mine.yaml"}))
    assert memories[0].port.device.name == "mine"


def test_faults_of_a_device_file_say_where(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = template(tmp_path, "mane.yaml")
    with pytest.raises(ConfigError, match=r"memories\.dram\.device: mane\.yaml: no such file; did you mean 'mine\.yaml'\?"):
        hwsim.simulate(load_accelerator(file.name), product())
    (tmp_path / "mane.yaml").write_text("name: mane\nlike: DDR4-2400 x8\ntiming:\n  rc: 9\n")
    with pytest.raises(ConfigError, match=r"memories\.dram\.device: mane\.yaml:4: timing\.rc: shorter than"):
        hwsim.simulate(load_accelerator(file.name), product())


@pytest.mark.parametrize(("more", "moves"), [
    ({"memories.dram.device": "DDR4-3200 x8"}, "1 x DDR4-3200 x8 move 25.6 GB/s, not 19.2 GB/s"),
    ({"memories.dram.channels": 2}, "2 x DDR4-2400 x8 move 38.42 GB/s, not 19.2 GB/s"),
    ({"memories.dram.bandwidth_bytes_per_s": 20e9}, "1 x DDR4-2400 x8 move 19.21 GB/s, not 20 GB/s"),
])
def test_another_peak_than_the_devices_is_refused_where_it_matters(more, moves):
    accelerator = load_accelerator("systolic_ws_32", {**DEVICE, **more})
    with pytest.raises(ConfigError) as caught:
        hwsim.simulate(accelerator, product(), fidelity="event")
    assert str(caught.value) == (f"memories.dram.bandwidth_bytes_per_s: {moves}; "
                                 "set device to null to use a bandwidth alone")
    assert hwsim.simulate(accelerator, product()).cycles > 0


def test_channels_multiply_the_peak():
    twice = {**DEVICE, "memories.dram.channels": 2, "memories.dram.bandwidth_bytes_per_s": 38.4e9}
    one, two = (hwsim.simulate(load_accelerator("systolic_ws_32", o), "mobilenet_v2", fidelity="event")
                for o in (DEVICE, twice))
    assert two.latency_s < one.latency_s


@pytest.mark.parametrize("mapping", ["MOP4CLXOR", "RoBaRaCoCh"])
@pytest.mark.parametrize("dataflow", ["ws", "os", "is"])
@pytest.mark.parametrize("network", ["mobilenet_v3_small", "product"])
def test_banks_are_never_faster_than_the_peak(mapping, dataflow, network):
    network = product() if network == "product" else hwsim.load_workload(network)
    banks = {**DEVICE, "memories.dram.mapping": mapping, "memories.dram.efficiency": 1.0}
    pure = {"memories.dram.bandwidth_bytes_per_s": 19.21e9, "memories.dram.efficiency": 1.0}
    with_banks, without = (hwsim.simulate(load_accelerator(f"systolic_{dataflow}_32", o), network, fidelity="event")
                           for o in (banks, pure))
    assert with_banks.latency_s >= without.latency_s
    moved = sum(without.layers[f"{operand}_offchip_bytes"].sum() for operand in ("ifmap", "filter", "ofmap"))
    busy = {r.name: r.busy_s for r in with_banks.resources}["dram"]
    assert busy >= moved / 19.21e9
    assert dict(zip(with_banks.timeline.resources, with_banks.timeline.resource_kinds, strict=True))["dram"] == "dram"


def test_a_point_has_the_servers_of_its_values():
    """A schedule of a design point is that of the description with the point's values."""
    model = build_machine(load_accelerator("systolic_ws_32", DEVICE))
    columns = {"memories.dram.efficiency": [1.0, 0.5], "memories.dram.mapping": ["MOP4CLXOR", "RoBaRaCoCh"],
               "memories.dram.channels": [1, 2], "memories.dram.bandwidth_bytes_per_s": [19.2e9, 38.4e9]}
    costs = model.cost(model.table(product()), PointTable.of(columns), model.cost_columns)
    port = next(r for r in model.lower(costs, 1).resources if r.name == "dram").port
    assert (port.channels, port.mapping) == (2, "RoBaRaCoCh")


def test_a_memory_cannot_be_named_like_another_server():
    accelerator = load_accelerator("systolic_ws_32")
    renamed = accelerator.model_copy(update={"memories": {"vector unit": accelerator.memories["dram"]}})
    with pytest.raises(ConfigError, match=r"memories\.vector unit: another server has this name"):
        hwsim.simulate(renamed, product(), fidelity="event")
