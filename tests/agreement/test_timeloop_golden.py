"""The convention ``timeloop`` against the printed results of Timeloop v2.0 on fixed mappings: every field of every case."""

import copy
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hwsim.cli import main
from hwsim.dataflow.loopnest.case_exact import exact_results
from hwsim.dataflow.loopnest.case_file import read_case
from hwsim.dataflow.loopnest.timeloop_results import timeloop_results

DATA = Path(__file__).parents[3] / "shared" / "reference" / "data" / "timeloop_model"
FILES = sorted(DATA.glob("golden_*.json"))
pytestmark = pytest.mark.skipif(not FILES, reason=f"no Timeloop reference cases at {DATA}")


def expected(case):
    """Return the printed results, with what the rules give where the file declares an artifact of the program."""
    results = copy.deepcopy(case["results"])
    networks = {network["outer"]: network for network in results["networks"]}
    for artifact in case["known_artifacts"]:
        at, *path = artifact["field"].split(".")
        if at.startswith("net "):
            target = networks[at.removeprefix("net ")]["operands"][path[0]]
        elif len(path) == 2:
            target = results["levels"][at]["operands"][path[0]]
        else:
            target = results["levels"][at] if path else results
        assert target[(path or [at])[-1]] == artifact["timeloop"]
        target[(path or [at])[-1]] = artifact["rule_a"]
        if len(path) == 2 and not at.startswith("net "):
            follow(target, results["levels"][at]["cycles"])
    return results


def follow(operand, cycles):
    """Set the fields that repeat others: of an input where an artifact is undone."""
    operand["address_generations"] = operand["reads"] + operand["fills"]
    operand["energy_per_instance_pj"] = operand["energy_total_pj"] / operand["utilized_instances"]
    operand["read_bandwidth_per_instance"] = round(operand["reads"] / cycles, 2)
    operand["write_bandwidth_per_instance"] = round(operand["fills"] / cycles, 2)


def differences(ours, theirs, path=""):
    if isinstance(theirs, dict):
        yield from (f"{path}.{key}: only in one" for key in ours.keys() ^ theirs.keys())
        for key in ours.keys() & theirs.keys():
            yield from differences(ours[key], theirs[key], f"{path}.{key}")
    elif isinstance(theirs, list):
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(a, b, f"{path}.{i}")
    elif ours != theirs or type(ours) is not type(theirs):
        yield f"{path}: {ours} for {theirs}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_field(path):
    case = json.loads(path.read_text())
    wrong = list(differences(timeloop_results(read_case(path)), expected(case)))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case_is_written_as_it_was_read(path):
    given = json.loads(path.read_text())
    written = read_case(path).data()
    assert written == {key: given[key] for key in ("name", "problem", "architecture", "mapping")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_exact_convention_gives_what_exact_overlap_would(path):
    """The files say what reuse of any overlap would give; outputs differ besides by fills that nobody makes."""
    given = json.loads(path.read_text())
    differs = {entry["field"]: entry["rule_b"] for entry in given["exact_overlap_differs"]}
    found = exact_results(read_case(path))
    assert found["mac"]["cycles"] == given["results"]["mac"]["cycles"]
    for name, level in given["results"]["levels"].items():
        for operand, row in level["operands"].items():
            for key in ("reads", "updates") if operand == "outputs" and name == "DRAM" else (
                    ("updates",) if operand == "outputs" else ("reads", "fills")):
                expected = differs.get(f"{name}.{operand}.{key}", row[key]) * row["utilized_instances"]
                assert found["levels"][name]["operands"][operand][key] == expected, (name, operand, key)


def test_command_prints_the_results():
    path = FILES[0]
    args = ["map", "--evaluate", str(path), "--convention", "timeloop"]
    printed = CliRunner().invoke(main, [*args, "--json", "-"])
    assert printed.exit_code == 0, printed.output
    assert json.loads(printed.stdout) == timeloop_results(read_case(path))
    for convention in ("timeloop", "exact"):
        table = CliRunner().invoke(main, [*args[:3], "--convention", convention]).stdout
        assert f"{json.loads(path.read_text())['results']['cycles']} cycles" in table
    assert json.loads(CliRunner().invoke(main, [*args[:3], "--json", "-"]).stdout) == exact_results(read_case(path))
