"""TPU v1 on the six applications of Jouppi et al., ISCA 2017, and the README's tables of published numbers."""

import runpy
from pathlib import Path
from statistics import fmean

import pytest

HERE = Path(__file__).parent
TABLE = runpy.run_path(str(HERE / "validation_table.py"))
APPLICATIONS = TABLE["APPLICATIONS"]


@pytest.fixture(scope="module")
def outcomes():
    return {app.name: TABLE["outcome"](app) for app in APPLICATIONS}


@pytest.mark.parametrize("app", APPLICATIONS, ids=lambda app: app.name)
def test_shares_of_time_within_ten_points(app, outcomes):
    assert outcomes[app.name].weight_stall_percent == pytest.approx(app.weight_stall_percent, abs=10)
    assert outcomes[app.name].weight_shift_percent == pytest.approx(app.weight_shift_percent, abs=10)


@pytest.mark.parametrize("status", [("validated",), ("validated", "calibrated")], ids=["validated", "all"])
def test_mean_tops_error_is_at_most_half_of_the_roofline_s(status, outcomes):
    chosen = [app for app in APPLICATIONS if app.status in status]
    model = fmean(abs(outcomes[app.name].tops / app.tops - 1) for app in chosen)
    roofline = fmean(abs(outcomes[app.name].roofline_tops / app.tops - 1) for app in chosen)
    assert model <= roofline / 2


@pytest.mark.parametrize(("name", "weights", "intensity", "batch", "products"), [
    # Table 1: weights, operations a weight byte, batch, fully connected and convolutional layers
    ("MLP0", 20e6, 200, 200, 5), ("MLP1", 5e6, 168, 168, 4), ("LSTM0", 52e6, 64, 64, 24), ("LSTM1", 34e6, 96, 96, 37),
    ("CNN0", 8e6, 2888, 8, 16), ("CNN1", 100e6, 1750, 32, 76),
])
def test_applications_have_the_stated_size(name, weights, intensity, batch, products):
    network = next(app for app in APPLICATIONS if app.name == name).network
    assert network.weight_bytes == pytest.approx(weights, rel=0.03)
    assert network.macs / network.weight_bytes == pytest.approx(intensity, rel=0.06)
    assert network.provenance["batch"] == str(batch)
    assert sum(work.gemm is not None for work in network.works) == products


@pytest.mark.parametrize(("side", "tiles", "microseconds"), [(256, 9, 18), (512, 4, 32)])
def test_600x600_weights(side, tiles, microseconds):
    """Section 7: 9 tiles in 18 us, and 4 tiles in 32 us where the array is 512 x 512."""
    ours = TABLE["weight_fetch"](side)
    assert ours[0] == tiles
    assert ours[1] == pytest.approx(microseconds, rel=0.05)


@pytest.mark.parametrize("lines", ["application_lines", "anchor_lines"])
def test_the_readme_shows_what_the_model_says_now(lines):
    readme = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    assert "\n".join(TABLE[lines]()) in readme, "run tests/reference/validation_table.py and paste what it prints"
