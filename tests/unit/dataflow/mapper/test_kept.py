"""Results of searches kept in memory and in a folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mapper_cases import machine

import hwsim
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper import map_problem as searches
from hwsim.dataflow.mapper.kept import FOLDER_VARIABLE, Kept, KeptWarning, content_key, kept_of_process
from hwsim.dataflow.mapper.map_problem import map_problem
from hwsim.dataflow.mapper.objective import Objective
from hwsim.errors import ConfigError

PROBLEM = Problem.of("conv", K=6, C=5, P=7, R=3)


@pytest.fixture
def counted(monkeypatch):
    """Names of the problems that were searched."""
    searched = []
    prepare = searches.prepare
    monkeypatch.setattr(searches, "prepare", lambda problem, space: searched.append(problem.name) or prepare(problem, space))
    return searched


def test_the_same_question_is_searched_once(counted):
    kept = Kept()
    first = map_problem(PROBLEM, machine(), kept=kept)
    twin = Problem("twin", PROBLEM.dims)
    again = map_problem(twin, machine(), kept=kept)
    assert counted == ["conv"] and again.nest == first.nest and again.cost.problem is twin
    map_problem(PROBLEM, machine(), "energy", kept=kept)
    map_problem(Problem("strided", PROBLEM.dims, (2, 1)), machine(), kept=kept)
    assert counted == ["conv", "conv", "strided"]


def test_the_oldest_goes_first(counted):
    kept = Kept(most=2)
    for size in (3, 4, 3, 5, 3, 4):
        map_problem(Problem.of(f"K{size}", K=size), machine(), kept=kept)
    assert counted == ["K3", "K4", "K5", "K4"]


def test_files_of_no_use_are_told_and_replaced(tmp_path, counted):
    first = map_problem(PROBLEM, machine(), kept=Kept(tmp_path))
    (file,) = tmp_path.iterdir()
    good = file.read_text()
    dear = json.loads(good)
    dear["mapping"]["loops"].reverse()  # covers as much, and costs something else
    wrong = json.loads(good)
    wrong["mapping"]["loops"][0][1] = 1000
    huge = json.loads(good)
    huge["mapping"]["loops"][0][1] = 10**30
    for text in (json.dumps(huge), "", "{", "[]", "{}", "[" * 100_000, json.dumps(dear), json.dumps(wrong), "\udcff"):
        file.write_bytes(text.encode(errors="surrogateescape"))
        with pytest.warns(KeptWarning, match=f"{file.name}: not a kept mapping, searched again"):
            assert map_problem(PROBLEM, machine(), kept=Kept(tmp_path)).nest == first.nest
        assert file.read_text() == good
    assert len(counted) == 10 and list(tmp_path.iterdir()) == [file]
    file.unlink()
    file.mkdir()  # can be neither read nor replaced
    with pytest.warns(KeptWarning) as told:
        assert map_problem(PROBLEM, machine(), kept=Kept(tmp_path)).nest == first.nest
    assert [str(entry.message).startswith("mapping not kept") for entry in told] == [False, True]


def test_a_changed_mapper_has_other_keys(monkeypatch):
    asked = (PROBLEM, machine(), Objective.of("edp"), "pruned", 0)
    key = content_key(*asked)
    with monkeypatch.context() as changed:
        changed.setattr("hwsim.dataflow.mapper.kept.SOURCES", 1)
        assert content_key(*asked) != key
    assert content_key(*asked) == key


def test_nothing_is_written_unless_asked_for(monkeypatch, tmp_path):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    assert kept_of_process().folder is None and kept_of_process() is kept_of_process()
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "new"))
    assert kept_of_process().folder == tmp_path / "new" / "mappings"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(ConfigError, match=r"HWSIM_CACHE_DIR: .*mappings cannot be kept here: Not a directory"):
        kept_of_process()


def test_processes_share_a_folder(tmp_path):
    code = ("from mapper_cases import machine\nfrom hwsim.dataflow.loopnest.problem import Problem\n"
            "from hwsim.dataflow.mapper.map_problem import map_problem\n"
            "from hwsim.dataflow.mapper.kept import kept_of_process\n"
            "for k in range(2, 12):\n"
            "    print(map_problem(Problem.of('p', K=k, C=5), machine(), kept=kept_of_process()).nest)\n")
    paths = (Path(hwsim.__file__).parents[1], Path(__file__).parents[3])
    environment = {**os.environ, FOLDER_VARIABLE: str(tmp_path), "PYTHONPATH": os.pathsep.join(map(str, paths)),
                   "PYTHONWARNINGS": "error"}
    runs = [subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(2)]
    texts = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0] and texts[0] == texts[1]
    assert len(list((tmp_path / "mappings").iterdir())) == 10
