"""Sweeps as YAML files, and reading journals back."""

import pandas as pd
import pytest

from hwsim.errors import ConfigError
from hwsim.sweeps.condition import Condition
from hwsim.sweeps.results import export, read_results
from hwsim.sweeps.run import sweep
from hwsim.sweeps.spec import read_spec

SPEC = """
spaces:
  - grid: {accelerator: [tpu_v1, mine.yaml], array.rows: [0, 16, 32], batch: [1, 8, 64]}
  - sample: {count: 40, seed: 3, axes: {clock_hz: {from: 200 MHz, to: 1 GHz, scale: log}, accelerator: [mine.yaml]}}
where: [batch < 64, clock_hz < 900 MHz]
workload: alexnet
columns: [filter_offchip_bytes]
store: runs.db
"""


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "mine.yaml").write_text("like: edge_npu\nname: mine\n")
    (tmp_path / "sweep.yaml").write_text(SPEC)
    return read_spec(tmp_path / "sweep.yaml")


def test_a_file_says_points_and_arguments(spec, tmp_path):
    points = list(spec.space)
    assert len(points) == 12 + sum("clock_hz" in point for point in points)
    assert all(point.get("clock_hz", 0) < 900e6 and point.get("batch", 1) < 64 for point in points)
    assert {point["accelerator"] for point in points} == {"tpu_v1", str(tmp_path / "mine.yaml")}
    assert spec.arguments == {"workload": "alexnet", "columns": ("filter_offchip_bytes",), "store": str(tmp_path / "runs.db")}


def test_a_journal_is_read_back_by_sql_and_into_files(spec, tmp_path):
    frame = sweep(spec.space, **spec.arguments)
    able = frame[frame["error"].isna()]
    read = read_results(tmp_path / "runs.db")
    assert len(read) == len(able) and sorted(read["latency_s"]) == sorted(able["latency_s"])
    assert sorted(read["filter_offchip_bytes"]) == sorted(able["filter_offchip_bytes"])
    best = read_results(tmp_path / "runs.db", 'SELECT "array.rows", min(latency_s) AS s FROM runs WHERE accelerator = "mine" '
                                              'AND "array.rows" NOTNULL GROUP BY 1')
    mine = able[(able["accelerator"] == "mine")].groupby("array.rows")["latency_s"].min()
    assert best.set_index("array.rows")["s"].to_dict() == mine.to_dict()
    for name in ("all.parquet", "all.csv"):
        assert export(tmp_path / "runs.db", tmp_path / name) == len(able)
    assert pd.read_parquet(tmp_path / "all.parquet")["energy_j"].tolist() == read["energy_j"].tolist()
    assert pd.read_csv(tmp_path / "all.csv")["energy_j"].tolist() == read["energy_j"].tolist()


@pytest.mark.parametrize(("query", "message"), [
    ("DELETE FROM points", "readonly database"), ("SELECT foo FROM runs", "no such column: foo"),
    ("SELECT 1; SELECT 2", "one statement"), ("select", "incomplete input")])
def test_queries_only_read(spec, tmp_path, query, message):
    sweep(spec.space, **spec.arguments)
    with pytest.raises(ConfigError, match=f"the query cannot be run: .*{message}"):
        read_results(tmp_path / "runs.db", query)


@pytest.mark.parametrize(("text", "point", "kept"), [
    ("array.rows >= array.cols", {"array.rows": 8, "array.cols": 9}, False), ("array.rows >= array.cols", {}, True),
    ("array.dataflow == ws", {"array.dataflow": "ws"}, True), ("array.dataflow != ws", {"array.dataflow": "ws"}, False),
    ("clock_hz < 1 GHz", {"clock_hz": "900 MHz"}, True), ("clock_hz < 1 GHz", {"clock_hz": 2e9}, False),
    ("array.pipelined_folds == true", {"array.pipelined_folds": True}, True)])
def test_conditions(text, point, kept):
    assert Condition.of(text)(point) is kept


@pytest.mark.parametrize(("text", "messages"), [
    ("grid: {batch: []}\nworkloads: a\n", ["sweep.yaml:2: workloads: unknown key; did you mean 'workload'?",
                                           "sweep.yaml:1: batch: an axis without values"]),
    ("workload: alexnet\n", ["one of grid, sample and spaces says which points (got none of them)"]),
    ("grid: {batch: [1]}\nwhere: [batch < 2 < 3 or, 'rows > 5']\n", ["sweep.yaml:2: where.1: a comparison of an axis"]),
    ("grid: {batch: [1]}\nseed: often\ncolumns: x\n", ["sweep.yaml:2: seed: a whole number", "sweep.yaml:3: columns: a list"]),
    ("sample:\n  count: 5\n  axes:\n    a: {from: 5, to: 1}\n    b: {form: 1}\n",
     ["sweep.yaml:5: sample.axes.b.form: unknown key; did you mean 'from'?", "sweep.yaml:4: a: an empty range"]),
    ("spaces: [5]\n", ["sweep.yaml:1: spaces.0: a grid or a sample (got 5)"]),
])
def test_broken_files_are_refused_with_their_lines(tmp_path, text, messages):
    (tmp_path / "sweep.yaml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        read_spec(tmp_path / "sweep.yaml")
    for message in messages:
        assert message in str(raised.value)
