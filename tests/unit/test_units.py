import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.units import DIMENSIONS, binary_bytes, dimension_of, parse, percent, si, unit_examples


@pytest.mark.parametrize(("text", "dimension", "expected"), [
    ("1.8 TB/s", "bytes_per_s", 1.8e12),
    ("14 GiB/s", "bytes_per_s", 14 * 2**30),
    ("5 Gb/s", "bytes_per_s", 5e9 / 8),
    ("64 KiB", "bytes", 65536),
    ("64 kB", "bytes", 64000),
    ("1_000", "bytes", 1000),
    ("64KiB", "bytes", 65536),
    (" 64  KiB ", "bytes", 65536),
    ("92 TOPS", "macs_per_s", 46e12),  # 1 MAC = 2 operations
    ("312 TFLOPS", "macs_per_s", 156e12),
    ("46 TMAC/s", "macs_per_s", 46e12),
    ("19.5 TFLOPS", "ops_per_s", 19.5e12),
    ("700 MHz", "hz", 7e8),
    ("1e9", "hz", 1e9),
    ("28 W", "w", 28),
    ("5mW", "w", 0.005),
    ("0.1 pJ", "j", 1e-13),
    ("15 pJ/b", "j_per_byte", 120e-12),  # eight bits a byte
    ("120 pJ/B", "j_per_byte", 120e-12),
    ("3 \u00b5s", "s", 3e-6),  # micro sign
    ("3 \u03bcs", "s", 3e-6),  # Greek mu
    ("3 us", "s", 3e-6),
    ("2 min", "s", 120),
    ("1.5 mm2", "mm2", 1.5),
    ("16 B/cycle", "bytes_per_cycle", 16),
    (-4, "j", -4.0),
])
def test_parse(text, dimension, expected):
    assert parse(text, dimension) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(("text", "dimension"), [
    ("1 KB", "bytes"), ("1 KB/s", "bytes_per_s"), ("5 mB", "bytes"), ("700 mHz", "hz"), ("1 GHz", "bytes"),
    ("1 pJ", "j_per_byte"), ("12 %", "s"), ("2 K", "bytes"), ("1__0", "s"), ("1_ s", "s"), ("1 e3", "s"), ("", "s"),
    ("ten", "s"), ("nan", "s"), ("inf", "s"), ("1e400", "s"), ("1 2 s", "s"), ("1e3e3", "s"), ("0x10", "s"),
])
def test_parse_refuses(text, dimension):
    with pytest.raises(ValueError):
        parse(text, dimension)


def test_parse_refuses_what_is_no_number():
    for value in (True, None, [1]):
        with pytest.raises(ValueError, match="not a number with a unit"):
            parse(value, "s")


def test_kb_is_called_ambiguous_and_units_are_named():
    with pytest.raises(ValueError, match=r"'KB' is ambiguous: write kB = 1000 or KiB = 1024\); .* B, kB, MB"):
        parse("64 KB", "bytes")


@pytest.mark.parametrize(("name", "dimension"), [
    ("capacity_bytes", "bytes"), ("bandwidth_bytes_per_s", "bytes_per_s"), ("read_bytes_per_cycle", "bytes_per_cycle"),
    ("peak_macs_per_s", "macs_per_s"), ("vector_ops_per_s", "ops_per_s"), ("read_j_per_byte", "j_per_byte"),
    ("j_per_byte", "j_per_byte"), ("latency_s", "s"), ("latency_cycles", "cycles"), ("rows", None), ("hops", None),
])
def test_dimension_of_a_field_name(name, dimension):
    assert dimension_of(name) == dimension


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_example_unit_is_accepted(dimension):
    for unit in unit_examples(dimension).split(", "):
        assert parse(f"1 {unit}", dimension) > 0


@pytest.mark.parametrize(("value", "unit", "expected"), [
    (2.3e-3, "s", "2.3 ms"), (0, "s", "0 s"), (1.8e12, "B/s", "1.8 TB/s"), (999.9, "B", "1 kB"), (-5e3, "W", "-5 kW"),
    (1e18, "MAC/s", "1 EMAC/s"), (1e-20, "J", "1e-20 J"), (float("inf"), "s", "inf s"), (float("nan"), "s", "nan s"),
])
def test_si(value, unit, expected):
    assert si(value, unit) == expected


@pytest.mark.parametrize(("value", "expected"), [
    (0, "0 B"), (1000, "1000 B"), (65536, "64 KiB"), (24 * 2**20, "24 MiB"), (1.5 * 2**30, "1.5 GiB")])
def test_binary_bytes(value, expected):
    assert binary_bytes(value) == expected


@given(st.floats(1e-14, 1e19), st.sampled_from(["J", "s", "W"]))
def test_si_comes_back_through_parse(value, unit):
    dimension = {"J": "j", "s": "s", "W": "w"}[unit]
    assert parse(si(value, unit, digits=15), dimension) == pytest.approx(value, rel=1e-13)


@given(st.integers(1, 1023), st.sampled_from([("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)]))
def test_binary_bytes_comes_back_through_parse(count, unit):
    value = count * 2 ** unit[1]
    assert binary_bytes(value) == f"{count} {unit[0]}"
    assert parse(binary_bytes(value), "bytes") == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_plain_number_as_text_is_itself(value):
    assert parse(repr(value), "j") == value == parse(value, "j")


@pytest.mark.parametrize(("share", "text"), [
    (0.284, "28.4%"), (1.0, "100.0%"), (0.0, "0.0%"), (0.0005, "0.1%"), (0.00037, "0.037%"), (0.0000411, "0.0041%"),
])
def test_small_shares_are_not_nothing(share, text):
    assert percent(share) == text
