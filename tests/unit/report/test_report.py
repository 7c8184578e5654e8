"""What a report holds: columns as JSON, reasons, a part of very many rows, the command line."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import hwsim
from hwsim.cli import main
from hwsim.errors import ConfigError
from hwsim.report import page
from hwsim.report.columns import as_data, axes_of
from hwsim.report.part import part


def data_of(path):
    """Return the JSON of a report."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text(), re.DOTALL)[1])


def read(column):
    """Return the values of the rows of one column."""
    return [None if code < 0 else column["values"][code] for code in column["codes"]] if "codes" in column else column["values"]


def test_columns_are_read_back_as_they_were():
    draws = np.random.default_rng(2)
    frame = pd.DataFrame({
        "accelerator": ["a", None, "b", "a"] * 50, "array.rows": [8, 16, 32, 8] * 50, "clock_hz": [2e8, np.nan, 1e9, 2e8] * 50,
        "fused": [True, False] * 100, "cycles": 2.0**40 + np.arange(200), "latency_s": draws.random(200),
        "empty": np.nan, "edge": [np.inf, -np.inf, np.nan, 1.5] * 50})
    frame["fused"] = frame["fused"].map(str)  # as write_report does
    columns = {column["name"]: column for column in as_data(frame)}
    assert set(columns) == set(frame.columns) - {"empty"}
    assert read(columns["accelerator"]) == ["a", None, "b", "a"] * 50
    assert read(columns["array.rows"]) == frame["array.rows"].tolist() and "codes" in columns["array.rows"]
    assert read(columns["clock_hz"]) == [2e8, None, 1e9, 2e8] * 50
    assert read(columns["fused"]) == ["True", "False"] * 100 and columns["fused"]["kind"] == "text"
    assert read(columns["cycles"]) == [2**40 + i for i in range(200)]  # whole numbers keep every digit
    assert read(columns["latency_s"]) == pytest.approx(frame["latency_s"].tolist(), rel=5e-7, abs=0)
    assert read(columns["edge"]) == ["Infinity", "-Infinity", None, 1.5] * 50
    assert [name for name, column in columns.items() if column["axis"]] == ["accelerator", "array.rows", "clock_hz", "fused"]
    json.dumps(list(columns.values()), allow_nan=False)


def test_axes_of_the_frame_of_a_query():
    frame = pd.DataFrame({"array.rows": [8, 16] * 10, "accelerator": "a", "s": np.linspace(1, 2, 20), "latency_s": 1.0})
    assert axes_of(frame) == ["array.rows", "accelerator"]


def test_a_part_of_very_many_rows_has_the_fronts_and_an_even_draw():
    draws = np.random.default_rng(4)
    frame = pd.DataFrame({"cycles": np.arange(30_000.0), "latency_s": draws.random(30_000), "energy_j": draws.random(30_000),
                          "area_mm2": draws.random(30_000), "error": None})
    frame.loc[::7, "latency_s"] = np.nan
    kept, which = part(frame, 3000)
    assert len(kept) == 3000 and kept.index.is_monotonic_increasing
    for pair in (["latency_s", "energy_j"], ["latency_s", "area_mm2"], ["energy_j", "area_mm2"]):
        assert set(hwsim.pareto(frame, pair).index) <= set(kept.index)
    assert abs(kept["cycles"].mean() - 15_000) < 4 * 30_000 / np.sqrt(12 * 3000)
    assert "latency_s, energy_j, area_mm2" in which
    assert part(frame, 30_000) == (frame, "") or part(frame, 30_000)[0] is frame


def test_a_part_says_so_and_counts_are_of_all(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "_ROWS", 50)
    frame = pd.DataFrame({"array.rows": range(400), "cycles": np.arange(400.0), "latency_s": np.arange(400.0),
                          "energy_j": np.arange(400.0), "error": [None, "odd"] * 200})
    hwsim.write_report(frame, tmp_path / "a.html")
    data = data_of(tmp_path / "a.html")
    assert (data["points"], data["shown"], data["failed"], data["reasons"]) == (400, 50, 200, [["odd", 200]])
    assert data["part"] and {len(read(column)) for column in data["columns"]} == {50}


def test_many_reasons_are_counted(tmp_path):
    frame = pd.DataFrame({"cycles": 1.0, "error": [f"reason {i}" for i in range(150)] + ["reason 0"]})
    hwsim.write_report(frame, tmp_path / "a.html")
    data = data_of(tmp_path / "a.html")
    assert data["reasons"][0] == ["reason 0", 2] and len(data["reasons"]) == 100 and data["other_reasons"] == 50


def test_nothing_in_the_file_is_loaded_and_no_text_is_markup(tmp_path):
    frame = pd.DataFrame({"accelerator": ["</script><b>", "{{style}}"], "cycles": [1.0, 2.0], "error": ["<!--", None]})
    hwsim.write_report(frame, tmp_path / "a.html", title="<i>&</i> {{data}}", provenance={"</script>": "<script>"})
    text = (tmp_path / "a.html").read_text()
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]  # the name of SVG, not an address
    assert text.count("</script>") == text.count("<script") == 2
    assert "<title>&lt;i&gt;&amp;&lt;/i&gt; {{data}}</title>" in text and "<b>" not in text and "<!--" not in text
    assert read(data_of(tmp_path / "a.html")["columns"][0]) == ["</script><b>", "{{style}}"]
    hwsim.write_report(frame, tmp_path / "b.html", title="<i>&</i> {{data}}", provenance={"</script>": "<script>"})
    assert (tmp_path / "b.html").read_text() == text  # the same rows give the same file


def test_anything_that_a_frame_holds_is_shown_as_text(tmp_path):
    frame = pd.DataFrame({"list": [[1], {"a": 2}, None], "flag": [True, None, False],
                          "when": pd.to_datetime(["2026-01-02"] * 3),
                          "kind": pd.Categorical(["x", None, "y"]), "cycles": [1, 2, 3]}, index=[7, 7, 7])
    hwsim.write_report(frame, tmp_path / "a.html", title="lone \ud800")
    columns = {column["name"]: read(column) for column in data_of(tmp_path / "a.html")["columns"]}
    assert columns == {"list": ["[1]", "{'a': 2}", None], "flag": ["True", None, "False"], "when": ["2026-01-02 00:00:00"] * 3,
                       "kind": ["x", None, "y"], "cycles": [1, 2, 3]}


def test_what_cannot_be_shown_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="at least one row"):
        hwsim.write_report(pd.DataFrame({"cycles": []}), tmp_path / "a.html")
    with pytest.raises(ConfigError, match="two columns have this name"):
        hwsim.write_report(pd.DataFrame([[1, 2]], columns=["a", "a"]), tmp_path / "a.html")
    with pytest.raises(ConfigError, match="cannot write"):
        hwsim.write_report(pd.DataFrame({"a": [1]}), tmp_path / "none" / "a.html")
    assert not list(tmp_path.iterdir())


def test_the_command_line_writes_reports(tmp_path):
    (tmp_path / "s.yaml").write_text("grid: {array.rows: [0, 8, 16], batch: [1, 2]}\naccelerator: edge_npu\n"
                                     "workload: alexnet\nstore: runs.db\n")
    run = CliRunner().invoke
    done = run(main, ["sweep", str(tmp_path / "s.yaml"), "--report", str(tmp_path / "s.html")])
    assert done.exit_code == 0, done.output
    data = data_of(tmp_path / "s.html")
    assert (data["points"], data["failed"]) == (6, 2)
    assert dict(data["provenance"])["journal"] == str(tmp_path / "runs.db") and "UTC" in dict(data["provenance"])["date"]
    done = run(main, ["results", str(tmp_path / "runs.db"), "--report", str(tmp_path / "r.html")])
    assert done.exit_code == 0 and done.output == f"{tmp_path / 'r.html'}: 4 rows\n"
    columns = {column["name"]: read(column) for column in data_of(tmp_path / "r.html")["columns"]}
    able = {column["name"]: read(column) for column in data["columns"]}
    assert sorted(columns["latency_s"]) == sorted(value for value in able["latency_s"] if value is not None)
    assert data_of(tmp_path / "r.html")["front"] == {"front-x": "latency_s", "front-y": "energy_j", "colour": "array.rows"}
    query = 'SELECT "array.rows", min(latency_s) AS s FROM runs GROUP BY 1'
    done = run(main, ["results", str(tmp_path / "runs.db"), "--query", query, "--report", str(tmp_path / "q.html")])
    assert done.exit_code == 0 and data_of(tmp_path / "q.html")["shown"] == 2
    for words in (["sweep", str(tmp_path / "s.yaml")], ["results", str(tmp_path / "runs.db")]):
        done = run(main, [*words, "--report", "-"])
        assert done.exit_code != 0 and "a page is a file" in done.output
