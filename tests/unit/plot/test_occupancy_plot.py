"""Occupancy panels: the curves are the timeline's own step functions, binned only where they change too often to see."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

import hwsim
from hwsim.errors import ConfigError

NS = 1e-9


def curve(ax, label):
    line = next(line for line in ax.lines if line.get_label() == label)
    assert line.get_drawstyle() == "steps-post"
    return [(round(x / NS), y) for x, y in line.get_xydata().tolist()]


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_three_panels_over_one_time_axis(make_timeline):
    buffers, queues, bandwidth = hwsim.plot.occupancy(make_timeline())
    assert curve(buffers, "tiles (2 credits)") == [(0, 0.5), (10, 1.0), (90, 0.5), (150, 0.0), (165, 0.0)]
    assert curve(queues, "dram") == [(0, 0), (10, 2), (40, 1), (60, 0), (150, 1), (155, 0), (165, 0)]
    assert labels(queues) == ["dram", "array"]
    assert labels(bandwidth) == ["dram (at most 12 GB/s)"]
    line, peak = bandwidth.lines
    assert set(peak.get_ydata()) == {12e9}
    assert max(line.get_ydata()) == pytest.approx(10e9)
    assert [ax.get_ylabel() for ax in (buffers, queues, bandwidth)] == [
        "buffer space in use\n(% of its size)", "tasks waiting", "bandwidth"]
    assert [ax.get_xlabel() for ax in (buffers, queues, bandwidth)] == ["", "", "time (ns)"]
    assert bandwidth.yaxis.get_major_formatter()(5e9) == "5 GB/s"
    assert buffers.yaxis.get_major_formatter()(0.5) == "50%"


def test_chosen_panels_in_given_axes_over_a_window(make_timeline):
    _, axes = plt.subplots(2)
    queues, buffers = hwsim.plot.occupancy(make_timeline(), (20 * NS, 95 * NS), show=("queues", "buffers"), axes=axes)
    assert (queues, buffers) == tuple(axes)
    assert curve(queues, "dram") == [(20, 2), (40, 1), (60, 0), (95, 0)]
    assert curve(buffers, "tiles (2 credits)") == [(20, 1.0), (90, 0.5), (95, 0.5)]
    with pytest.raises(ConfigError, match=r"'buffer'.*did you mean 'buffers'"):
        hwsim.plot.occupancy(make_timeline(), show=("buffer",))


def test_a_curve_that_changes_too_often_is_its_mean_and_range(make_timeline):
    taken = np.tile([3, 1, -4], 4000)  # 3, 4, 0, 3, 4, 0: a change each ns
    pool = {"pools": (("tiles", 4),), "pool": np.zeros(12_000, np.int64), "pool_time_s": np.arange(12_000) * NS,
            "pool_delta": taken}
    ax, = hwsim.plot.occupancy(make_timeline(**pool), (0.0, 12_000 * NS), show=("buffers",))
    mean = ax.lines[0].get_ydata()
    assert len(mean) == 201
    assert mean == pytest.approx([7 / 12] * 201)  # (3 + 4 + 0) / 3 of 4 in each 60 ns
    assert ax.get_legend().get_title().get_text() == "line: mean, band: range"
    band = ax.collections[0].get_paths()[0].get_extents()
    assert (band.y0, band.y1) == (0.0, 1.0)


def test_only_the_ten_highest_of_many_and_it_says_so(make_timeline):
    pools = tuple((f"pool{i}", 100) for i in range(15))
    timeline = make_timeline(pools=pools, pool=np.arange(15), pool_time_s=np.zeros(15), pool_delta=np.arange(15))
    ax, = hwsim.plot.occupancy(timeline, show=("buffers",))
    assert labels(ax) == [f"pool{i} (100 credits)" for i in range(5, 15)]
    assert ax.get_legend().get_title().get_text() == "10 highest of 15"


def test_sizes_of_buffers_have_their_unit(make_timeline):
    pools = {"pools": (("weights filter", 65536), ("sums", 2)), "pool_units": ("bytes", "tiles")}
    ax, = hwsim.plot.occupancy(make_timeline(**pools), show=("buffers",))
    assert labels(ax) == ["weights filter (64 KiB)", "sums (2 tiles)"]


def test_nothing_to_show_says_none(make_timeline):
    buffers, queues, bandwidth = hwsim.plot.occupancy(make_timeline().only([]), show=("buffers", "queues", "bandwidth"))
    assert [text.get_text() for ax in (queues, bandwidth) for text in ax.texts] == ["none", "none"]
    buffers.figure.draw_without_rendering()


def test_a_result_must_have_a_timeline(make_result, make_timeline):
    assert len(hwsim.plot.occupancy(make_result(timeline=make_timeline()))) == 3
    with pytest.raises(ConfigError, match="no timeline"):
        hwsim.plot.occupancy(make_result())
