"""The scripts beside the benches, as far as they run without measuring."""

from __future__ import annotations

import configparser
import runpy
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def report(**info: Any) -> dict[str, Any]:
    return {"benchmarks": [{"extra_info": info}], "datetime": "2026-01-02T03:04:05",
            "machine_info": {"cpu": {"brand_raw": "toy", "count": 2}, "python_version": "3.11.7"}}


def test_a_rate_twice_its_target() -> None:
    lines = runpy.run_path(str(HERE / "table.py"))["lines"]
    rows = list(lines(report(label="sweep", measured=1e9, best=1.25e9, unit="/s", target=500e6, better="more")))
    assert rows[2] == "| sweep | >= 500 M/s | 1 G/s | 2.00x | 2.50x |"
    assert rows[-1].endswith("toy, 2 cores, Python 3.11.7, 2026-01-02.")


def test_a_time_twice_its_target() -> None:
    lines = runpy.run_path(str(HERE / "table.py"))["lines"]
    rows = list(lines(report(label="start", measured=40e-3, best=25e-3, unit="s", target=20e-3, better="less")))
    assert rows[2] == "| start | <= 20 ms | 40 ms | 0.50x | 0.80x |"


def test_inputs_of_the_comparison(tmp_path: Path) -> None:
    script = runpy.run_path(str(HERE / "against_scalesim.py"))
    case = script["prepare"](tmp_path, "alexnet", ("ws", 16, 8))
    config = configparser.ConfigParser()
    config.read(case.config)
    sizes = config["architecture_presets"]
    assert (sizes["ArrayHeight"], sizes["ArrayWidth"], sizes["Dataflow"]) == ("16", "8", "ws")
    assert (case.kind, case.layers) == ("conv", 5)
    assert len(case.layout.read_text().splitlines()) == 6
    assert script["prepare"](tmp_path, "vit_s", ("os", 4, 4)).kind == "gemm"


def test_stall_free_cycles_of_a_report(tmp_path: Path) -> None:
    # a 1x1x1 product on a 8x8 os array: 1 + 8 + 8 - 2 = 15 cycles; the report counts from 0 and adds stalls
    file = tmp_path / "COMPUTE_REPORT.csv"
    file.write_text("LayerID, Total Cycles (incl. prefetch), Total Cycles, Stall Cycles,\n0, 80.0, 17.0, 3.0,\n")
    assert runpy.run_path(str(HERE / "against_scalesim.py"))["reported_cycles"](file) == [15]
