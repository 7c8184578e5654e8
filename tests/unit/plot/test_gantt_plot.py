"""Gantt chart: a bar a layer beside its sub-accelerator, in the colour of its job."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from hwsim.errors import ConfigError
from hwsim.plot import gantt
from hwsim.plot.axes import OTHER_COLOUR

FRAME = pd.DataFrame({
    "name": ["a0", "b0", "a1"], "job": ["a", "b", "a"], "sub": ["dla", "shi", "shi"], "start_s": [0.0, 0.0, 3e-3],
    "end_s": [3e-3, 2e-3, 7e-3], "energy_j": [1.0, 1.0, 1.0]})


def test_a_bar_a_layer():
    ax = gantt(FRAME)
    bars = {(round(bar.get_y() + bar.get_height() / 2), bar.get_x(), bar.get_width()) for bar in ax.patches}
    assert bars == {(0, 0.0, 3e-3), (1, 0.0, 2e-3), (1, 3e-3, 4e-3)}
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["dla", "shi"]
    assert len({bar.get_facecolor() for bar in ax.patches}) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    assert ax.get_xlabel() == "time (ms)"
    assert ax.get_title() == "3 layers in 7 ms, sub-accelerators busy 64% of it"  # (3 + 2 + 4) / (2 * 7)
    assert sorted(text.get_text() for text in ax.texts) == ["a0", "a1", "b0"]


def test_a_sub_accelerator_without_layers_has_a_row():
    ax = gantt(FRAME, subs=["idle", "shi", "dla"])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["idle", "shi", "dla"]
    assert ax.get_title().endswith("busy 43% of it")  # 9 / 21


def test_given_axes_and_narrow_bars():
    _, ax = plt.subplots()
    rows = [{"name": f"layer{i}", "job": f"net{i % 12}", "sub": "s", "start_s": 1e-6 * i, "end_s": 1e-6 * (i + 1)}
            for i in range(600)]
    assert gantt(pd.DataFrame(rows), ax) is ax
    assert not ax.texts
    assert [text.get_text() for text in ax.get_legend().get_texts()][-1] == "other (2 jobs)"
    assert plt.matplotlib.colors.to_rgba(OTHER_COLOUR) in {bar.get_facecolor() for bar in ax.patches}


def test_frames_that_cannot_be_drawn():
    with pytest.raises(ConfigError, match=r"2 faults(.|\n)*sub: column is missing(.|\n)*end_s: column is missing"):
        gantt(FRAME.drop(columns=["sub", "end_s"]))
    with pytest.raises(ConfigError, match="no rows to draw"):
        gantt(FRAME.iloc[:0])
    with pytest.raises(ConfigError, match=r"a1: a bar ends before it starts \(got 0\.003 to 0\.001\)"):
        gantt(FRAME.assign(end_s=[3e-3, 2e-3, 1e-3]))
    with pytest.raises(ConfigError, match=r"no row \(got shi\); allowed: dla"):
        gantt(FRAME, subs=["dla"])
