"""What the rows say: Pareto fronts, sensitivity, fits."""

import numpy as np
import pandas as pd
import pytest

import hwsim
from hwsim.errors import ConfigError
from hwsim.sweeps.fit import fit
from hwsim.sweeps.grid import grid
from hwsim.sweeps.pareto import pareto
from hwsim.sweeps.run import sweep
from hwsim.sweeps.sensitivity import sensitivity


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(6))
def test_a_front_is_what_no_row_dominates(width, seed):
    draws = np.random.default_rng([width, seed])
    values = draws.integers(0, 6 if seed % 2 else 1000, (120, width)).astype(float)
    names = list("abcd"[:width])
    frame = pd.DataFrame(values, columns=names)
    expected, seen = [], set()
    for i, row in enumerate(values):
        if not any((other <= row).all() and (other < row).any() for other in values) and tuple(row) not in seen:
            expected.append(i)
            seen.add(tuple(row))
    found = pareto(frame, names)
    assert sorted(found.index) == expected and found["a"].is_monotonic_increasing
    flipped = pareto(frame.assign(a=-frame["a"]), {"a": "max", **dict.fromkeys(names[1:], "min")})
    assert sorted(flipped.index) == expected


def test_rows_that_failed_are_on_no_front():
    frame = pd.DataFrame({"a": [1.0, np.nan, 0.5, np.inf], "b": [1.0, 0.0, 2.0, -1.0]})
    assert pareto(frame, ["a", "b"]).index.tolist() == [2, 0]
    assert len(pareto(frame.iloc[[1]], ["a"])) == 0


@pytest.mark.parametrize(("columns", "message"), [
    (["latency"], "no such column of numbers .*did you mean 'latency_s'"), (["name"], "no such column of numbers"),
    ([], "no column"), ("latency_s", r"columns are a list \(got 'latency_s'\); allowed: \['latency_s'\]"),
    ({"latency_s": "least"}, "latency_s: unknown direction .* allowed: min, max")])
def test_fronts_of_unknown_columns_are_refused(columns, message):
    with pytest.raises(ConfigError, match=message):
        pareto(pd.DataFrame({"name": ["a"], "latency_s": [1.0]}), columns)


def test_sensitivity_is_that_of_a_known_function():
    """y = 4 a + 2 b + c d over a grid: variances add up, c and d matter only together."""
    levels = np.linspace(-1, 1, 5)
    a, b, c, d = (axis.ravel() for axis in np.meshgrid(levels, levels, levels, levels, indexing="ij"))
    frame = pd.DataFrame({"a": a, "b": b, "c": c, "d": d, "cycles": 4 * a + 2 * b + c * d})
    v = levels.var()
    whole = 16 * v + 4 * v + v * v
    found = sensitivity(frame, "cycles").set_index("axis")
    for axis, alone, total in (("a", 16 * v, 16 * v), ("b", 4 * v, 4 * v), ("c", 0, v * v), ("d", 0, v * v)):
        assert found["alone"][axis] == pytest.approx(alone / whole, abs=0.01), axis
        assert found["with_others"][axis] == pytest.approx(total / whole, abs=1e-9), axis
    assert found.index.tolist()[:2] == ["a", "b"] and found["low"]["a"] == pytest.approx(-4)


def test_sensitivity_of_a_sample_and_of_an_axis_that_does_nothing():
    draws = np.random.default_rng(1)
    x, n = draws.random(4000), draws.random(4000)
    frame = pd.DataFrame({"x": x, "n": n, "energy_j": np.exp(5 * x)})
    found = sensitivity(frame, "energy_j", ["x", "n"], log=True).set_index("axis")
    assert found["alone"]["x"] > 0.98 and found["alone"]["n"] < 0.01 and found["with_others"].isna().all()


def test_a_fit_finds_what_made_the_measurements_and_says_how_sure_it_is():
    space = grid({"memories.dram.efficiency": [0.4, 0.5, 0.6, 0.7, 0.8], "memories.dram.latency_s": [0.0, 1e-6, 4e-6],
                  "workload": ["resnet18", "alexnet", "mobilenet_v2"], "batch": [1, 4]})
    frame = sweep(space, accelerator="edge_npu")
    truth = (frame["memories.dram.efficiency"] == 0.6) & (frame["memories.dram.latency_s"] == 1e-6)
    measured = frame[truth][["workload", "batch", "latency_s"]].copy()
    exact = fit(frame, measured)
    assert exact.overrides == {"memories.dram.efficiency": 0.6, "memories.dram.latency_s": 1e-6} and exact.error == 0
    measured["latency_s"] *= np.array([1.03, 0.98, 1.01, 0.97, 1.02, 1.0])
    noisy = fit(frame, measured)
    assert noisy.candidates == 15 and 0 < noisy.error < 0.03 and noisy.held_out_error >= noisy.error * 0.9
    assert noisy.as_good["memories.dram.efficiency"][0] <= 0.6 <= noisy.as_good["memories.dram.efficiency"][1]
    best = hwsim.load_accelerator("edge_npu", noisy.overrides)
    row = noisy.rows.iloc[0]
    network = hwsim.load_workload(row["workload"], batch=int(row["batch"]))
    assert hwsim.simulate(best, network).latency_s == pytest.approx(row["fitted_latency_s"], rel=1e-12)


def test_fits_to_nothing_are_refused():
    frame = sweep(grid({"memories.dram.efficiency": [0.5, 0.8], "workload": ["alexnet", "resnet18"]}), accelerator="edge_npu")
    measured = frame[["workload", "latency_s"]].iloc[:2]
    for rows, arguments, message in (
        (measured, {}, "2 measurements; allowed: at least 3"),
        (measured.assign(chip=1), {}, "measured.chip: the sweep has no such axis"),
        (measured, {"free": ["clock_hz"]}, r"free: not an axis of the sweep \(got 'clock_hz'\)"),
        (measured, {"column": "latency"}, "did you mean 'latency_s'"),
        (pd.concat([measured, measured.assign(workload="vgg16")]), {}, "measured row 2: .* no finished point .*vgg16"),
    ):
        with pytest.raises(ConfigError, match=message):
            fit(frame, rows, **arguments)


def test_sensitivity_of_axes_with_many_values_and_with_gaps():
    """Shares of a grid count its values, not bins; points without an axis are one more group."""
    x, z = (axis.ravel() for axis in np.meshgrid(np.arange(40.0), np.arange(40.0)))
    found = sensitivity(pd.DataFrame({"x": x, "z": z, "cycles": x + z}), "cycles").set_index("axis")
    assert found["with_others"].tolist() == pytest.approx([0.5, 0.5])
    assert found["alone"].tolist() == pytest.approx([0.5, 0.5], abs=0.01)
    gaps = pd.DataFrame({"x": np.where(z < 20, x, np.nan), "z": z, "cycles": np.where(z < 20, x, 100.0)})
    assert sensitivity(gaps, "cycles").set_index("axis")["alone"]["x"] > 0.98
