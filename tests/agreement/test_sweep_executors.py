"""The same frame whatever runs a sweep and whatever dies under it: threads, processes, Dask; killed workers and parents."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest
import sweep_measures

import hwsim
from hwsim.errors import ConfigError, HwsimError
from hwsim.sweeps.dispatch import Dispatch
from hwsim.sweeps.grid import grid
from hwsim.sweeps.run import sweep

MIXED = grid({"accelerator": ["edge_npu", "a100", "eyeriss", "heterogeneous_2"], "array.rows": [0, 8, 32], "batch": [1, 3],
              "fidelity": ["analytic"]}) | grid({"accelerator": ["edge_npu"], "fidelity": ["event"], "batch": [1, 2]})
TABLE = grid({"array.rows": range(2, 50), "array.cols": range(2, 50), "workload": ["alexnet", "resnet18"]})


class InPlace(Executor):
    """Runs everything at once, where it is asked."""

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture(scope="module")
def expected():
    return (sweep(MIXED, InPlace(), workload="alexnet"), sweep(TABLE, InPlace(), accelerator="edge_npu"))


def both(executor=None, **arguments):
    return sweep(MIXED, executor, workload="alexnet", **arguments), sweep(TABLE, executor, accelerator="edge_npu", **arguments)


def equal(frames, others):
    return all(frame.equals(other) for frame, other in zip(frames, others, strict=True))


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_threads_and_workers(expected, workers):
    assert equal(both(workers=workers), expected)
    with ThreadPoolExecutor(workers) as threads:
        assert equal(both(threads), expected)


def test_processes(expected):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert equal(both(processes), expected)


def test_dask(expected):
    distributed = pytest.importorskip("distributed", reason="needs hwsim[cluster]")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, distributed.Client(
            cluster) as client:
        assert len(client.scheduler_info()["workers"]) == 2
        assert equal(both(client.get_executor()), expected)


@pytest.fixture
def own_processes(monkeypatch):
    """Start processes at once, also for short sweeps."""
    monkeypatch.setattr(Dispatch, "_here", lambda self, scenario: False)


BATCHES = grid({"batch": range(1, 13)})


def test_a_killed_worker_costs_nothing_but_time(own_processes, tmp_path, monkeypatch):
    monkeypatch.setenv("HWSIM_TEST_MARK", str(tmp_path / "died"))
    frame = sweep(BATCHES, accelerator="edge_npu", workload="alexnet", measure=sweep_measures.die_once, workers=2)
    assert (tmp_path / "died").exists()
    assert frame.equals(sweep(BATCHES, accelerator="edge_npu", workload="alexnet"))


def test_a_point_that_kills_its_worker_is_a_row(own_processes, tmp_path):
    arguments = {"accelerator": "edge_npu", "workload": "alexnet", "store": tmp_path / "runs.db"}
    frame = sweep(BATCHES, measure=sweep_measures.die_on_five, workers=2, **arguments)
    assert frame["error"].notna().tolist() == [batch == 5 for batch in range(1, 13)]
    assert "its worker process died" in frame["error"][4]
    whole = sweep(BATCHES, accelerator="edge_npu", workload="alexnet")
    others = frame["batch"] != 5
    assert frame[others].drop(columns="error").equals(whole[others].drop(columns="error"))


def test_an_executor_that_breaks_says_so(tmp_path):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes, pytest.raises(
            HwsimError, match=r"the executor broke: .*; \d+ points are left; what has finished is in the journal"):
        sweep(BATCHES, processes, tmp_path / "runs.db", accelerator="edge_npu", workload="alexnet",
              measure=sweep_measures.die_on_five)


PARENT = """
import sys
from hwsim.sweeps.grid import grid
from hwsim.sweeps.run import sweep
import sweep_measures

import hwsim
frame = sweep(grid({"batch": range(1, 301)}), accelerator="edge_npu", workload="alexnet", store=sys.argv[1],
              measure=sweep_measures.nap_5ms, workers=2)
frame.to_pickle(sys.argv[2])
"""


def test_a_killed_parent_loses_no_committed_point(tmp_path):
    """A script without a guard, killed twice in the middle, then let through."""
    script, store, out = tmp_path / "script.py", tmp_path / "runs.db", tmp_path / "out.pkl"
    script.write_text(PARENT)
    command = [sys.executable, str(script), str(store), str(out)]
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    kept = [0]
    for _ in range(2):
        parent = subprocess.Popen(command, env=environment, start_new_session=True)
        deadline = time.monotonic() + 120
        while _rows(store) < kept[-1] + 20 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(parent.pid, signal.SIGKILL)
        parent.wait()
        kept.append(_rows(store))
        assert kept[-1] > kept[-2] and not out.exists()
    assert subprocess.run(command, env=environment, check=False).returncode == 0
    frame = pd.read_pickle(out)
    assert _rows(store) == 300
    assert frame.equals(sweep(grid({"batch": range(1, 301)}), accelerator="edge_npu", workload="alexnet"))


def _rows(store: Path) -> int:
    import sqlite3

    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10) as db:
            return db.execute("SELECT count(*) FROM points").fetchone()[0]
    except sqlite3.OperationalError:  # not made yet
        return 0


def test_a_function_that_cannot_travel_is_refused_before_anything_runs():
    with pytest.raises(ConfigError, match=r"(?s)measure: this function cannot be sent to other processes: .*ThreadPool"):
        sweep(BATCHES, accelerator="edge_npu", workload="alexnet", measure=lambda result: {})
    with ThreadPoolExecutor(2) as threads:
        frame = sweep(BATCHES, threads, accelerator="edge_npu", workload="alexnet", measure=lambda result: {"one": 1.0})
    assert (frame["one"] == 1).all()


SMALL = {"inputs": {"image": [1, 8, 16, 16]}, "tensors": {"a.w": [16, 8, 3, 3], "b.w": [8, 16, 1, 1]}, "layers": [
    {"name": "a", "op": "conv", "inputs": ["image", "a.w"], "pads": [[1, 1], [1, 1]]},
    {"name": "b", "op": "conv", "inputs": ["a.out", "b.w"]}]}


def test_templates_of_every_kind_in_one_call():
    """Systolic arrays, mappings that are searched, fixed dataflows, rooflines, parts, events: rows of one frame."""
    space = grid({"accelerator": ["edge_npu", "spatial_array", "eyeriss", "nvdla_64", "a100", "heterogeneous_2"],
                  "pe_array.x": [8, 12], "array.rows": [16, 32]}) | grid({"accelerator": ["edge_npu"], "fidelity": ["event"]})
    network = hwsim.load_workload(SMALL)
    frame = sweep(space, InPlace(), workload=network)
    assert frame["error"].isna().all() and frame.groupby("accelerator").size().to_dict() == {
        "edge_npu": 3, "spatial_array": 2, "eyeriss": 2, "nvdla_64": 2, "a100": 1, "heterogeneous_2": 1}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert sweep(space, processes, workload=network).equals(frame)
