"""Draw without a screen, and close what a test has drawn."""

import matplotlib as mpl
import pytest


@pytest.fixture(autouse=True)
def figures():
    mpl.use("Agg")
    yield
    from matplotlib import pyplot as plt

    plt.close("all")
