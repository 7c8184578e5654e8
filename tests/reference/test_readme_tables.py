"""The README shows what the memory models and the event engine say now."""

import runpy
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLES = runpy.run_path(str(HERE / "memory_tables.py"))
README = Path(__file__).parents[2] / "README.md"


@pytest.mark.skipif(not TABLES["DRAM"].is_file(), reason="results of CACTI 7 and Ramulator 2.1 are not beside the checkout")
@pytest.mark.parametrize("lines", ["sram_lines", "dram_lines"])
def test_errors_of_memory_models(lines):
    assert "\n".join(TABLES[lines]()) in README.read_text(encoding="utf-8")


def test_errors_of_closed_forms_against_the_event_engine():
    table = runpy.run_path(str(HERE / "event_error_table.py"))
    assert "\n".join(table["lines"]()) in README.read_text(encoding="utf-8")


@pytest.mark.parametrize(("script", "lines"), [
    ("eyeriss_table", "alexnet_lines"), ("accelforge_table", "lines"),
    ("nvdla_table", "performance_table"), ("nvdla_table", "area_table")])
def test_tables_of_spatial_arrays(script, lines):
    assert "\n".join(runpy.run_path(str(HERE / f"{script}.py"))[lines]()) in README.read_text(encoding="utf-8")
