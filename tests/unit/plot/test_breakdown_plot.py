"""Stacked bars: they sum to the result, however many layers share a bar."""

import itertools
import math

import pytest
from matplotlib import pyplot as plt

import hwsim


@pytest.mark.parametrize("top", [1, 3, 30])
@pytest.mark.parametrize(("draw", "total"), [("latency_breakdown", "latency_s"), ("energy_breakdown", "energy_j")])
def test_bars_sum_to_the_result(make_result, draw, total, top):
    result = make_result()
    ax = getattr(hwsim.plot, draw)(result, top=top)
    assert math.fsum(bar.get_width() for bar in ax.patches) == pytest.approx(getattr(result, total), rel=1e-12)


def test_each_bar_is_its_layer_and_the_rest_share_one(make_result):
    ax = hwsim.plot.latency_breakdown(make_result(), top=2)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["conv1", "fc", "other (2 layers)"]
    ends = {}
    for bar in ax.patches:
        row = round(bar.get_y() + bar.get_height() / 2)
        ends[row] = max(ends.get(row, 0.0), bar.get_x() + bar.get_width())
    assert ends == pytest.approx({0: 150e-9, 1: 400e-9, 2: 66e-9})


def test_legend_names_only_causes_that_take_time(make_result):
    ax = hwsim.plot.latency_breakdown(make_result())
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["array", "weight shift", "fill and drain", "weight load", "input", "vector"]


def test_ticks_carry_the_units(make_result):
    assert hwsim.plot.latency_breakdown(make_result()).xaxis.get_major_formatter()(2e-7) == "200 ns"
    assert hwsim.plot.energy_breakdown(make_result()).xaxis.get_major_formatter()(2e-10) == "200 pJ"
    assert hwsim.plot.latency_breakdown(make_result()).get_xlabel() == "latency"
    assert hwsim.plot.energy_breakdown(make_result()).get_xlabel() == "energy"


def test_given_axes_are_used_and_returned(make_result):
    _, ax = plt.subplots()
    assert hwsim.plot.energy_breakdown(make_result(), ax) is ax
    assert plt.get_fignums() == [1]


def test_eighty_layers_keep_apart(make_result):
    rows = [{"name": f"stage.block{i}.conv", "array_active_cycles": 10.0 + i} for i in range(80)]
    ax = hwsim.plot.latency_breakdown(make_result(rows), top=80)
    ax.figure.draw_without_rendering()
    boxes = [tick.get_window_extent() for tick in ax.get_yticklabels()]
    assert len(boxes) == 80
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


def test_the_bar_of_many_other_layers_does_not_squeeze_the_rest(make_result):
    rows = [{"name": f"c{i}", "array_active_cycles": 10.0} for i in range(100)]
    ax = hwsim.plot.latency_breakdown(make_result(rows), top=10)
    assert ax.get_xlim() == pytest.approx((0.0, 11e-9))  # a tenth more than one layer's 10 ns
    assert [text.get_text() for text in ax.texts] == ["900 ns →"]
    assert max(bar.get_width() for bar in ax.patches) == pytest.approx(900e-9)
