"""Roofline: a point a layer with MACs, two roofs, readable names."""

import itertools

import numpy as np
import pytest
from matplotlib.text import Annotation, Text

import hwsim


def points(ax):
    return [tuple(map(float, xy)) for collection in ax.collections for xy in collection.get_offsets()]


def test_every_layer_with_macs_is_a_point(make_result):
    ax = hwsim.plot.roofline(make_result())
    # conv1: 8 MAC/B and 1600 MACs in 150 ns; fc: 1 MAC/B and 400 MACs in 400 ns; relu1 has no MACs;
    # resident has no off-chip traffic: right edge, 3 x the ridge of 16 MAC/B, 800 MACs in 50 ns
    assert sorted(points(ax)) == [pytest.approx((1.0, 1e9)), pytest.approx((8.0, 1600 / 150e-9)),
                                  pytest.approx((48.0, 16e9))]


def test_fused_layers_are_one_point(make_result):
    rows = [{"name": "conv", "kernel": "conv", "macs": 800, "array_active_cycles": 50.0, "ifmap_offchip_bytes": 60.0},
            {"name": "relu", "kernel": "conv", "vector_cycles": 30.0, "ofmap_offchip_bytes": 20.0}]
    ax = hwsim.plot.roofline(make_result(rows))
    assert points(ax) == [pytest.approx((10.0, 1e10))]  # 800 MACs, 80 bytes, 80 ns
    assert [text.get_text() for text in ax.texts] == ["conv"]


def test_roofs_meet_at_the_ridge(make_result):
    ax = hwsim.plot.roofline(make_result())
    roof = ax.lines[0].get_xydata()
    assert roof[1].tolist() == [16.0, 16e9]  # 16e9 MAC/s over 1e9 B/s
    assert roof[0][1] == pytest.approx(roof[0][0] * 1e9)
    assert roof[2][1] == 16e9
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_point_size_follows_time(make_result):
    ax = hwsim.plot.roofline(make_result())
    sizes = {tuple(map(float, xy)): size for c in ax.collections
             for xy, size in zip(c.get_offsets(), np.broadcast_to(c.get_sizes(), len(c.get_offsets())), strict=True)}
    by_time = [sizes[xy] for xy in sorted(sizes, key=lambda xy: xy[0])]  # fc 400, conv1 150, resident 50 cycles
    assert by_time == sorted(by_time, reverse=True)


def test_axes_say_what_they_measure(make_result):
    ax = hwsim.plot.roofline(make_result())
    assert ax.get_xlabel() == "operational intensity of off-chip traffic (MAC/B)"
    assert ax.get_ylabel() == "attained rate"
    assert ax.yaxis.get_major_formatter()(2e12) == "2 TMAC/s"
    assert [ax.xaxis.get_major_formatter()(x) for x in (0.01, 10.0, 1000.0)] == ["0.01", "10", "1000"]
    assert "peak 16 GMAC/s" in ax.get_title()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "array", "weight load", "array, no off-chip traffic"]


def test_a_workload_without_macs_still_draws_the_roof(make_result):
    ax = hwsim.plot.roofline(make_result([{"name": "relu", "vector_cycles": 10.0, "bound": "vector"}]))
    assert points(ax) == []
    assert ax.lines[0].get_xydata()[1].tolist() == [16.0, 16e9]


def test_names_of_sixty_layers_never_overlap(make_result):
    rng = np.random.default_rng(5)
    rows = [{"name": f"stage{i // 10}.block{i % 10}.conv", "macs": int(m), "array_active_cycles": float(m) / 8,
             "filter_offchip_bytes": float(m / x)}
            for i, (m, x) in enumerate(zip(rng.integers(100, 5000, 60), rng.uniform(1, 40, 60), strict=True))]
    ax = hwsim.plot.roofline(make_result(rows), labels=10)
    ax.figure.draw_without_rendering()
    names = [text for text in ax.texts if isinstance(text, Annotation)]
    boxes = [Text.get_window_extent(name) for name in names]
    assert 3 <= len(names) <= 10
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert all(name.get_fontsize() >= 7 for name in names)
    lines = [name.arrow_patch.get_transform().transform_path(name.arrow_patch.get_path()) for name in names]
    for line, (i, box) in itertools.product(lines, enumerate(boxes)):
        assert line is lines[i] or not line.intersects_bbox(box, filled=False)
    inside = ax.get_window_extent()
    assert all(inside.x0 <= b.x0 and b.x1 <= inside.x1 for b in boxes)


def test_layers_at_one_place_share_a_name(make_result):
    row = {"macs": 800, "array_active_cycles": 100.0, "filter_offchip_bytes": 200.0}
    ax = hwsim.plot.roofline(make_result([{"name": f"c{i}", **row} for i in range(5)]))
    assert len(points(ax)) == 5
    assert [text.get_text() for text in ax.texts] == ["c0 (+4 more)"]


def test_the_largest_point_has_a_label_wherever_it_is(make_result):
    crowd = [{"name": f"c{i}", "macs": 100, "array_active_cycles": 10.0 + 3 * i, "filter_offchip_bytes": 50.0 + 20 * j}
             for i in range(12) for j in range(12)]
    large = {"name": "large", "macs": 1000, "array_active_cycles": 300.0, "filter_offchip_bytes": 1000.0}
    rows = [{**row, "name": f"{row['name']}.{i}"} for i, row in enumerate(crowd)]
    ax = hwsim.plot.roofline(make_result([*rows, large]), labels=1)
    assert [text.get_text().split()[0] for text in ax.texts] == ["large"]
