"""Mappings side by side: a bar a layer and result, ratios against the one that is named."""

import itertools

import pytest

import hwsim
from hwsim.errors import ConfigError
from hwsim.units import si

ROWS = [{"name": "a", "macs": 10, "array_active_cycles": 100.0, "energy_mac_j": 1e-9},
        {"name": "pool", "macs": 0, "vector_cycles": 40.0, "energy_mac_j": 0.0},
        {"name": "b", "macs": 20, "array_active_cycles": 200.0, "energy_mac_j": 4e-9}]
FASTER = [{**row, "array_active_cycles": row.get("array_active_cycles", 0.0) / 2} for row in ROWS]


def values(ax):
    return [[bar.get_y() + bar.get_height() for bar in bars.patches] for bars in ax.containers]


def texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_layers_that_multiply_have_a_bar_a_result(make_result):
    ax = hwsim.plot.mappings({"slow": make_result(ROWS), "fast": make_result(FASTER)}, "latency_s")
    assert values(ax) == [pytest.approx([100e-9, 200e-9]), pytest.approx([50e-9, 100e-9])]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b"]
    assert texts(ax) == ["slow: 340 ns", "fast: 190 ns"]
    assert ax.yaxis.get_major_formatter()(2e-7) == "200 ns"


@pytest.mark.parametrize("log", [False, True])
def test_ratios_and_the_network(make_result, log):
    results = {"slow": make_result(ROWS), "fast": make_result(FASTER)}
    ax = hwsim.plot.mappings(results, "edp_j_s", relative_to="slow", log=log)
    ratio = results["fast"].latency_s / results["slow"].latency_s
    assert values(ax) == [pytest.approx([0.5, 0.5, ratio])]
    assert ax.patches[0].get_y() == (1.0 if log else 0.0)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b", "network"]
    slow = results["slow"]
    assert sorted(texts(ax)) == [f"fast: {ratio:.2f}", f"slow: 1 = {si(slow.energy_j * slow.latency_s, 'J s')}"]
    assert ax.get_ylabel() == "energy-delay product relative to slow"


def test_forty_layers_keep_apart(make_result):
    rows = [{"name": f"stage.block{i}.conv", "macs": 1, "array_active_cycles": 10.0 + i} for i in range(40)]
    ax = hwsim.plot.mappings({name: make_result(rows) for name in "wxyz"}, "latency_s")
    ax.figure.draw_without_rendering()
    ends = [tick.get_window_extent().x1 for tick in ax.get_xticklabels()]
    height = ax.get_xticklabels()[0].get_fontsize() * ax.figure.dpi / 72
    assert all(right - left > 0.9 * height for left, right in itertools.pairwise(ends))
    legend = ax.get_legend().get_window_extent()
    assert legend.x0 > ax.get_window_extent().x1


def test_everything_wrong_is_told(make_result):
    with pytest.raises(ConfigError) as error:
        hwsim.plot.mappings({"slow": make_result(ROWS), "other": make_result(ROWS[:2])}, "edp", relative_to="slo")
    for part in ("unknown metric", "no such result", "did you mean 'slow'", "results.other"):
        assert part in str(error.value)
    with pytest.raises(ConfigError, match="no result to draw"):
        hwsim.plot.mappings({})
