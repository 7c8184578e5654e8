"""Every moment of a hand-made timeline has one cause and one kernel."""

import numpy as np
import pytest

from hwsim.machines.waits import ARRAY, CAUSES, INPUT, NOTHING, OUTPUT, OVERHEAD, VECTOR, WEIGHT, attribute


def given(tasks, kernels):
    """Return {(kernel, cause): ticks} of tasks (begin, end, cause, kernel)."""
    begin, end, cause, kernel = (np.array(column, np.int64) for column in zip(*tasks, strict=True))
    tick = np.concatenate([begin, end])
    is_end = np.arange(tick.size) >= cause.size
    out = np.zeros((kernels, CAUSES), np.int64)
    attribute(np.lexsort((~is_end, tick)), tick, is_end, cause, kernel, out)
    assert out.sum() == end.max()
    return {(k, c): int(out[k, c]) for k in range(kernels) for c in range(CAUSES) if out[k, c]}


def test_the_array_hides_everything_else():
    tasks = [(0, 10, ARRAY, 0), (0, 4, WEIGHT, 0), (2, 9, VECTOR, 0), (3, 7, OUTPUT, 0), (10, 12, ARRAY, 1)]
    assert given(tasks, 2) == {(0, ARRAY): 10, (1, ARRAY): 2}


def test_the_vector_unit_hides_memories():
    tasks = [(0, 4, ARRAY, 0), (2, 9, VECTOR, 0), (3, 20, OUTPUT, 0)]
    assert given(tasks, 1) == {(0, ARRAY): 4, (0, VECTOR): 5, (0, OUTPUT): 11}


def test_a_wait_belongs_to_who_waits_and_to_what_came_last():
    """Inputs were there at 3, filters at 5: the array waited for filters, with the inputs' time in it."""
    tasks = [(0, 3, INPUT, 1), (0, 5, WEIGHT, 1), (5, 9, ARRAY, 1)]
    assert given(tasks, 2) == {(1, WEIGHT): 5, (1, ARRAY): 4}
    tasks = [(0, 5, INPUT, 1), (0, 3, WEIGHT, 1), (5, 9, ARRAY, 1)]
    assert given(tasks, 2) == {(1, INPUT): 5, (1, ARRAY): 4}


def test_a_first_word_is_overhead_and_a_gap_too():
    tasks = [(0, 3, OVERHEAD, 0), (3, 5, INPUT, 0), (5, 6, ARRAY, 0), (8, 9, ARRAY, 0)]
    assert given(tasks, 1) == {(0, OVERHEAD): 5, (0, INPUT): 2, (0, ARRAY): 2}


def test_stores_at_the_end_belong_to_the_last_kernel_that_worked():
    tasks = [(0, 2, ARRAY, 0), (2, 6, OUTPUT, 0), (6, 8, ARRAY, 1), (8, 11, OUTPUT, 1)]
    assert given(tasks, 2) == {(0, ARRAY): 2, (0, OUTPUT): 4, (1, ARRAY): 2, (1, OUTPUT): 3}


def test_loads_for_the_next_kernel_beside_a_store_are_the_next_kernels_wait():
    tasks = [(0, 2, ARRAY, 0), (2, 6, OUTPUT, 0), (3, 7, WEIGHT, 1), (7, 8, ARRAY, 1)]
    assert given(tasks, 2) == {(0, ARRAY): 2, (0, OUTPUT): 1, (1, WEIGHT): 4, (1, ARRAY): 1}


def test_marks_and_tasks_of_no_time_have_no_moments():
    tasks = [(0, 0, NOTHING, 0), (0, 0, ARRAY, 0), (0, 4, NOTHING, 0), (4, 4, VECTOR, 0), (4, 6, ARRAY, 1)]
    assert given(tasks, 2) == {(1, OVERHEAD): 4, (1, ARRAY): 2}


@pytest.mark.parametrize("cause", [WEIGHT, INPUT, OUTPUT, OVERHEAD])
def test_where_nothing_works_the_first_kernel_has_it_all(cause):
    assert given([(0, 7, cause, 1)], 2) == {(0, cause): 7}
