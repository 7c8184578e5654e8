"""hwsim sweep and hwsim results."""

import sqlite3

import pandas as pd
import pytest
from click.testing import CliRunner

from hwsim.cli import main

SPEC = """
grid: {accelerator: [edge_npu, eyeriss], array.rows: [0, 16, 32], batch: [1, 8]}
where: [batch < 8]
workload: alexnet
store: runs.db
"""


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "sweep.yaml").write_text(SPEC)
    return tmp_path / "sweep.yaml"


def test_a_file_is_swept_and_asked(spec, tmp_path):
    done = run("sweep", spec, "--pareto", "latency_s,energy_j", "--export", tmp_path / "out.parquet")
    assert done.exit_code == 0 and "4 points, 1 failed" in done.output
    assert "1 x override array.rows: out of range (got 0)" in done.output
    assert "no other beats in latency_s,energy_j" in done.output
    assert len(pd.read_parquet(tmp_path / "out.parquet")) == 4
    again = run("sweep", spec, "--resume", "--export", "-")
    assert again.output.splitlines()[0].startswith("accelerator,workload,array.rows,batch,cycles")
    query = 'SELECT "array.rows", min(latency_s) AS s FROM runs GROUP BY 1'
    asked = run("results", tmp_path / "runs.db", "--query", query, "--csv")
    assert asked.output.splitlines()[0] == "array.rows,s" and len(asked.output.splitlines()) == 4
    assert "edge_npu" in run("results", tmp_path / "runs.db").output
    assert "3 rows" in run("results", tmp_path / "runs.db", "--query", query, "--export", tmp_path / "some.csv").output
    assert pd.read_csv(tmp_path / "some.csv").columns.tolist() == ["array.rows", "s"]
    assert "3 points" in run("results", tmp_path / "runs.db", "--export", tmp_path / "all.csv").output


@pytest.mark.parametrize(("arguments", "message"), [
    (("sweep", "{}/no.yaml"), "no.yaml"),
    (("sweep", "{}/sweep.yaml", "--resume"), "--resume: nothing to resume: no such journal"),
    (("sweep", "{}/sweep.yaml", "--pareto", "latency"), "no such column of numbers (got 'latency'); did you mean 'latency_s'?"),
    (("sweep", "{}/sweep.yaml", "--export", "{}/out.txt"), "unknown kind of file (got '.txt'); allowed: .parquet, .csv"),
    (("results", "{}/no.db"), "no such journal"), (("results", "{}/sweep.yaml"), "cannot be read: file is not a database"),
    (("results", "{}/other.db"), "not a journal of sweeps"),
])
def test_wrong_calls_are_refused_with_exit_code_2(spec, tmp_path, arguments, message):
    sqlite3.connect(tmp_path / "other.db").executescript("CREATE TABLE mine (x)").close()
    done = run(*(argument.format(tmp_path) for argument in arguments))
    assert done.exit_code == 2 and message in done.output


def test_an_address_where_nothing_listens(spec, monkeypatch):
    pytest.importorskip("distributed", reason="needs hwsim[cluster]")
    monkeypatch.setattr("hwsim.sweeps.cluster._WAIT_S", 0.5)
    done = run("sweep", spec, "--dask", "tcp://127.0.0.1:9")
    assert done.exit_code == 2 and "no Dask scheduler answers" in done.output and "a running 'dask scheduler'" in done.output
    assert "no Dask scheduler answers" in run("sweep", spec, "--dask", "nonsense://x").output


@pytest.mark.parametrize(("axes", "message"), [
    ("array.row: [8]", "array.row: nothing in this sweep has such a parameter; did you mean 'array.rows'?"),
    ("workload.reslution: [8], workload: [resnet50]", "did you mean 'workload.resolution'?"),
    ("accelerator: [tpu_v2]", "no such accelerator template or file (got 'tpu_v2'); did you mean 'tpu_v1'?"),
    ("workload: [resnet5]", "unknown workload (got 'resnet5'); did you mean 'resnet50'?"),
    ("fidelity: [evnt]", "fidelity: unknown fidelity (got 'evnt'); did you mean 'event'?"),
    ("array.rows: [8]}\nwhere: [array.rows > 9", "the space has no point"),
])
def test_axes_that_mean_nothing(tmp_path, axes, message):
    base = {"accelerator": "edge_npu", "workload": "alexnet"}
    rest = "".join(f"{name}: {value}\n" for name, value in base.items())
    text = f"grid: {{{axes}}}\n".replace("9}", "9]") if "where" in axes else f"grid: {{{axes}}}\n"
    (tmp_path / "sweep.yaml").write_text(text + rest)
    done = run("sweep", tmp_path / "sweep.yaml")
    assert done.exit_code == 2 and message in done.output
