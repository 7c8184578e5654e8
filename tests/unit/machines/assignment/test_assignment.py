"""Assignments by hand: small enough to see the answer."""

import math
import subprocess
import sys

import numpy as np
import pytest
from assignment_cases import networks

from hwsim.engine import event
from hwsim.errors import ConfigError
from hwsim.machines.assignment import AssignmentProblem, assign, to_schedule

METHODS = ("enumerate", "milp", "heuristic")

# Two chains a0 -> a1 and b0 -> b1. The first sub-accelerator is fast and thirsty: 2 s and 9 J a layer, the other 4 s and 4 J.
PAIR = AssignmentProblem.of([[2.0, 4.0]] * 4, [[9.0, 4.0]] * 4, depends=[[], [0], [], [2]], names=["a0", "a1", "b0", "b1"],
                            jobs=["a", "a", "b", "b"], sub_names=["fast", "thrifty"])


@pytest.mark.parametrize("method", METHODS)
def test_least_makespan(method):
    # all fast: 8 s. One layer on the other: three on fast are 6 s, and the fourth runs beside them (0 to 4, then its
    # follower at 4). Two on the other: 8 s.
    answer = assign(PAIR, "latency", method=method)
    assert answer.makespan_s == 6.0
    assert answer.energy_j == 9 + 9 + 9 + 4
    assert (answer.sub == 1).sum() == 1


@pytest.mark.parametrize("method", METHODS)
def test_least_energy(method):
    answer = assign(PAIR, "energy", method=method)
    assert (answer.energy_j, answer.makespan_s, answer.proven) == (16.0, 16.0, True)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("limit_s", "energy_j"), [
    (6.0, 31.0), (7.9, 31.0), (8.0, 26.0), (11.9, 26.0), (12.0, 21.0), (16.0, 16.0)])
def test_least_energy_within_a_limit(method, limit_s, energy_j):
    # 31 J is one thrifty layer (6 s), 26 J two (8 s), 21 J three (12 s), 16 J four (16 s)
    answer = assign(PAIR, "energy", limit_s=limit_s, method=method)
    assert answer.energy_j == energy_j
    assert answer.makespan_s <= limit_s


@pytest.mark.parametrize("method", METHODS)
def test_least_product(method):
    # 8 s 36 J = 288; 6 s 31 J = 186; 8 s 26 J = 208; 12 s 21 J = 252; 16 s 16 J = 256
    answer = assign(PAIR, "edp", method=method)
    assert (answer.makespan_s, answer.energy_j) == (6.0, 31.0)


def test_an_optimum_has_no_gap():
    answer = assign(PAIR, "edp")
    assert answer.proven
    assert answer.gap <= 5e-6


@pytest.mark.parametrize("method", METHODS)
def test_shared_bandwidth_is_part_of_the_makespan(method):
    # 8 s of bytes at the shared bandwidth, whatever runs where; the layers alone end after 6 s
    problem = AssignmentProblem.of(PAIR.latency_s, PAIR.energy_j, 20.0, 10.0, depends=PAIR.predecessors())
    answer = assign(problem, method=method)
    assert answer.makespan_s == pytest.approx(8.0)
    assert answer.lower_bound_s == pytest.approx(8.0)
    assert answer.gap == pytest.approx(0.0, abs=5e-6)


def test_a_link_of_its_own_makes_a_layer_longer():
    problem = AssignmentProblem.of([[1.0, 2.0]], [[1.0, 1.0]], 30.0, 20.0, [10.0, 40.0])
    assert problem.alone_s().tolist() == [[3.0, 2.0]]
    assert problem.duration_s().tolist() == [[3.0, 2.0]]
    assert assign(problem).sub.tolist() == [1]


def test_sharing_slows_down_what_the_plan_has_side_by_side():
    # Two layers of 10 s and 60 bytes beside each other at 8 bytes/s: 7.5 s each alone, 15 s together.
    problem = AssignmentProblem.of([[10.0, np.inf], [np.inf, 10.0]], [[1.0, np.inf], [np.inf, 1.0]], 60.0, 8.0)
    answer = assign(problem)
    assert answer.end_s.tolist() == [10.0, 10.0]
    assert answer.makespan_s == 15.0
    assert event(to_schedule(answer)).makespan_s == 15.0


def test_a_follower_waits_for_the_shared_bytes():
    # The layers above, each with a follower of 1 s and no bytes: the plan says 11 s for them, sharing makes it 16 s.
    both = [[10.0, np.inf], [np.inf, 10.0], [1.0, np.inf], [np.inf, 1.0]]
    problem = AssignmentProblem.of(both, both, [[60.0, 60.0]] * 2 + [[0.0, 0.0]] * 2, 8.0, depends=[[], [], [0], [1]])
    answer = assign(problem)
    assert answer.end_s.max() == 11.0
    assert answer.makespan_s == 15.0
    assert event(to_schedule(answer)).makespan_s == 16.0


def test_layers_in_any_order():
    """A layer may wait for one that is listed after it."""
    problem = AssignmentProblem.of([[1.0], [2.0], [3.0]], [[1.0]] * 3, depends=[[2], [0], []])
    answer = assign(problem)
    assert answer.order.tolist() == [2, 0, 1]
    assert answer.start_s.tolist() == [3.0, 4.0, 0.0]


def test_layers_that_take_no_time():
    problem = AssignmentProblem.of([[0.0, 0.0]] * 3, [[0.0, 0.0]] * 3, depends=[[1], [2], []])
    for objective in ("latency", "energy", "edp"):
        answer = assign(problem, objective)
        assert (answer.makespan_s, answer.energy_j, answer.gap) == (0.0, 0.0, 0.0)
        assert event(to_schedule(answer)).ticks == 0


def test_frame_has_a_row_a_layer_in_the_order_of_time():
    frame = assign(PAIR, "energy").frame()
    assert list(frame.columns) == ["name", "job", "sub", "start_s", "end_s", "energy_j"]
    assert frame["start_s"].tolist() == [0.0, 4.0, 8.0, 12.0]
    assert set(frame["sub"]) == {"thrifty"}
    assert frame["energy_j"].sum() == 16.0
    assert sorted(zip(frame["name"], frame["job"], strict=True)) == [("a0", "a"), ("a1", "a"), ("b0", "b"), ("b1", "b")]


def test_same_bytes_in_another_process():
    program = ("import numpy as np, hashlib, assignment_cases\nfrom hwsim.machines.assignment import assign\n"
               "p = assignment_cases.networks(np.random.default_rng(4), (12, 9, 15), 3)\n"
               "h = hashlib.sha256()\n"
               "for o, l in (('latency', np.inf), ('edp', np.inf), ('energy', 1e-3)):\n"
               "    a = assign(p, o, limit_s=l, method='heuristic')\n"
               "    [h.update(x.tobytes()) for x in (a.sub, a.start_s, a.end_s)]\n"
               "print(h.hexdigest())")
    runs = {subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                           env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}
    assert len(runs) == 1


def test_a_limit_that_nothing_keeps_to():
    for method in ("enumerate", "milp", "auto"):
        with pytest.raises(ConfigError, match=r"the least makespan of all assignments is 6 s \(got 5\.9 s\)"):
            assign(PAIR, "energy", limit_s=5.9, method=method)
    # shares of layers: 16/3 s of work on each, x = 2 2/3 layers on the fast one and 1 1/3 on the other
    with pytest.raises(ConfigError, match=r"the least makespan found is 6 s, and none is below 5\.33333 s \(got 5\.9 s\)"):
        assign(PAIR, "energy", limit_s=5.9, method="heuristic")
    many = networks(np.random.default_rng(0), (30, 40), 3)
    with pytest.raises(ConfigError, match=r"assign\.limit_s: no assignment ends within the limit: the least .* is \d+"):
        assign(many, "energy", limit_s=1e-6, method="heuristic")


def test_all_faults_of_a_problem_at_once():
    with pytest.raises(ConfigError) as caught:
        AssignmentProblem.of(
            [[1.0, -2.0], [np.inf, np.inf], [math.nan, 1.0]], [[1.0, 1.0]] * 3, [[1.0, np.inf]] * 3, 0.0, [1.0, -1.0],
            depends=[[1], [0], []], names=["a", "a", "c"])
    text = str(caught.value)
    assert len(caught.value.faults) == 7
    for part in ("-2 of a on sub1, nan of c on sub0", "inf of a on sub1", "bandwidth_bytes_per_s: out of range (got 0)",
                 "-1 of sub1", "no sub-accelerator can run the layer (got a)", "names must differ (got a)", "in a circle"):
        assert part in text


def test_faults_of_shapes_and_dependences():
    with pytest.raises(ConfigError, match=r"3 faults(.|\n)*energy_j.*shape \(2, 2\)(.|\n)*bandwidth.*shape \(1,\)(.|\n)*rows"):
        AssignmentProblem.of([[1.0, 2.0]] * 3, [[1.0, 2.0]] * 2, 0.0, 1.0, [1.0], depends=[[], [0]])
    with pytest.raises(ConfigError, match=r"wait for each other in a circle.*layer0, layer1"):
        AssignmentProblem.of([[1.0]] * 3, [[1.0]] * 3, depends=[[1], [0], []])
    with pytest.raises(ConfigError, match=r"no such layer to wait for \(got 7\); allowed: 0 to 1"):
        AssignmentProblem.of([[1.0]] * 2, [[1.0]] * 2, depends=[[], [7]])
    with pytest.raises(ConfigError, match="at least one of each"):
        AssignmentProblem.of(np.zeros((0, 2)), np.zeros((0, 2)))


def test_faults_of_a_question():
    with pytest.raises(ConfigError, match=r"3 faults(.|\n)*mean 'latency'(.|\n)*mean 'milp'(.|\n)*time_limit_s"):
        assign(PAIR, "latncy", method="mlp", time_limit_s=0.0)
    with pytest.raises(ConfigError, match="a limit belongs to the objective energy"):
        assign(PAIR, "edp", limit_s=3.0)
    many = networks(np.random.default_rng(0), (50, 50), 3)
    with pytest.raises(ConfigError, match="too many layers for the mixed integer program"):
        assign(many, method="milp")
    with pytest.raises(ConfigError, match="too many assignments to enumerate"):
        assign(many, method="enumerate")
