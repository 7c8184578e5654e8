"""Memory charts: bars of bandwidth beside the reference, and stacked bytes of each tier under its capacity."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt

import hwsim
from hwsim.errors import ConfigError

RATES = {"reference": (80.0, 40.0, 10.0), "burst model": (80.0, 42.0, 9.0), "closed form": (60.0, 40.0, 10.0)}
FRAME = pd.DataFrame([
    {"device": "DDR4", "mapping": "RoBaRaCoCh", "traffic": traffic, "series": series, "pct_of_peak": value}
    for series, values in RATES.items()
    for traffic, value in zip(("seq_read", "stride_128", "tile_64_16"), values, strict=True)])


def test_a_group_a_pattern_with_the_reference_across_it():
    ax = hwsim.plot.memory_bandwidth(FRAME)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["seq_read", "stride_128", "tile_64_16"]
    assert [bar.get_width() for bar in ax.patches] == [80.0, 42.0, 9.0, 60.0, 40.0, 10.0]
    rows = [round(bar.get_y() + bar.get_height() / 2) for bar in ax.patches]
    assert rows == [0, 1, 2] * 2
    lines = ax.collections[0].get_segments()
    assert [(line[0][0], round(line.mean(axis=0)[1])) for line in lines] == [(80.0, 0), (40.0, 1), (10.0, 2)]
    for line, row in zip(lines, range(3), strict=True):  # across all bars of the group
        bars = [bar for bar in ax.patches if round(bar.get_y() + bar.get_height() / 2) == row]
        assert line[:, 1].min() <= min(bar.get_y() for bar in bars)
        assert line[:, 1].max() >= max(bar.get_y() + bar.get_height() for bar in bars)
    assert ax.get_title() == "DDR4, mapping RoBaRaCoCh"
    assert ax.get_xlim() == (0.0, 100.0)
    assert ax.xaxis.get_major_formatter()(50.0) == "50%"


def test_the_legend_says_how_far_each_series_is_off():
    texts = {text.get_text() for text in hwsim.plot.memory_bandwidth(FRAME).get_legend().get_texts()}
    assert texts == {"reference", "burst model\nmedian 5.0% off, worst 10.0%",  # 0, 5, 10 %
                     "closed form\nmedian 0.0% off, worst 25.0%"}  # 25, 0, 0 %


def test_several_devices_are_groups_and_no_reference_is_needed():
    frame = pd.concat([FRAME, FRAME.assign(device="HBM2")])
    ax = hwsim.plot.memory_bandwidth(frame[frame["series"] != "reference"])
    assert [tick.get_text() for tick in ax.get_yticklabels()][::3] == ["seq_read, DDR4", "seq_read, HBM2"]
    assert ax.get_title() == "mapping RoBaRaCoCh"
    assert not ax.collections
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["burst model", "closed form"]


def test_a_missing_bar_and_one_above_the_peak():
    frame = FRAME.drop(index=4)  # burst model, stride_128
    frame.loc[0, "pct_of_peak"] = 120.0
    ax = hwsim.plot.memory_bandwidth(frame)
    assert ax.get_xlim()[1] > 120.0
    assert "burst model\nmedian 21.7% off, worst 33.3%" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_frames_of_another_shape_are_refused():
    with pytest.raises(ConfigError, match=r"2 faults:\n  traffic: column is missing.*\n  pct_of_peak: column is missing"):
        hwsim.plot.memory_bandwidth(FRAME.drop(columns=["traffic", "pct_of_peak"]))
    with pytest.raises(ConfigError, match=r"same part of the picture \(got seq_read, reference\)"):
        hwsim.plot.memory_bandwidth(pd.concat([FRAME, FRAME.iloc[:1]]))


KIB = 1024
USED = [("sram", "activation", (100, 300, 0)), ("sram", "weight", (50, 50, 50)), ("ddr", "weight", (4096, 4096, 4096))]
STEPS = pd.DataFrame([{"step": step, "name": f"layer{step}", "tier": tier, "kind": kind, "used_bytes": kib * KIB}
                      for tier, kind, values in USED for step, kib in enumerate(values)])


def test_kinds_are_stacked_a_tier_a_panel():
    sram, ddr = hwsim.plot.tier_occupancy(STEPS, {"sram": 320 * KIB, "ddr": 1 << 30})
    assert (sram.get_ylabel(), ddr.get_ylabel()) == ("in use (KiB)", "in use (MiB)")
    assert sram.get_title() == "sram: peak 350 KiB of 320 KiB (109.4%)"
    assert ddr.get_title() == "ddr: peak 4 MiB of 1 GiB (0.4%)"
    assert [text.get_text() for text in sram.get_legend().get_texts()] == ["activation", "weight", "over capacity", "capacity"]
    assert set(sram.lines[0].get_ydata()) == {320.0}
    assert not ddr.lines  # 256 times the peak: written, not drawn
    weights = sram.collections[1].get_paths()[0].get_extents()
    assert (weights.y0, weights.y1) == (0.0, 350.0)  # on top of the activations: 100..150, 300..350, 0..50
    over = sram.collections[2].get_paths()[0].get_extents()
    assert (over.y0, over.y1) == (320.0, 350.0)
    assert [tick.get_text() for tick in ddr.get_xticklabels()] == ["layer0", "layer1", "layer2"]
    assert sram.get_xlim() == (-0.5, 2.5)


def test_steps_without_rows_are_empty_and_many_steps_are_numbered():
    ax, = hwsim.plot.tier_occupancy(STEPS[(STEPS["tier"] == "ddr") & (STEPS["step"] != 1)])
    upper = {x: y for x, y in ax.collections[0].get_paths()[0].vertices.tolist() if y > 0}
    assert set(upper) == {-0.5, 0.5, 1.5, 2.5}  # 4 MiB in steps 0 and 2
    many = pd.DataFrame({"step": range(100), "name": "n", "tier": "sram", "kind": "kv", "used_bytes": 10})
    ax, = hwsim.plot.tier_occupancy(many, {"sram": float("inf")})
    assert ax.get_xlabel() == "step"
    assert ax.get_title() == "sram: peak 10 B"


def test_given_axes_and_frames_of_another_shape():
    _, axes = plt.subplots(2)
    assert hwsim.plot.tier_occupancy(STEPS, axes=axes) == list(axes)
    with pytest.raises(ConfigError, match="tier: column is missing"):
        hwsim.plot.tier_occupancy(STEPS.drop(columns="tier"))
    with pytest.raises(ConfigError, match=r"same part of the picture \(got 0, sram, activation\)"):
        hwsim.plot.tier_occupancy(pd.concat([STEPS, STEPS.iloc[:1]]))
