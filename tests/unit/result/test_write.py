"""Files of a result: documented keys, same bytes each time, nothing partial."""

import csv
import json
import math
import os
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from hwsim.errors import ConfigError
from hwsim.result import LAYER_COLUMNS
from hwsim.result.write import write_bytes

KEYS = {"hwsim_version", "accelerator", "workload", "fidelity", "cycles", "latency_s", "energy_j", "area_mm2", "macs",
        "utilisation", "traffic_bytes", "energy_breakdown_j", "metrics", "layers", "provenance"}
MORE = {"area_breakdown_mm2", "stall_breakdown_cycles", "spatial_utilisation", "temporal_utilisation", "notes"}


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} in JSON")


def test_json_has_the_documented_keys_and_no_nan(make_result, tmp_path):
    text = make_result().to_json(tmp_path / "r.json")
    assert (tmp_path / "r.json").read_text() == text
    data = json.loads(text, parse_constant=refuse)
    assert set(data) == KEYS | MORE
    assert data["cycles"] == 616.0
    assert data["traffic_bytes"] == {"ddr": {"read": 600.0, "write": 64.0}}
    assert [list(row) for row in data["layers"]] == [[c.name for c in LAYER_COLUMNS]] * 4
    assert data["layers"][3]["operational_intensity_macs_per_byte"] is None
    assert data["layers"][0]["macs"] == 1600
    assert math.fsum(data["energy_breakdown_j"].values()) == data["energy_j"]


def test_not_finite_metrics_become_null(make_result):
    data = json.loads(make_result(metrics={"tops_per_w": math.inf}).to_json(), parse_constant=refuse)
    assert data["metrics"] == {"tops_per_w": None}


def test_csv_and_parquet_hold_the_frame(make_result, tmp_path):
    result = make_result()
    result.to_csv(tmp_path / "r.csv")
    result.to_parquet(tmp_path / "r.parquet")
    rows = list(csv.DictReader((tmp_path / "r.csv").open(newline="")))
    assert [list(row) for row in rows] == [list(result.layers.columns)] * 4
    assert [float(row["energy_j"]) for row in rows] == result.layers["energy_j"].tolist()
    assert [row["operational_intensity_macs_per_byte"] for row in rows] == ["8.0", "0.0", "1.0", ""]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "r.parquet"), result.layers, check_exact=True)
    totals = json.loads(pq.read_schema(tmp_path / "r.parquet").metadata[b"hwsim"])
    assert totals["cycles"] == 616.0
    assert "layers" not in totals


def test_same_bytes_in_another_process_with_another_hash_seed(tmp_path):
    program = ("import sys; sys.path.insert(0, sys.argv[1]); from conftest import hand_made; r = hand_made()\n"
               "r.to_parquet(sys.argv[2]); sys.stdout.write(r.to_json() + r.to_csv())")
    unit = str(Path(__file__).parents[1])
    outputs = []
    for seed in ("1", "2"):
        file = tmp_path / f"{seed}.parquet"
        done = subprocess.run([sys.executable, "-c", program, unit, str(file)], capture_output=True, check=True,
                              env={**os.environ, "PYTHONHASHSEED": seed})
        outputs.append(done.stdout + file.read_bytes())
    assert outputs[0] == outputs[1]


def test_an_old_file_survives_a_failed_write(make_result, tmp_path, monkeypatch):
    target = tmp_path / "r.json"
    target.write_text("old")

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ConfigError, match="cannot write: No space left on device"):
        make_result().to_json(target)
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
    assert target.read_text() == "old"


def test_a_missing_folder_is_one_clear_error(make_result, tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere/r.json: cannot write: No such file or directory"):
        make_result().to_json(tmp_path / "nowhere" / "r.json")


def test_links_keep_pointing_and_pipes_are_not_replaced(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_bytes(tmp_path / "pipe", b"through")
    reader.join(timeout=5)
    assert got == [b"through"]
    assert (tmp_path / "pipe").is_fifo()
