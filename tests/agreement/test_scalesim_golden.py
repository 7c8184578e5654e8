"""Equality with SCALE-Sim 3.0.0 on every layer of the reference runs (convention ``scalesim``).

SCALE-Sim reports the index of a layer's last cycle, so its "Total Cycles" without stalls is one less than the count.
"""

import configparser
import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import hwsim
from hwsim.cli import main

DATA = Path(__file__).parents[3] / "shared" / "reference" / "data" / "scalesim"
RUNS = sorted(path.parent.name for path in DATA.glob("runs/*/timing.csv"))
pytestmark = pytest.mark.skipif(not RUNS, reason=f"no SCALE-Sim reference runs at {DATA}")


def golden(run):
    """Return (rows, topology path, dataflow, array overrides) of a run, from its own configuration file."""
    config = configparser.ConfigParser()
    config.read(DATA / "runs" / run / "config.cfg")
    preset = config["architecture_presets"]
    overrides = {"array.rows": preset.getint("ArrayHeight"), "array.cols": preset.getint("ArrayWidth"),
                 "array.convention": "scalesim"}
    with (DATA / "runs" / run / "timing.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return rows, DATA / "topologies" / f"{run.split('-')[0]}.csv", preset["Dataflow"], overrides


def check(rows, layers):
    """Compare golden rows with per-layer records."""
    assert [layer["name"] for layer in layers] == [row["name"] for row in rows]
    for row, layer in zip(rows, layers, strict=True):
        name = row["name"]
        assert layer["cycles"] == int(row["total_cycles"]) - int(row["stall_cycles"]) + 1, name
        for ours, theirs in (("ifmap_sram_reads", "ifmap_sram_rd"), ("filter_sram_reads", "filter_sram_rd"),
                             ("ofmap_sram_writes", "ofmap_sram_wr")):
            # one sparse count is printed as 3840.000000000001
            assert layer[ours] == round(float(row[theirs]), 6), (name, ours)
        assert 100 * layer["spatial_utilisation"] == pytest.approx(float(row["mapeff"]), rel=1e-12), name


@pytest.mark.parametrize("run", RUNS)
def test_every_layer_equals_scalesim(run):
    rows, topology, dataflow, overrides = golden(run)
    accelerator = hwsim.load_accelerator(f"systolic_{dataflow}_32", overrides=overrides)
    result = hwsim.simulate(accelerator, hwsim.load_workload(topology))
    check(rows, result.layers.to_dict(orient="records"))
    # with words of one byte, as SCALE-Sim's, the buffers' traffic is the same counts
    for buffer, action, theirs in (("ifmap_sram", "read", "ifmap_sram_rd"), ("filter_sram", "read", "filter_sram_rd"),
                                   ("ofmap_sram", "write", "ofmap_sram_wr")):
        assert result.traffic_bytes[buffer][action] == round(sum(float(row[theirs]) for row in rows), 6), buffer


def test_the_command_line_gives_the_same():
    rows, topology, dataflow, _ = golden("alexnet_conv-os-128x128-calc")
    done = CliRunner().invoke(main, [
        "run", str(topology), "--on", f"systolic_{dataflow}_32", "--set", "array.rows=128", "--set", "array.cols=128",
        "--set", "array.convention=scalesim", "--json", "-"])
    assert done.exit_code == 0, done.output
    check(rows, json.loads(done.stdout)["layers"])
