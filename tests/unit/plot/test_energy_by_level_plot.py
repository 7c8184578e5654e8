"""Energy by memory level: bars sum to the table, panels share rows, scale and colours."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt

import hwsim
from hwsim.errors import ConfigError

LEVELS = pd.DataFrame({"dram": [4e-6, 1e-6, 1e-9], "glb": [2e-6, 2e-6, 0.0], "NoC": [1e-6, 0.0, 0.0], "static": [0.0] * 3},
                      index=["a", "b", "c"])


def test_bars_are_the_table():
    (ax,) = hwsim.plot.energy_by_level(LEVELS)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([*LEVELS["dram"], *LEVELS["glb"], *LEVELS["NoC"]])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["dram", "glb", "NoC"]  # static takes nothing
    assert ax.get_title() == "10 µJ"
    assert ax.xaxis.get_major_formatter()(2e-6) == "2 µJ"


def test_panels_share_layers_scale_and_colours():
    other = LEVELS.rename(columns={"glb": "pad"}) * 3
    axes = hwsim.plot.energy_by_level({"x": LEVELS, "y": other}, top=2)
    assert [ax.get_title() for ax in axes] == ["x: 10 µJ", "y: 30 µJ"]
    assert axes[0].get_xlim() == axes[1].get_xlim() == (0.0, pytest.approx(1.1 * 21e-6))
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == ["a", "b", "other (1 layers)"]
    assert axes[0].get_legend() is None
    legend = axes[1].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["dram", "glb", "pad", "NoC"]
    colours = [handle.patches[0].get_facecolor() for handle in axes[0].containers]
    assert axes[1].containers[0].patches[0].get_facecolor() == colours[0]  # dram
    assert axes[1].containers[1].patches[0].get_facecolor() not in colours  # pad is not glb
    assert len(axes[0].patches) == 9 and sum(bar.get_width() for bar in axes[1].patches) == pytest.approx(30.003e-6)


def test_many_levels_have_colours_of_their_own():
    levels = pd.DataFrame([[1e-6] * 12], index=["a"], columns=[*(f"m{i}" for i in range(9)), "NoC", "MAC", "static"])
    (ax,) = hwsim.plot.energy_by_level(levels)
    assert len({bar.get_facecolor() for bar in ax.patches}) == 12


def test_given_axes_are_used():
    _, ax = plt.subplots()
    assert hwsim.plot.energy_by_level(LEVELS, [ax]) == [ax]
    assert plt.get_fignums() == [1]


def test_panels_of_different_layers_are_refused():
    with pytest.raises(ConfigError, match=r"same layers.*x: 3, y: 2"):
        hwsim.plot.energy_by_level({"x": LEVELS, "y": LEVELS.iloc[:2]})
    with pytest.raises(ConfigError, match="same layers"):
        hwsim.plot.energy_by_level({})
