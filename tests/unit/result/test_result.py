"""Totals, breakdowns and texts of a result."""

import dataclasses
import math

import pytest

from hwsim.result import CYCLE_PARTS, ENERGY_PARTS, LAYER_COLUMNS, PART_COLUMNS, RESULT_COLUMNS
from hwsim.result.columns import columns
from hwsim.result.table import aligned

ASKED = [
    "name", "op", "kernel", "macs", "vector_ops", "cycles", "compute_cycles", "stall_cycles", "array_active_cycles",
    "weight_shift_cycles", "fill_drain_cycles", "weight_stall_cycles", "input_stall_cycles", "output_stall_cycles",
    "buffer_stall_cycles", "vector_cycles", "overhead_cycles", "latency_s", "energy_j", "energy_mac_j",
    "energy_register_j", "energy_buffer_j", "energy_noc_j", "energy_vector_j", "energy_offchip_j", "energy_static_j",
    "utilisation", "spatial_utilisation", "temporal_utilisation", "ifmap_sram_reads", "filter_sram_reads",
    "ofmap_sram_writes", "psum_sram_reads", "ifmap_offchip_bytes", "filter_offchip_bytes", "ofmap_offchip_bytes",
    "psum_offchip_bytes", "operational_intensity_macs_per_byte", "bound",
]


def test_layer_columns_are_the_documented_ones_in_order():
    assert [column.name for column in LAYER_COLUMNS] == ASKED


def test_columns_lists_both_tables_with_units_that_match_the_names():
    frame = columns()
    assert list(frame.columns) == ["table", "name", "unit", "meaning", "formula"]
    assert len(frame) == len(LAYER_COLUMNS) + len(PART_COLUMNS) + len(RESULT_COLUMNS)
    assert (frame["meaning"] != "").all()
    suffixes = {"_j": "J", "_cycles": "cycle", "_bytes": "B", "_mm2": "mm2", "_w": "W", "_j_s": "J s"}
    for row in frame.to_dict(orient="records"):
        for suffix, unit in suffixes.items():
            if row["name"].endswith(suffix) and not row["name"].endswith("per" + suffix):
                assert row["unit"] == unit, row["name"]


def test_totals_of_the_hand_made_result(make_result):
    result = make_result()
    assert result.layers["cycles"].tolist() == [150.0, 16.0, 400.0, 50.0]
    assert result.cycles == 616.0
    assert result.energy_j == math.fsum(result.energy_breakdown_j.values())
    assert result.energy_j == pytest.approx(1.98e-9, rel=1e-15)
    assert result.bound == "weight load"  # 360 of 616 cycles


def test_parts_sum_exactly_whatever_the_order_of_addition(make_result):
    rows = [{"name": "a", "array_active_cycles": 0.1, "input_stall_cycles": 0.2, "overhead_cycles": 0.3,
             "energy_mac_j": 1e16, "energy_noc_j": 1.0, "energy_static_j": -1e16}]
    result = make_result(rows)
    assert result.layers["cycles"][0] == 0.6  # 0.1 + 0.2 + 0.3 from left to right is 0.6000000000000001
    assert result.layers["energy_j"][0] == 1.0  # from left to right: 0.0 or 1.0 by luck of the order
    assert result.energy_j == 1.0


@pytest.mark.parametrize("total", ["energy_j", "cycles"])
def test_a_row_whose_parts_do_not_sum_is_refused(make_result, total):
    layers = make_result().layers
    layers.loc[0, total] *= 1.000001
    with pytest.raises(ValueError, match=f"do not sum to its {total}"):
        make_result(layers=layers)


def test_a_total_that_differs_from_its_breakdown_is_refused(make_result):
    with pytest.raises(ValueError, match="energy_breakdown_j"):
        make_result(energy_j=2e-9)


def test_missing_columns_and_keys_are_refused_by_name(make_result):
    result = make_result()
    with pytest.raises(ValueError, match="bound"):
        make_result(layers=result.layers.drop(columns="bound"))
    with pytest.raises(ValueError, match="breakdown of energy_j"):
        make_result(energy_breakdown_j={"mac": result.energy_j})


def test_a_result_is_frozen(make_result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_result().cycles = 1.0


def test_part_columns_are_layer_columns():
    names = {column.name for column in LAYER_COLUMNS}
    assert {part.column for part in (*CYCLE_PARTS, *ENERGY_PARTS)} <= names


def test_repr_has_units(make_result):
    assert repr(make_result()) == ("Result('net' on 'toy', analytic: 616 ns, 1.98 nJ, 2.5 mm2, 616 cycles, "
                                   "utilisation 28.4%, mostly weight load)")


def test_summary_lists_the_longest_layers_first(make_result):
    text = make_result().summary(top=2)
    lines = text.splitlines()
    assert lines[0] == "net on toy (analytic)"  # no widths in its provenance
    assert "2 of 4 layers, by cycles" in lines
    rows = [line.split()[0] for line in lines[lines.index("2 of 4 layers, by cycles") + 2:]]
    assert rows[:2] == ["fc", "conv1"]
    assert "64.9%" in text  # fc: 400 of 616 cycles
    assert "90.0%" in text  # fc: 360 of 400 cycles stalled
    assert "weight load 58.4%" in text  # 360 of 616
    assert lines[-1] == "note: a gap"


def test_summary_speaks_in_words_and_units(make_result):
    metrics = {"fps": 946.2, "tops": 7.738, "power_w": 0.0457, "tops_per_w": 0.1694, "edp_j_s": 5.102e-05, "tokens_per_s": 3.0}
    text = make_result(metrics=metrics, utilisation=0.00037).summary()
    rows = [line.strip().split("  ", 1) for line in text.splitlines()[1:12]]
    lines = [f"{label}: {value.strip()}" for label, value in rows]
    assert lines[4] == "utilisation: 0.037% (spatial 100.0%, temporal 50.0%)"
    assert lines[5:11] == ["frames/s: 946.2", "achieved rate: 7.738 TOP/s", "power: 45.7 mW", "efficiency: 0.1694 TOP/J",
                           "energy-delay product: 51.02 µJ s", "tokens_per_s: 3"]


def test_headline_says_the_operand_widths_where_they_are_known(make_result):
    result = make_result(provenance={"operand_bits": "8x4"})
    assert result.summary().startswith("net on toy (analytic, 8x4 bit)\n")
    assert "net on toy (analytic, 8x4 bit)" in result._repr_html_()


def test_html_escapes_names(make_result):
    html = make_result(workload="<i>&")._repr_html_()
    assert "&lt;i&gt;&amp;" in html
    assert "<i>" not in html


def test_table_aligns_numbers_right_and_cuts_long_names():
    text = aligned(("name", "x"), [("a" * 30 + "tail", "1"), ("b", "100")], widest=11, indent="")
    assert text.splitlines() == ["name           x", "aaaaa…atail    1", "b            100"]
