"""Laws over thousands of random designs in one call: no part is negative, and nothing beats compute, lanes or a memory."""

import numpy as np
import pytest

import hwsim
from hwsim.arch.load import load_accelerator
from hwsim.datafiles import names
from hwsim.machines import PointTable
from hwsim.machines.simulate import build_machine
from hwsim.result import CYCLE_PARTS, ENERGY_PARTS
from hwsim.workload.ops import RecurrentMatMul

POINTS = 1500
SYSTOLIC = [name for name in names("arch_templates") if load_accelerator(name).kind == "systolic"]
CLOSE = 1 + 1e-9


def recurrent():
    b = hwsim.NetworkBuilder("recurrent")
    return b.build(b.add_layer(RecurrentMatMul(20), (b.input("state", (4, 64)), b.weight("w", (64, 256)))))


NETWORKS = [hwsim.load_workload(name) for name in ("resnet18", "mobilenet_v3_small", "vit_b_16", "tpu_lstm1")] + [recurrent()]


def designs(acc):
    """Return random columns for the array, every buffer and every memory."""
    rng = np.random.default_rng(17)
    columns = {
        "array.rows": rng.integers(1, 300, POINTS), "array.cols": rng.integers(1, 300, POINTS),
        "array.dataflow": rng.choice(["ws", "os", "is"], POINTS), "array.pipelined_folds": rng.random(POINTS) < 0.5,
        "array.whole_tile_fetch": rng.random(POINTS) < 0.3, "vector_unit.lanes": rng.integers(1, 300, POINTS),
    }
    for name in acc.buffers:
        columns[f"buffers.{name}.capacity_bytes"] = 10 ** rng.uniform(3, 8, POINTS)
    for name in acc.memories:
        columns[f"memories.{name}.bandwidth_bytes_per_s"] = 10 ** rng.uniform(8, 13, POINTS)
        columns[f"memories.{name}.latency_s"] = rng.choice([0.0, 1e-6], POINTS)
        columns[f"memories.{name}.streamed"] = rng.random(POINTS) < 0.7
    return columns


@pytest.mark.parametrize("net", NETWORKS, ids=lambda net: net.name)
@pytest.mark.parametrize("template", SYSTOLIC)
def test_laws(template, net):
    acc = load_accelerator(template)
    model = build_machine(acc)
    layers, columns = model.table(net), designs(acc)
    table = model.cost(layers, PointTable.of(columns), model.cost_columns)
    able = table.feasible
    assert able.mean() > 0.3

    def holds(law, condition):
        broken = np.argwhere(~condition & able[:, None])
        if len(broken):
            point, kernel = broken[0]
            pytest.fail(f"{law}: {len(broken)} times; kernel {kernel} on { {p: c[point] for p, c in columns.items()} }")

    for part in (*CYCLE_PARTS, *ENERGY_PARTS):
        holds(part.column, table[part.column] >= 0)
    cycles = table["cycles"] * CLOSE
    holds("compute_cycles", table["compute_cycles"] <= cycles)
    passes = (np.ceil(layers.column("a_bits") / acc.array.activation_bits)
              * np.ceil(layers.column("b_bits") / acc.array.weight_bits))
    pes = (columns["array.rows"] * columns["array.cols"])[:, None]
    holds("PEs", cycles >= layers.column("macs") * passes / pes)
    holds("lanes", cycles >= layers.column("vector_ops") / columns["vector_unit.lanes"][:, None])
    for memory, entry in acc.memories.items():
        moved = sum(table[f"{o}_offchip_bytes"] for o in ("ifmap", "filter", "ofmap") if acc.memory_of(o) == memory)
        rate = columns[f"memories.{memory}.bandwidth_bytes_per_s"][:, None] * entry.efficiency
        holds(memory, table["latency_s"] * CLOSE >= moved / rate)


def test_memories_for_inputs_and_outputs_apart():
    """A kernel that reads its operand and a residual moves both through the input memory."""
    acc = load_accelerator("systolic_ws_32").model_dump()
    dram = acc["memories"]["dram"]
    acc["memories"] = {"in": dram | {"holds": ["ifmap", "filter"]},
                       "out": dram | {"holds": ["ofmap"], "bandwidth_bytes_per_s": 1e13}}
    model = build_machine(type(load_accelerator("systolic_ws_32")).model_validate(acc))
    b = hwsim.NetworkBuilder("residual")
    x, y = b.input("x", (1, 32, 64, 64)), b.input("y", (1, 32, 64, 64))
    table = model.cost(model.table(b.build(b.add(b.conv(x, 32, 1), y))), PointTable.of(), model.cost_columns)
    moved = table["ifmap_offchip_bytes"] + table["filter_offchip_bytes"]
    assert (table["latency_s"] * CLOSE >= moved / dram["bandwidth_bytes_per_s"]).all()
