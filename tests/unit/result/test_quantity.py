"""Titles and units of columns by their names."""

import math

import numpy as np
import pytest

from hwsim.result.quantity import quantity


@pytest.mark.parametrize(("name", "value", "text"), [
    ("latency_s", 2.3e-3, "2.3 ms"), ("energy_j", np.float64(1e-6), "1 µJ"), ("utilisation", 0.284, "28.4%"),
    ("buffers.weights.capacity_bytes", 65536, "64 KiB"), ("filter_offchip_bytes", 1000.0, "1 kB"), ("array.rows", 16.0, "16"),
    ("area_mm2", 1.234567, "1.23"), ("accelerator", "tpu_v1", "tpu_v1"), ("dataflow", None, "None"), ("fused", True, "True"),
    ("latency_s", math.nan, "none"), ("edp_j_s", 2e-9, "2 nJ s"), ("clock_hz", 7e8, "700 MHz")])
def test_values_are_written_with_their_units(name, value, text):
    assert quantity(name).text(value) == text


def test_labels_name_the_unit_where_ticks_do_not():
    assert quantity("latency_s").label == "latency"
    assert quantity("area_mm2").label == "area (mm²)"
    assert quantity("array.rows").label == "array.rows"
