"""Small products on small arrays against cycles counted by hand; derivations stand beside the numbers."""

from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from hwsim.dataflow.stepper import step
from hwsim.dataflow.systolic import DATAFLOWS, stall_free_cycles

CASES = YAML(typ="safe").load(Path(__file__).with_name("systolic_hand_cases.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_closed_form(case):
    chunk = float(case.get("chunk", 2**20))
    scalesim = case.get("convention") == "scalesim"
    cycles = stall_free_cycles(*case["shape"], 1, 1, *case["array"], DATAFLOWS[case["dataflow"]], case.get("pipelined", False),
                               scalesim, chunk)
    assert cycles == case["cycles"]


@pytest.mark.parametrize("case", [c for c in CASES if "convention" not in c], ids=lambda case: case["name"])
def test_stepper(case):
    m, n, k = case["shape"]
    a, b = np.arange(1, m * k + 1).reshape(m, k), np.arange(1, k * n + 1).reshape(k, n)
    stepped = step(a, b, *case["array"], case["dataflow"], pipelined_folds=case.get("pipelined", False),
                   accumulator_rows=case.get("chunk"))
    assert stepped.cycles == case["cycles"]
    assert (stepped.product == a @ b).all()
