"""What changed between two results."""

import math

import hwsim


def test_equal_results_have_no_difference(make_result):
    difference = hwsim.diff(make_result(), make_result())
    assert difference.frame.empty  # NaN intensities of both are equal
    assert repr(difference) == "net on toy (analytic) -> net on toy (analytic): no difference"


def faster(make_result):
    """Return the hand-made result with 90 weight-stall cycles in ``fc`` where 360 were, and one layer less."""
    old = make_result().layers.to_dict(orient="records")
    rows = [dict(row) for row in old if row["name"] != "relu1"]
    rows[1]["weight_stall_cycles"] = 90.0
    provenance = {"hwsim_version": "0.1.0", "template_hash": "cc", "workload_hash": "bb"}
    return make_result(rows, accelerator="toy2", provenance=provenance)


def test_totals_layers_and_provenance_that_differ(make_result):
    frame = hwsim.diff(make_result(), faster(make_result)).frame
    fc = frame[(frame["layer"] == "fc") & (frame["quantity"] == "cycles")].iloc[0]
    assert (fc["before"], fc["after"], fc["change"], fc["unit"]) == (400.0, 130.0, -270.0, "cycle")
    assert fc["ratio"] == 130 / 400
    total = frame[(frame["item"] == "total") & (frame["quantity"] == "cycles")].iloc[0]
    assert (total["before"], total["after"]) == (616.0, 330.0)  # 616 - 270 - 16
    provenance = frame[frame["item"] == "provenance"]
    assert provenance[["quantity", "before", "after"]].to_numpy().tolist() == [["template_hash", "aa", "cc"]]
    assert set(frame[frame["item"] == "layer"]["layer"]) == {"fc", "relu1"}  # conv1 is the same
    gone = frame[frame["layer"] == "relu1"]
    assert gone[["quantity", "before", "after"]].to_numpy().tolist() == [["present", "yes", "no"]]
    assert math.isnan(gone["ratio"].iloc[0])


def test_text_is_an_aligned_table(make_result):
    lines = repr(hwsim.diff(make_result(), faster(make_result))).splitlines()
    assert lines[0] == "net on toy (analytic) -> net on toy2 (analytic)"
    assert "2 layers differ; cycles of those whose time changed most" in lines
    assert lines[-2].split() == ["fc", "400", "130", "-270", "0.325", "cycle"]
    assert lines[-1].split() == ["relu1", "yes", "no"]
