"""The README shows what the memory models say now, where the other tools' results lie beside the checkout."""

import runpy
from pathlib import Path

import pytest

TABLES = runpy.run_path(str(Path(__file__).parent / "memory_tables.py"))
README = Path(__file__).parents[2] / "README.md"
pytestmark = pytest.mark.skipif(not TABLES["DRAM"].is_file(),
                                reason="results of CACTI 7 and Ramulator 2.1 are not beside the checkout")


@pytest.mark.parametrize("lines", ["sram_lines", "dram_lines"])
def test_the_readme_shows_what_the_model_says_now(lines):
    assert "\n".join(TABLES[lines]()) in README.read_text(encoding="utf-8")
