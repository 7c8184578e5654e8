"""Comparison: a bar a pair, with its value and unit."""

import pandas as pd
import pytest

import hwsim
from hwsim.errors import ConfigError

FRAME = pd.DataFrame({
    "accelerator": ["a", "b", "a", "b"], "workload": ["n1", "n1", "n2", "n2"],
    "latency_s": [1e-3, 2e-3, 3e-3, 4e-3], "utilisation": [0.1, 0.2, 0.3, 0.4], "bound": ["array"] * 4,
})


def test_a_bar_a_pair_grouped_by_workload():
    ax = hwsim.plot.comparison(FRAME)
    assert [bar.get_width() for bar in ax.patches] == [1e-3, 3e-3, 2e-3, 4e-3]  # a on n1, n2; b on n1, n2
    rows = [round(bar.get_y() + bar.get_height() / 2) for bar in ax.patches]
    assert rows == [0, 1, 0, 1]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["n1", "n2"]
    assert [text.get_text() for text in ax.texts] == ["1 ms", "3 ms", "2 ms", "4 ms"]
    assert ax.get_xlabel() == "latency"  # the ticks have the unit
    assert ax.get_title() == "time of the whole job"


def test_another_metric_and_a_missing_pair():
    ax = hwsim.plot.comparison(FRAME.iloc[:3], metric="utilisation")
    assert [text.get_text() for text in ax.texts] == ["10.0%", "30.0%", "20.0%", ""]
    assert ax.get_xlabel() == "utilisation"


def test_unknown_metric_names_the_nearest():
    with pytest.raises(ConfigError, match=r"unknown metric.*'latency'.*did you mean 'latency_s'"):
        hwsim.plot.comparison(FRAME, metric="latency")
    with pytest.raises(ConfigError, match="unknown metric"):
        hwsim.plot.comparison(FRAME, metric="bound")  # text


def test_logarithmic_axis_keeps_si_ticks(make_result):
    frame = pd.DataFrame({"workload": "n", "accelerator": ["a", "b"], "latency_s": [1e-4, 2e-3]})
    ax = hwsim.plot.comparison(frame, log=True)
    assert ax.get_xscale() == "log"
    assert ax.xaxis.get_major_formatter()(1e-3) == "1 ms"
    assert ax.xaxis.get_minor_formatter()(2e-3) == ""


def test_batches_are_groups_of_their_own():
    frame = pd.DataFrame({"workload": "n", "accelerator": "a", "batch": [1, 8], "latency_s": [1e-3, 4e-3]})
    ax = hwsim.plot.comparison(frame)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["n, batch 1", "n, batch 8"]
    assert [bar.get_width() for bar in ax.patches] == [1e-3, 4e-3]


def test_rows_of_one_bar_are_refused_rather_than_averaged():
    with pytest.raises(ConfigError, match=r"several rows are the same bar.*n1 on a"):
        hwsim.plot.comparison(pd.concat([FRAME, FRAME.iloc[:1]]))
