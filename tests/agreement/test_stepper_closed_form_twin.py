"""Three accounts of the systolic arrays agree: registers stepped cycle by cycle, closed forms, a list of folds."""

import numpy as np
import pytest

from hwsim.dataflow import systolic_twin
from hwsim.dataflow.stepper import step
from hwsim.dataflow.systolic import DATAFLOWS, access_counts, stall_free_cycles, stall_free_sweep

CASES_A_SEED = 70  # x 5 seeds = 350 shapes a dataflow
SEEDS = range(5)


def random_cases(seed):
    """Yield (m, n, k, rows, cols, chunk); small arrays, so that every kind of edge fold turns up."""
    rng = np.random.default_rng(seed)
    for _ in range(CASES_A_SEED):
        m, n, k = (int(x) for x in rng.integers(1, 20, 3))
        rows, cols = (int(x) for x in rng.integers(1, 8, 2))
        yield m, n, k, rows, cols, int(rng.integers(1, 22))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("pipelined", [False, True])
@pytest.mark.parametrize("dataflow", ["ws", "os", "is"])
def test_three_accounts_agree(dataflow, pipelined, seed):
    rng = np.random.default_rng(1000 + seed)
    for m, n, k, rows, cols, chunk in random_cases(seed):
        case = (dataflow, pipelined, m, n, k, rows, cols, chunk)
        depth = None if dataflow == "os" else chunk
        a, b = rng.integers(-128, 128, (m, k)), rng.integers(-128, 128, (k, n))
        stepped = step(a, b, rows, cols, dataflow, pipelined_folds=pipelined, accumulator_rows=depth)
        assert (stepped.product == a @ b).all(), case
        closed = stall_free_cycles(m, n, k, 1, 1, rows, cols, DATAFLOWS[dataflow], pipelined, False, float(chunk))
        twin = systolic_twin.stall_free_cycles(
            m, n, k, 1, rows, cols, dataflow, pipelined_folds=pipelined, accumulator_rows=chunk)
        assert stepped.cycles == closed == twin, case

        ifmap, filters, ofmap, psum = access_counts(m, n, k, rows, cols, DATAFLOWS[dataflow], False, float(chunk))
        streamed, stationary = (filters, ifmap) if dataflow == "is" else (ifmap, filters)
        assert (stepped.streamed_reads, stepped.stationary_reads, stepped.result_writes) == (streamed, stationary, ofmap), case
        assert psum == ofmap - m * n, case  # every write of a sum but its first follows a read


def test_an_array_as_deep_as_the_product_needs_no_chunks():
    """``accumulator_rows=None`` is one chunk."""
    a, b = np.arange(12).reshape(4, 3), np.arange(6).reshape(3, 2)
    for dataflow, streamed in (("ws", 4), ("is", 2)):
        assert step(a, b, 2, 2, dataflow).cycles == step(a, b, 2, 2, dataflow, accumulator_rows=streamed).cycles


@pytest.mark.parametrize("pipelined", [False, True])
@pytest.mark.parametrize("dataflow", ["ws", "os", "is"])
def test_groups_follow_one_another(dataflow, pipelined):
    """Groups are further folds: serial ones add up; pipelined ones overlap as folds of one group do (fold list)."""
    rng = np.random.default_rng(7)
    for _ in range(100):
        m, n, k, groups = (int(x) for x in rng.integers(1, 15, 4))
        rows, cols, chunk = int(rng.integers(1, 7)), int(rng.integers(1, 7)), int(rng.integers(1, 16))
        closed = stall_free_cycles(m, n, k, groups, 1, rows, cols, DATAFLOWS[dataflow], pipelined, False, float(chunk))
        twin = systolic_twin.stall_free_cycles(
            m, n, k, groups, rows, cols, dataflow, pipelined_folds=pipelined, accumulator_rows=chunk)
        assert closed == twin, (m, n, k, groups, rows, cols, chunk)


@pytest.mark.parametrize("convention", ["physical", "scalesim"])
@pytest.mark.parametrize("pipelined", [False, True])
@pytest.mark.parametrize("dataflow", ["ws", "os", "is"])
def test_the_sweep_is_the_scalar_form_elementwise(dataflow, pipelined, convention):
    rng = np.random.default_rng(11)
    top = np.array([3000, 3000, 3000, 12, 9])
    layers = np.vstack([rng.integers(1, top, (60, 5)), [[2**40, 200, 7, 1, 1]], [[1, 1, 1, 1, 1]]]).astype(float)
    rows, cols = rng.integers(1, 600, 40).astype(float), rng.integers(1, 600, 40).astype(float)
    depth = rng.integers(1, 5000, 40).astype(float)
    swept = stall_free_sweep(layers, rows, cols, dataflow, pipelined_folds=pipelined, convention=convention,
                             accumulator_rows=depth)
    for i, (m, n, k, groups, steps) in enumerate(layers):
        for p in range(rows.size):
            one = stall_free_cycles(m, n, k, groups, steps, rows[p], cols[p], DATAFLOWS[dataflow], pipelined,
                                    convention == "scalesim", depth[p])
            assert swept[i, p] == one, (i, p)


def test_an_unknown_dataflow_is_refused():
    with pytest.raises(ValueError, match="known: ws, os, is"):
        step(np.ones((1, 1)), np.ones((1, 1)), 1, 1, "rs")
