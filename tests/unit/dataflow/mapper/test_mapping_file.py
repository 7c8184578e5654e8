"""Mappings and results in files."""

import json

import pytest
from mapper_cases import machine

from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.kept import Kept
from hwsim.dataflow.mapper.map_problem import map_problem
from hwsim.dataflow.mapper.mapping_file import load_mapping, save
from hwsim.errors import ConfigError

PROBLEM = Problem.of("conv", K=6, C=5, P=7, R=3)


def test_a_saved_mapping_costs_the_same(tmp_path):
    result = map_problem(PROBLEM, machine())
    save(result.mapping, tmp_path / "mapping.json")
    loaded = load_mapping(tmp_path / "mapping.json")
    assert loaded == result.mapping and loaded.text == result.nest.text(("dram", "glb"))
    assert (evaluate(PROBLEM, loaded.nest, machine().levels).cost == result.cost.cost).all()


def test_every_fault_of_a_mapping_file_is_told(tmp_path):
    path = tmp_path / "mapping.yaml"
    path.write_text("levels: [dram, glb]\nloops: [[K, 2, temporal], [C, two, x], [P, 2, z]]\n"
                    "position: {filter: [0, 1], ifmap: [0], ofmap: [0, null]}\n")
    with pytest.raises(ConfigError) as error:
        load_mapping(path)
    assert [fault.path for fault in error.value.faults] == ["loops[1]", "loops[2]", "position.ifmap"]


def test_results_are_found_again_in_a_folder(tmp_path):
    first = map_problem(PROBLEM, machine(), kept=Kept(tmp_path))
    (file,) = tmp_path.iterdir()
    assert json.loads(file.read_text())["evaluated"] == first.evaluated
    again = map_problem(PROBLEM, machine(), kept=Kept(tmp_path))
    assert (again.nest, again.evaluated, again.space_size, again.proven) == (
        first.nest, first.evaluated, first.space_size, first.proven)
    map_problem(PROBLEM, machine(801), kept=Kept(tmp_path))
    map_problem(PROBLEM, machine(), "energy", kept=Kept(tmp_path))
    assert len(list(tmp_path.iterdir())) == 3  # another machine, another objective
