"""sweep: rows, axes that do not apply, failures, columns, measures."""

import json

import numpy as np
import pytest
import sweep_measures

import hwsim
from hwsim.errors import ConfigError
from hwsim.sweeps.grid import grid
from hwsim.sweeps.run import sweep
from hwsim.sweeps.totals import TOTALS


def test_the_sentence_of_the_readme():
    space = grid({"accelerator": ["tpu_v1", "eyeriss"], "array.rows": [16, 32], "workload": ["resnet18", "alexnet"],
                  "batch": [1, 8]})
    frame = sweep(space)
    assert len(frame) == 8 + 4  # eyeriss has no array.rows
    assert frame["array.rows"].isna().sum() == 4 and set(frame[frame["array.rows"].isna()]["accelerator"]) == {"eyeriss"}
    assert frame["error"].isna().all()
    assert frame.columns.tolist()[:4] == ["accelerator", "workload", "array.rows", "batch"]


@pytest.mark.parametrize("fidelity", ["analytic", "event"])
def test_rows_say_what_simulate_says(fidelity):
    space = grid({"array.rows": [16, 128], "array.weight_bits": [8, 16], "memories.weight_dram.bandwidth_bytes_per_s":
                  ["30 GB/s", 90e9], "batch": [1, 3]})
    frame = sweep(space, accelerator="tpu_v1", workload="resnet18", fidelity=fidelity, columns=["filter_offchip_bytes"])
    assert len(frame) == 16
    for point, row in zip(space, frame.to_dict("records"), strict=True):
        overrides = {axis: value for axis, value in point.items() if axis != "batch"}
        network = hwsim.load_workload("resnet18", batch=point["batch"])
        result = hwsim.simulate(hwsim.load_accelerator("tpu_v1", overrides), network, fidelity=fidelity)
        for name in TOTALS:
            expected = getattr(result, name) if hasattr(result, name) else result.metrics[name]
            assert row[name] == pytest.approx(expected, rel=1e-12), name
        assert row["filter_offchip_bytes"] == pytest.approx(result.layers["filter_offchip_bytes"].sum(), rel=1e-12)
        assert row["memories.weight_dram.bandwidth_bytes_per_s"] in (30e9, 90e9)


def test_parameters_of_workloads_and_several_fidelities_are_axes():
    space = grid({"workload": ["resnet50", "tpu_mlp0"], "workload.resolution": [192, 224], "fidelity": ["analytic", "event"]})
    frame = sweep(space, accelerator="edge_npu")
    assert len(frame) == 4 + 2
    macs = frame.set_index(["workload", "workload.resolution", "fidelity"])["macs"]
    assert macs["resnet50", 192, "event"] == hwsim.load_workload("resnet50", params={"resolution": 192}).macs
    assert frame[frame["workload"] == "tpu_mlp0"]["workload.resolution"].isna().all()


def test_descriptions_and_networks_are_values():
    small = hwsim.load_accelerator("edge_npu", {"array.rows": 8, "name": "small"})
    net = hwsim.load_workload("resnet18", batch=2)
    frame = sweep(grid({"accelerator": [small, "edge_npu"], "workload": [net, "alexnet"], "batch": [1, 2]}))
    assert frame["accelerator"].tolist().count("small") == 3  # the batch of a network is what it is
    assert frame[frame["workload"] == "resnet18"]["batch"].isna().all()


def test_failing_points_are_rows_with_their_reason():
    space = grid({"array.rows": [0, 16], "buffers.weight_fifo.capacity_bytes": ["16 B", "256 KiB"],
                  "memories.weight_dram.capacity_bytes": ["1 MB", "8 GiB"]})
    frame = sweep(space, accelerator="tpu_v1", workload="resnet18")
    assert frame["latency_s"].notna().sum() == 1 and frame["error"].isna().sum() == 1
    errors = frame.set_index(list(space.axes))["error"]
    assert "array.rows" in errors[0, 16.0, 1e6] and "one stationary tile of 16 x 256" in errors[16, 16.0, 8 * 2.0**30]
    assert "resnet18 needs" in errors[16, 256 * 1024.0, 1e6]
    for point, error in zip(space, frame["error"], strict=True):
        if isinstance(error, str):
            with pytest.raises(ConfigError) as raised:
                hwsim.simulate(hwsim.load_accelerator("tpu_v1", point), "resnet18")
            assert " ".join(str(raised.value.faults[0]).split()) in error
    with pytest.raises(ConfigError, match=r"point 0: .*array\.rows"):
        sweep(space, accelerator="tpu_v1", workload="resnet18", on_error="raise")


def test_a_measure_adds_columns_and_its_failure_is_a_reason():
    space = grid({"batch": [1, 5]})
    frame = sweep(space, accelerator="edge_npu", workload="resnet18", measure=sweep_measures.fail_on_five)
    assert frame["batch_seen"].tolist()[0] == 1.0 and np.isnan(frame["batch_seen"][1])
    assert frame["error"].isna().tolist() == [True, False] and frame["error"][1] == "ZeroDivisionError: five"


def test_many_refused_values_are_told_from_allowed_ones():
    frame = sweep(grid({"array.rows": range(-5, 60)}), accelerator="edge_npu", workload="alexnet")
    assert (frame["error"].isna() == (frame["array.rows"] >= 1)).all()


def test_frames_do_not_depend_on_the_order_of_chunks(tmp_path):
    space = grid({"array.rows": range(1, 40), "array.cols": range(1, 40)})
    whole = sweep(space, accelerator="edge_npu", workload="alexnet")
    part = sweep(space.where(lambda p: p["array.rows"] == 7), accelerator="edge_npu", workload="alexnet")
    assert whole[whole["array.rows"] == 7].reset_index(drop=True).equals(part)


def test_a_journal_gives_the_same_frame_and_runs_nothing_again(tmp_path):
    space = grid({"accelerator": ["tpu_v1", "heterogeneous_2"], "batch": [1, 5], "array.rows": [0, 16]})
    arguments = {"workload": "resnet18", "columns": ["ofmap_offchip_bytes"], "measure": sweep_measures.fail_on_five}
    first = sweep(space, store=tmp_path / "runs.db", **arguments)
    told = []
    again = sweep(space, store=tmp_path / "runs.db", **arguments, progress=lambda **bar: _Bar(told, **bar))
    assert first.equals(again) and told == [{"total": 6, "initial": 6}]
    assert first.equals(sweep(space, **arguments))


class _Bar:
    def __init__(self, told, *, total, initial, **_):
        self.told, self.said = told, {"total": total, "initial": initial}

    def __enter__(self):
        self.told.append(self.said)
        return self

    def __exit__(self, *_):
        pass

    def update(self, count):
        self.told.append(count)


def test_axes_of_kept_points_are_readable(tmp_path):
    import sqlite3

    sweep(grid({"clock_hz": ["1 GHz"], "batch": [2]}), accelerator="edge_npu", workload="alexnet", store=tmp_path / "a.db")
    (axes,), = sqlite3.connect(tmp_path / "a.db").execute("SELECT axes FROM points")
    assert json.loads(axes) == {"clock_hz": 1e9, "batch": 2}


def test_points_that_say_the_same_in_other_words_are_known_together(tmp_path):
    space = grid({"clock_hz": ["1 GHz", 1e9, 5e8, "1000 MHz"]})
    arguments = {"accelerator": "edge_npu", "workload": "alexnet", "store": tmp_path / "a.db",
                 "measure": sweep_measures.fail_on_five}
    first, told = sweep(space, **arguments), []
    again = sweep(space, **arguments, progress=lambda **bar: _Bar(told, **bar))
    assert first.equals(again) and told == [{"total": 4, "initial": 4}] and first["latency_s"].nunique() == 2


def test_sweeps_over_other_points_share_a_journal(tmp_path):
    arguments = {"accelerator": "edge_npu", "workload": "alexnet", "store": tmp_path / "a.db"}
    few, more = grid({"array.rows": [8, 16]}), grid({"array.rows": [32, 64, 16]})
    sweep(few, **arguments)
    assert sweep(grid({"array.rows": [128]}), **arguments)["latency_s"].notna().all()
    told = []
    frame = sweep(more, **arguments, progress=lambda **bar: _Bar(told, **bar))
    assert told[0] == {"total": 3, "initial": 1} and frame.equals(sweep(more, accelerator="edge_npu", workload="alexnet"))


def test_refused_values_leave_those_beside_them_alone():
    frame = sweep(grid({"clock_hz": ["700 MB", "1 GHz", 5e8]}), accelerator="edge_npu", workload="alexnet")
    assert frame["error"].notna().tolist() == [True, False, False] and "unknown unit 'MB'" in frame["error"][0]


def test_measures_that_are_none():
    space = grid({"batch": [1]})
    for measure, message in ((sweep_measures.a_number, "a measure returns numbers by name"),
                             (sweep_measures.taken, r"a measure with the name of a column of the sweep \(got cycles\)")):
        with pytest.raises(ConfigError, match=message):
            sweep(space, accelerator="edge_npu", workload="alexnet", measure=measure, on_error="raise")
    with pytest.raises(ConfigError, match="a function of a Result that returns numbers by name"):
        sweep(space, accelerator="edge_npu", workload="alexnet", measure={"a": 1})
