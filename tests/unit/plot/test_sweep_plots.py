"""Pictures of sweeps: what is drawn is what the frame says, counted again in plain Python."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

import hwsim
from hwsim.errors import ConfigError
from hwsim.result.quantity import quantity

REASON = "no room"


@pytest.fixture
def frame():
    """Return 4 x 3 points of which one failed and one was not run."""
    rows = [{"accelerator": name, "array.rows": size, "latency_s": 1e-3 * (i + 1) / size, "energy_j": 1e-6 * size * (4 - i),
             "fps": size * (i + 1.0), "error": None}
            for i, name in enumerate("abc") for size in (1, 8, 64, 512)]
    rows[5] |= {"latency_s": np.nan, "energy_j": np.nan, "fps": np.nan, "error": REASON}
    return pd.DataFrame(rows).drop(index=11)


def plain_front(points, signs):
    """Return the points that no other one is as good as in both and better in one."""
    better = [tuple(sign * value for sign, value in zip(signs, point, strict=True)) for point in points]
    return [point for point, mine in zip(points, better, strict=True)
            if not any(all(a <= b for a, b in zip(other, mine, strict=True)) and other != mine for other in better)]


@pytest.mark.parametrize(("columns", "signs"), [
    (["latency_s", "energy_j"], (1, 1)), ({"energy_j": "min", "fps": "max"}, (1, -1)),
    ({"fps": "max", "latency_s": "min"}, (-1, 1)), ({"fps": "max", "energy_j": "max"}, (-1, -1))])
def test_the_staircase_bounds_every_point(frame, columns, signs):
    ax = hwsim.plot.pareto(frame, columns)
    x, y = columns
    able = frame[frame["error"].isna()]
    points = list(zip(able[x], able[y], strict=True))
    dots, marked = (set(map(tuple, drawn.get_offsets().data)) for drawn in ax.collections)
    assert dots == set(points)
    assert marked == set(plain_front(points, signs))
    line_x, line_y = ax.lines[0].get_data()
    assert marked <= set(zip(line_x, line_y, strict=True))
    assert all((np.diff(line_x) == 0) | (np.diff(line_y) == 0))  # steps
    for px, py in points:  # right of a step's corner: the line at this x is at least as good
        reached = line_y[signs[0] * line_x <= signs[0] * px]
        assert min(signs[1] * reached) <= signs[1] * py
    assert "1 failed" in ax.get_title() and f"{len(marked)} on the front" in ax.get_title()


def test_axes_have_units_and_are_logarithmic_over_orders_of_magnitude(frame):
    ax = hwsim.plot.pareto(frame, ["latency_s", "energy_j"], color_by="accelerator")
    assert ax.get_xscale() == "log" and ax.xaxis.get_major_formatter()(2e-3) == "2 ms"
    assert ax.get_xlabel() == "latency"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]
    ax = hwsim.plot.pareto(frame[frame["array.rows"] == 8], ["latency_s", "energy_j"], color_by="fps")
    assert ax.get_xscale() == "linear"


def test_numbers_colour_by_a_bar(frame):
    many = pd.DataFrame({"latency_s": np.arange(1.0, 31), "energy_j": np.arange(31.0, 1, -1), "clock_hz": np.arange(30) * 1e8})
    ax = hwsim.plot.pareto(many, ["latency_s", "energy_j"], color_by="clock_hz")
    bar = ax.figure.axes[1]
    assert bar.get_ylabel() == "clock" and bar.yaxis.get_major_formatter()(2e8) == "200 MHz"


def test_colours_alike_in_three_digits_keep_their_own_names(frame):
    frame = frame.assign(clock_hz=[1e9, 1.0001e9, *[2e9] * 9])
    ax = hwsim.plot.pareto(frame, ["latency_s", "energy_j"], color_by="clock_hz")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1000000000.0", "1000100000.0", "2000000000.0"]


def test_a_cell_is_the_best_of_its_points(frame):
    other = frame.assign(batch=1), frame.assign(batch=2, latency_s=frame["latency_s"] * 0.5, fps=frame["fps"] * 0.5)
    both = pd.concat(other)
    for value, best, word in (("latency_s", min, "least latency"), ("fps", max, "largest frame rate")):
        ax = hwsim.plot.heatmap(both, "array.rows", "accelerator", value)
        cells = ax.collections[0].get_array().filled(np.nan)
        assert cells.shape == (3, 4)
        for i, name in enumerate("abc"):
            for j, size in enumerate((1, 8, 64, 512)):
                here = [row[value] for row in both.to_dict("records")
                        if row["accelerator"] == name and row["array.rows"] == size and not isinstance(row["error"], str)]
                assert cells[i, j] == best(here) if here else np.isnan(cells[i, j])
        assert ax.get_title() == f"{word} of up to 2 points a cell"
        texts = {text.get_text() for text in ax.texts}
        assert len(ax.texts) == 10 and quantity(value).text(best(1e-3, 0.5e-3) if value == "latency_s" else 24.0) in texts
        assert ax.get_xlabel() == "array.rows\nhatched: failed, dotted: not run"
        assert [len(drawn.get_paths()) for drawn in ax.collections[1:]] == [1, 1]


def test_many_values_of_an_axis_are_put_in_bins():
    sizes = np.arange(1, 1001)
    frame = pd.DataFrame({"array.rows": sizes, "batch": 1, "cycles": 1e6 / sizes})
    ax = hwsim.plot.heatmap(frame, "array.rows", "batch", "cycles")
    cells = ax.collections[0].get_array().filled(np.nan)[0]
    edges = np.geomspace(1, 1000, 21)
    for i, cell in enumerate(cells):
        inside = [1e6 / size for size in sizes if edges[i] <= size < edges[i + 1] or (i == 19 and size == 1000)]
        assert cell == min(inside) if inside else np.isnan(cell)


def test_lines_go_through_values_and_the_best_are_bold(frame):
    ax = hwsim.plot.parallel(frame, ["accelerator", "array.rows"], "latency_s", best=2)
    others, bold = [drawn for drawn in ax.collections if isinstance(drawn, LineCollection)][:2]
    able = frame[frame["error"].isna()]
    assert (len(others.get_segments()), len(bold.get_segments())) == (len(able) - 2, 2)
    heights = sorted(float(line[-1][1]) for line in [*others.get_segments(), *bold.get_segments()])
    low, high = able["latency_s"].min(), able["latency_s"].max()
    assert heights == pytest.approx(sorted(np.log(able["latency_s"] / low) / np.log(high / low)), abs=1e-12)
    assert sorted(float(line[-1][1]) for line in bold.get_segments()) == pytest.approx(heights[:2])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["accelerator", "array.rows", "latency"]
    assert {"a", "b", "c"} <= {text.get_text() for text in ax.texts}


def test_of_very_many_rows_a_part_is_drawn_and_all_of_the_best():
    draws = np.random.default_rng(5)
    frame = pd.DataFrame({"array.rows": draws.integers(1, 99, 30_000), "latency_s": draws.random(30_000) + 0.1})
    ax = hwsim.plot.parallel(frame, ["array.rows"], "latency_s")
    assert ax.get_title().startswith("10,010 of 30,000 points; bold: the 10 of least latency")


@pytest.mark.parametrize("draw", [
    lambda frame: hwsim.plot.pareto(frame, ["latency", "energy_j"]), lambda frame: hwsim.plot.pareto(frame, ["energy_j"]),
    lambda frame: hwsim.plot.pareto(frame, ["energy_j", "energy_j"]),
    lambda frame: hwsim.plot.pareto(frame, ["error", "energy_j"]),
    lambda frame: hwsim.plot.pareto(frame, ["latency_s", "energy_j"], color_by="clock"),
    lambda frame: hwsim.plot.pareto(frame, {"latency_s": "least", "energy_j": "min"}),
    lambda frame: hwsim.plot.heatmap(frame, "rows", "accelerator", "latency_s"),
    lambda frame: hwsim.plot.heatmap(frame, "accelerator", "accelerator", "latency_s"),
    lambda frame: hwsim.plot.heatmap(frame, "array.rows", "accelerator", "error"),
    lambda frame: hwsim.plot.parallel(frame, ["array.rows"], "accelerator"),
    lambda frame: hwsim.plot.parallel(frame, ["array.row"], "latency_s"),
    lambda frame: hwsim.plot.parallel(frame, [], "latency_s")])
def test_bad_columns_are_refused(frame, draw):
    with pytest.raises(ConfigError, match=r"no such column|different columns|two columns|unknown direction"):
        draw(frame)


def test_a_sweep_in_which_everything_failed_is_still_drawn(frame):
    frame = frame.assign(latency_s=np.nan, energy_j=np.nan, fps=np.nan, error=REASON)
    assert "11 failed" in hwsim.plot.pareto(frame, ["latency_s", "energy_j"]).get_title()
    assert "hatched: failed" in hwsim.plot.heatmap(frame, "array.rows", "accelerator", "latency_s").get_xlabel()
    assert hwsim.plot.heatmap(frame.iloc[:0], "array.rows", "accelerator", "latency_s")
    assert "bold: the 0 of" in hwsim.plot.parallel(frame.assign(fps=1.0), ["array.rows"], "fps", best=-1).get_title()
    assert "0 points" in hwsim.plot.parallel(frame, ["array.rows", "accelerator"], "latency_s").get_title()
