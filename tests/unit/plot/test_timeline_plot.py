"""Gantt charts: every task is a bar at its time on its row, in a colour that the legend names."""

import itertools

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import hwsim
from hwsim.errors import ConfigError
from hwsim.plot.axes import CYCLE

NS = 1e-9


def bars(ax):
    """Return (left ns, right ns, row, colour) of every bar; the row is the tick whose place is nearest."""
    collection = ax.collections[0]
    ticks = dict(zip(ax.get_yticks(), (tick.get_text() for tick in ax.get_yticklabels()), strict=True))
    found = []
    for path, colour in zip(collection.get_paths(), collection.get_facecolors(), strict=True):
        box = path.get_extents()
        row = min(ticks, key=lambda y, box=box: abs(y - (box.y0 + box.y1) / 2))
        found.append((round(box.x0 / NS), round(box.x1 / NS), ticks[row], to_hex(colour).upper()))
    return found


def legend(ax):
    shown = ax.get_legend()
    return {text.get_text(): to_hex(patch.get_facecolor()).upper()
            for text, patch in zip(shown.get_texts(), shown.get_patches(), strict=True)}


def test_every_task_is_a_bar_in_the_colour_of_its_kernel(make_timeline):
    ax = hwsim.plot.timeline(make_timeline(), color_by="kernel")
    colours = legend(ax)
    assert list(colours) == ["conv1", "fc"]
    kernels = ["conv1", "conv1", "fc", "conv1", "conv1", "fc", "fc", "fc"]
    rows = ["dram"] * 3 + ["array"] * 3 + ["dram"] * 2
    spans = [(0, 40), (40, 60), (60, 100), (40, 70), (70, 90), (100, 150), (150, 160), (155, 165)]
    assert bars(ax) == [(*span, row, colours[kernel]) for span, row, kernel in zip(spans, rows, kernels, strict=True)]
    assert ax.get_xlabel() == "time (ns)"
    assert ax.xaxis.get_major_formatter()(50 * NS) == "50"
    assert ax.get_title() == "8 tasks in 165 ns"


def test_overlapping_tasks_share_the_height_of_their_row(make_timeline):
    ax = hwsim.plot.timeline(make_timeline())
    boxes = [path.get_extents() for path in ax.collections[0].get_paths()]
    assert not any(a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1 for a, b in itertools.combinations(boxes, 2))
    low, high = sorted(ax.get_ylim())
    assert all(low <= box.y0 and box.y1 <= high for box in boxes)


def test_colour_by_action_and_by_job(make_timeline):
    assert list(legend(hwsim.plot.timeline(make_timeline(), color_by="action"))) == [
        "load filter", "load ifmap", "compute", "store ofmap"]
    assert list(legend(hwsim.plot.timeline(make_timeline(job=np.full(8, -1)), color_by="job"))) == ["no job"]
    two = make_timeline(jobs=("first", "second"), job=np.arange(8) % 2)
    assert list(legend(hwsim.plot.timeline(two))) == ["first", "second"]  # by job where there are several
    assert list(legend(hwsim.plot.timeline(two, color_by="kernel"))) == ["conv1", "fc"]
    assert "compute" in legend(hwsim.plot.timeline(make_timeline()))  # else by action
    with pytest.raises(ConfigError, match=r"color_by.*'kernal'.*did you mean 'kernel'"):
        hwsim.plot.timeline(make_timeline(), color_by="kernal")


def test_a_window_and_its_axis(make_timeline):
    ax = hwsim.plot.timeline(make_timeline(), window=(50 * NS, 65 * NS))
    assert [bar[:3] for bar in bars(ax)] == [(40, 60, "dram"), (60, 100, "dram"), (40, 70, "array")]
    assert ax.get_xlim() == pytest.approx((50 * NS, 65 * NS))
    assert ax.get_title() == "3 tasks in 15 ns from 50 ns"


def test_far_from_zero_ticks_count_from_a_round_time(make_timeline):
    shift = 12.345678
    timeline = make_timeline(**{name: getattr(make_timeline(), name) + shift for name in
                                ("ready_s", "queued_s", "start_s", "end_s")})
    ax = hwsim.plot.timeline(timeline, window=(shift, shift + 100 * NS))
    assert ax.get_xlabel() == "time after 12.345678 s (ns)"
    assert ax.xaxis.get_major_formatter()(shift + 20 * NS) == "20"


@pytest.mark.parametrize(("length_s", "unit", "text"), [(2e-9, "ns", "1"), (3e-6, "µs", "1.5"), (1.9e-3, "µs", "950"),
                                                        (5e-3, "ms", "2.5"), (7.0, "s", "3.5")])
def test_the_unit_suits_the_length(make_timeline, length_s, unit, text):
    ax = hwsim.plot.timeline(make_timeline(), window=(0.0, length_s))
    assert ax.get_xlabel() == f"time ({unit})"
    assert ax.xaxis.get_major_formatter()(length_s / 2) == text


def long_run(make_timeline, kernels, tiles):
    """Return tasks of 10 ns, one after another on the array, ``tiles`` of each kernel; the last kernels have longer ones."""
    rows = [{"resource": "array", "kernel": "fc", "action": "compute", "bytes": 0} for _ in range(kernels * tiles)]
    length = np.repeat(np.where(np.arange(kernels) < kernels - 10, 10, 20), tiles)
    ends = np.cumsum(length)
    for row, start, end in zip(rows, ends - length, ends, strict=True):
        row.update(ready=start, queued=start, start=start, end=end)
    return make_timeline(rows, kernels=tuple(f"k{i}" for i in range(kernels)), kernel=np.repeat(np.arange(kernels), tiles))


def test_of_many_kernels_the_longest_have_colours_and_the_others_names_where_they_fit(make_timeline):
    ax = hwsim.plot.timeline(long_run(make_timeline, kernels=14, tiles=3), color_by="kernel")
    colours = legend(ax)
    assert list(colours) == [f"k{i}" for i in range(4, 14)] + ["other (4 kernels)"]
    assert len(set(colours.values())) == 11
    texts = sorted(ax.texts, key=lambda text: text.get_position()[0])
    assert [text.get_text() for text in texts] == ["k0", "k1", "k2", "k3"]
    ax.figure.draw_without_rendering()
    for i, text in enumerate(texts):
        box = text.get_window_extent()
        left, right = (ax.transData.transform((ns * NS, 0))[0] for ns in (30 * i, 30 * (i + 1)))
        assert left <= box.x0
        assert box.x1 <= right
    assert ax.texts[0].get_fontsize() >= 7


def test_names_that_do_not_fit_are_left_out(make_timeline):
    ax = hwsim.plot.timeline(long_run(make_timeline, kernels=200, tiles=2), color_by="kernel")
    assert not ax.texts
    assert "other (190 kernels)" in legend(ax)


def test_very_many_tasks_keep_each_colours_share_of_each_moment(make_timeline):
    run = long_run(make_timeline, kernels=12, tiles=2500)
    ax = hwsim.plot.timeline(run, color_by="kernel")
    assert ax.get_title().startswith("30,000 tasks")
    boxes = [path.get_extents() for path in ax.collections[0].get_paths()]
    assert len(boxes) <= 2000 + 12
    order = np.argsort([box.x0 for box in boxes])
    assert all(boxes[b].x0 - boxes[a].x1 > -1e-12 for a, b in itertools.pairwise(order))
    by_colour = {}
    for box, colour in zip(boxes, ax.collections[0].get_facecolors(), strict=True):
        by_colour[to_hex(colour).upper()] = by_colour.get(to_hex(colour).upper(), 0.0) + box.width
    assert by_colour[legend(ax)["k5"]] == pytest.approx(2500 * 20 * NS)
    assert sum(by_colour.values()) == pytest.approx((2 * 10 + 10 * 20) * 2500 * NS)


def test_half_idle_time_stays_half_when_bars_are_gathered(make_timeline):
    rows = [{"resource": name, "kernel": kernel, "action": "compute", "ready": at, "queued": at, "start": at, "end": at + 5,
             "bytes": 0} for i in range(12_000) for name, kernel, at in
            (("array", ("conv1", "fc")[i % 2], 10 * i), ("dram", "fc", 10 * i + 3))]
    ax = hwsim.plot.timeline(make_timeline(rows), color_by="kernel")
    shares = {}
    for left, right, row, colour in bars(ax):
        shares[row, colour] = shares.get((row, colour), 0) + (right - left) / 120_000
    colours = legend(ax)
    assert shares == pytest.approx({("array", colours["conv1"]): 0.25, ("array", colours["fc"]): 0.25,
                                    ("dram", colours["fc"]): 0.5}, abs=0.01)


def test_a_result_names_itself_and_must_have_a_timeline(make_result, make_timeline):
    ax = hwsim.plot.timeline(make_result(timeline=make_timeline(), fidelity="event"))
    assert ax.get_title().startswith("net on toy: 8 tasks")
    with pytest.raises(ConfigError, match=r"no timeline \(got analytic\); allowed: event"):
        hwsim.plot.timeline(make_result())


def test_an_empty_timeline_and_given_axes(make_timeline):
    _, ax = plt.subplots()
    assert hwsim.plot.timeline(make_timeline().only([]), ax=ax) is ax
    assert plt.get_fignums() == [1]
    ax.figure.draw_without_rendering()


def test_resources_keep_their_names_apart(make_timeline):
    names = tuple(f"die {i}" for i in range(150))
    ax = hwsim.plot.timeline(make_timeline(resources=names, resource_kinds=("fixed",) * 150, peak_bytes_per_s=(0.0,) * 150))
    ax.figure.draw_without_rendering()
    boxes = [tick.get_window_extent() for tick in ax.get_yticklabels()]
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))
    assert len(set(CYCLE)) == len(CYCLE)
