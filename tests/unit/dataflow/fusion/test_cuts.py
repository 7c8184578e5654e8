"""Rows of fused tiles against sets of indices."""

import random

import pytest
from chain_oracle import cut_axis as expected_cuts
from random_chains import random_chain

from hwsim.dataflow.fusion.cuts import cut, cut_axis, parts, tilings
from hwsim.dataflow.fusion.sequence import Sequence
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.errors import ConfigError


@pytest.mark.parametrize("seed", range(300))
def test_rows_are_those_of_the_sets(seed):
    generator = random.Random(seed)
    problems = random_chain(generator, generator.randint(1, 4))
    sequence = Sequence(problems)
    for which in (0, 1):
        tile, keep = generator.randint(1, problems[-1].dims[4 + which]), generator.random() < 0.6
        found = cut_axis([sequence.axis(i, which) for i in range(len(problems))], tile, keep)
        assert [(c.made, c.most, c.carried) for c in found] == expected_cuts(problems, which, tile, keep)


@pytest.mark.parametrize("seed", range(60))
def test_kept_rows_are_made_once_and_others_at_least_once(seed):
    problems = random_chain(random.Random(seed), 3)
    sequence = Sequence(problems)
    for tiling in tilings(problems[-1]):
        for keep in (True, False):
            n, columns, rows = cut(sequence, tiling._replace(keep=keep))
            for problem, p, q in zip(problems, columns, rows, strict=True):
                macs = sum(tile.macs * times for tile, times in parts(problem, n, p, q).items())
                assert macs >= problem.macs
                if keep and tiling.p == problems[-1].size("P"):
                    assert macs == problem.macs


def test_operators_that_do_not_match_are_told_at_once():
    one = Problem.of("one", K=4, P=8, Q=8)
    with pytest.raises(ConfigError) as error:
        Sequence((one, Problem.of("two", C=5, P=8, Q=12, N=2), Problem.of("three", P=8, Q=12, N=2)))
    assert str(error.value).splitlines()[1:] == [
        "  problems[1].two: reads other images N than one writes (got 2); allowed: 1",
        "  problems[1].two: reads other channels G x K than one writes (got 5); allowed: 4",
        "  problems[1].two: its windows touch other rows along Q than one writes (got 12); allowed: 8 to 8"]
