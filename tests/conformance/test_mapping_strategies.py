"""Every mapping strategy keeps the same promises."""

import pytest
from mapper_cases import machine

from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import map_problem
from hwsim.dataflow.mapper.strategy import STRATEGIES
from hwsim.errors import ConfigError

PROBLEM = Problem.of("conv", (2, 1), K=6, C=5, P=7, R=3)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_question_has_the_same_answer(strategy):
    one, other = (map_problem(PROBLEM, machine(), "edp", strategy, seed=3) for _ in range(2))
    assert (one.nest, one.evaluated, one.proven) == (other.nest, other.evaluated, other.proven)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("objective", ["latency", "energy", "edp"])
def test_the_mapping_covers_the_problem_and_fits(strategy, objective):
    result = map_problem(PROBLEM, machine(), objective, strategy)
    again = evaluate(PROBLEM, result.nest, machine().levels)
    assert (again.cost == result.cost.cost).all()
    assert result.strategy == strategy and result.evaluated > 0 and result.space_size > 1


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_machine_without_room_is_refused(strategy):
    with pytest.raises(ConfigError, match="glb cannot hold one word of each operand"):
        map_problem(PROBLEM, machine(40), "edp", strategy)
