"""Every broken flash description next to the faults it must give: a line of NAME.expected is the start of one fault's text."""

from pathlib import Path

import pytest

from hwsim.errors import ConfigError
from hwsim.memory.flash import FLASH, load_flash

CASES = Path(__file__).parent / "flash"


def check(error: ConfigError, expected: list[str]) -> None:
    texts = [str(fault) for fault in error.faults]
    assert len(texts) == len(expected), "\n".join(texts)
    for text, start in zip(texts, expected, strict=True):
        assert text.removeprefix(f"{CASES}/").startswith(start)


@pytest.mark.parametrize("file", sorted(CASES.glob("*.yaml")), ids=lambda file: file.stem)
def test_broken_flash_names_every_fault(file):
    with pytest.raises(ConfigError) as caught:
        load_flash(file)
    check(caught.value, file.with_suffix(".expected").read_text().splitlines())


@pytest.mark.parametrize(("source", "expected"), [
    ("cambricon_llm", "unknown flash memory (got 'cambricon_llm'); did you mean 'cambricon_llm_s'?"),
    ("mqsim", "unknown flash memory (got 'mqsim')"),
    ("", "unknown flash memory (got '')"),
    ("no/such.yaml", "no/such.yaml: no such file"),
    ({}, "name: required key is missing; allowed: text"),
])
def test_source_that_is_no_flash(source, expected):
    with pytest.raises(ConfigError) as caught:
        load_flash(source)
    assert str(caught.value.faults[0]).startswith(expected)


def test_plain_values_and_file_give_the_same(tmp_path):
    text = "\n".join(line for line in (CASES / "no_room.yaml").read_text().splitlines() if "ecc" not in line)
    file = tmp_path / "small.yaml"
    file.write_text(text)
    flash = load_flash(str(file))
    assert flash.page_bytes == 16384
    assert flash.read_s == pytest.approx((40e-6, 65e-6))
    assert flash.program_s == pytest.approx((900e-6,))
    assert flash.channel_j_per_byte == pytest.approx(41e-12)
    assert flash.capacity_bytes == 4 * 2 * 2 * 1024 * 256 * 16384


def test_unknown_names_list_all_known():
    with pytest.raises(ConfigError) as caught:
        load_flash("nand")
    assert all(name in str(caught.value) for name in FLASH)


def test_every_pair_is_complete():
    assert {file.stem for file in CASES.glob("*.yaml")} == {file.stem for file in CASES.glob("*.expected")}
