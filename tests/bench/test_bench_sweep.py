"""Sweeps: evaluations into a frame, the journal's share, resuming, workers of a Dask cluster."""

import sys
import time
from concurrent.futures import Executor, Future
from pathlib import Path

import numpy as np
import pytest

from hwsim.sweeps.evaluate import Rows
from hwsim.sweeps.grid import grid
from hwsim.sweeps.run import sweep
from hwsim.sweeps.totals import TOTALS

pytestmark = pytest.mark.bench
MANY = grid({"array.rows": range(8, 108), "array.cols": range(8, 108),
             "memories.dram.bandwidth_bytes_per_s": np.linspace(5e9, 50e9, 10).tolist()})
KERNELS = 39  # distinct ones of ResNet-50
ARGUMENTS = {"accelerator": "systolic_ws_32", "workload": "resnet50", "progress": False}


def test_points_into_a_frame(benchmark, note):
    sweep(MANY, **ARGUMENTS)
    frame = benchmark.pedantic(lambda: sweep(MANY, **ARGUMENTS), rounds=5)
    assert len(frame) == len(MANY) and frame["error"].isna().all()
    note("sweep of 100,000 designs into a frame, kernels x designs", "/s", work=len(MANY) * KERNELS, at_least=5e6)


def test_resume(benchmark, note, tmp_path):
    first = sweep(MANY, store=tmp_path / "runs.db", **ARGUMENTS)
    frame = benchmark.pedantic(lambda: sweep(MANY, store=tmp_path / "runs.db", **ARGUMENTS), rounds=5)
    assert frame.equals(first)
    note("100,000 known points read back from a journal", "s", at_most=2.0)


class OneMillisecondPoints(Executor):
    """Takes 1 ms a point and computes nothing."""

    def submit(self, fn, /, chunk):
        time.sleep(1e-3 * chunk.count)
        future = Future()
        future.set_result(Rows(np.ones((chunk.count, len(TOTALS))), seconds=1e-3 * chunk.count))
        return future


def test_share_of_the_journal(benchmark, note, tmp_path):
    space = grid({"clock_hz": np.linspace(1e8, 1e9, 4000).tolist()})
    count = iter(range(100))

    def run(kept):
        start = time.perf_counter()
        store = tmp_path / f"{next(count)}.db" if kept else None
        sweep(space, OneMillisecondPoints(), store, accelerator="edge_npu", workload="alexnet", progress=False)
        return time.perf_counter() - start

    benchmark.pedantic(lambda: run(True), rounds=3)
    plain = min(run(False) for _ in range(3))
    share = 100 * (benchmark.stats.stats.median / plain - 1) if benchmark.stats is not None else 0.0
    note("share of the journal in a sweep of 1-ms points", "%", measured=share, at_most=5.0)


def test_two_dask_workers(benchmark, note):
    distributed = pytest.importorskip("distributed", reason="needs hwsim[cluster]")
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import sweep_measures

    space = grid({"batch": range(1, 201)})

    def run(workers):
        with distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster, \
                distributed.Client(cluster) as client:
            arguments = {"accelerator": "edge_npu", "workload": "alexnet", "measure": sweep_measures.nap, "progress": False}
            client.run(sys.path.insert, 0, str(Path(__file__).parents[1]))
            sweep(grid({"batch": range(1, 5)}), client.get_executor(), **arguments)  # compiled code is loaded
            start = time.perf_counter()
            sweep(space, client.get_executor(), **arguments)
            return time.perf_counter() - start

    times = {workers: min(run(workers) for _ in range(2)) for workers in (1, 2)}
    benchmark.pedantic(lambda: None)
    note("two Dask workers over one, points of 20 ms and a simulation", "x", measured=times[1] / times[2], at_least=1.6)
