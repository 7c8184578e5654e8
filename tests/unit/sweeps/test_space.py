"""Spaces: grids, samples, conditions, unions."""

import itertools

import numpy as np
import pytest

from hwsim.errors import ConfigError
from hwsim.sweeps.grid import grid
from hwsim.sweeps.sample import METHODS, sample
from hwsim.sweeps.space import first_of_each


def test_a_grid_is_every_combination_the_last_axis_fastest():
    axes = {"array.rows": [8, 16, 32], "batch": [1, 4], "array.dataflow": ["ws", "os"]}
    assert list(grid(axes)) == [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def test_conditions_keep_points_in_order():
    space = grid({"array.rows": [8, 16], "array.cols": [8, 16]}).where(lambda p: p["array.rows"] >= p["array.cols"])
    assert [tuple(point.values()) for point in space] == [(8, 8), (16, 8), (16, 16)]


def test_a_union_has_each_point_once_and_leaves_out_what_a_side_does_not_say():
    a, b = grid({"array.rows": [8, 16], "batch": [1]}), grid({"batch": [1, 2], "array.rows": [16]})
    assert list(a | b) == [{"array.rows": 8, "batch": 1}, {"array.rows": 16, "batch": 1}, {"array.rows": 16, "batch": 2}]
    c = grid({"fidelity": ["event"]})
    assert list(a | c)[-1] == {"fidelity": "event"}
    assert len(a | a) == len(a)


def test_equal_numbers_of_different_kinds_are_different_values():
    assert len(grid({"x": [1]}) | grid({"x": [True]}) | grid({"x": [1.0]})) == 3


@pytest.mark.parametrize("method", list(METHODS))
def test_samples_stay_in_their_ranges_and_repeat(method):
    axes = {"array.rows": (4, 9), "clock_hz": ("100 MHz", "2 GHz", "log"), "array.dataflow": ["ws", "os", "is"]}
    space = sample(axes, 300, method=method, seed=5)
    assert len(space) == 300
    rows, clocks = [p["array.rows"] for p in space], [p["clock_hz"] for p in space]
    assert set(rows) == set(range(4, 10)) and all(type(row) is int for row in rows)
    assert min(clocks) >= 1e8 and max(clocks) <= 2e9
    assert 0.4 < np.mean(np.log(np.array(clocks) / 1e8) / np.log(20)) < 0.6  # even in the logarithm
    assert {p["array.dataflow"] for p in space} == {"ws", "os", "is"}
    assert list(space) == list(sample(axes, 300, method=method, seed=5))
    assert list(space) != list(sample(axes, 300, method=method, seed=6))


def test_a_latin_hypercube_has_one_point_in_every_strip():
    space = sample({"a": (0.0, 1.0), "b": (0.0, 1.0)}, 50, seed=1)
    for axis in ("a", "b"):
        assert sorted(int(50 * point[axis]) for point in space) == list(range(50))


def test_first_of_each_keeps_order():
    assert first_of_each(np.array([[2, 1], [1, 1], [2, 1], [0, 0], [1, 1]], np.int32)).tolist() == [0, 1, 3]


@pytest.mark.parametrize(("make", "message"), [
    (lambda: grid({}), "a grid has at least one axis"),
    (lambda: grid({"array.rows": 16}), r"array.rows: an axis is a list of values \(got 16\); allowed: \[16\]"),
    (lambda: grid({"accelerator": "tpu_v1"}), r"accelerator: an axis is a list .*allowed: \['tpu_v1'\]"),
    (lambda: grid({"array.rows": [], "batch": [1, 1]}), "(?s)2 faults:.*rows: an axis without values.*batch: the same value"),
    (lambda: grid({"a": range(10_000), "b": range(10_000)}), "a space of 100,000,000 points; allowed: at most 50,000,000"),
    (lambda: grid({"a": [1, 2]}).where(lambda p: p["b"]), "point 0: the condition of where.* KeyError: 'b'; its axes are a"),
    (lambda: grid({"a": [1, 0]}).where(lambda p: 1 / p["a"]), r"point 1: .*ZeroDivisionError: division by zero \(got a=0\)"),
    (lambda: sample({"a": (5, 5)}, 3), "a: an empty range"),
    (lambda: sample({"a": (0, 5, "log")}, 3), "a: a logarithm needs numbers above 0"),
    (lambda: sample({"a": (1, 2, 3)}, 3), "a: not a range; choices are a list"),
    (lambda: sample({"clock_hz": ("1 GB", "2 GHz")}, 3), "clock_hz: unknown unit 'GB'"),
    (lambda: sample({"a": (0, 5)}, 0), "count: how many points to draw"),
    (lambda: sample({"a": (0, 5)}, 5, method="latin_hypercub"), "unknown way to draw points .*did you mean 'latin_hypercube'"),
])
def test_wrong_spaces_are_refused(make, message):
    with pytest.raises(ConfigError, match=message):
        make()
