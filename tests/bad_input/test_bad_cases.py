"""Wrong files of `hwsim map --evaluate`: exit code 2, one message with every fault and its line, nothing printed or written."""

import copy
import json

import pytest
from click.testing import CliRunner

from hwsim.cli import main

LEVEL = {"technology": "SRAM", "word_bits": 16, "block_size": 1, "energy_per_vector_access_pj": 1.0,
         "read_bandwidth_words_per_cycle": None, "write_bandwidth_words_per_cycle": None}
GOOD = {
    "name": "layer",
    "problem": {"type": "conv", "dims": {"N": 1, "K": 16, "C": 8, "P": 7, "Q": 7, "R": 3, "S": 3}, "stride_w": 1,
                "stride_h": 1, "dilation_w": 1, "dilation_h": 1},
    "architecture": {"name": "array", "levels": [
        {"name": "DRAM", "entries": None, "instances": 1, "mesh_x": 1, "mesh_y": 1, **LEVEL, "technology": "DRAM"},
        {"name": "GLB", "entries": 4096, "instances": 1, "mesh_x": 1, "mesh_y": 1, **LEVEL},
        {"name": "RF", "entries": 32, "instances": 64, "mesh_x": 8, "mesh_y": 8, **LEVEL}],
        "mac": {"instances": 64, "mesh_x": 8, "word_bits": 16, "energy_per_op_pj": 2}},
    "mapping": [
        {"level": "DRAM", "temporal": [{"dim": "K", "factor": 2}], "spatial": [], "bypass": []},
        {"level": "GLB", "temporal": [{"dim": "P", "factor": 7}, {"dim": "Q", "factor": 7}],
         "spatial": [{"dim": "K", "factor": 8, "axis": "X"}, {"dim": "C", "factor": 8, "axis": "Y"}], "bypass": []},
        {"level": "RF", "temporal": [{"dim": "R", "factor": 3}, {"dim": "S", "factor": 3}], "spatial": [], "bypass": []}],
}


def changed(*changes):
    """Return the good case with values set at dotted paths; ... removes the key."""
    data = copy.deepcopy(GOOD)
    for path, value in changes:
        *way, last = (int(key) if key.isdigit() else key for key in path.split("."))
        at = data
        for key in way:
            at = at[key]
        if value is ...:
            del at[last]
        else:
            at[last] = value
    return json.dumps(data, indent=1)


CASES = {
    "no JSON": ('{\n "problem": {},\n "mapping": [1, 2,, 3]\n}', ["c.json:3: not valid JSON: Expecting value"]),
    "cut short": (changed()[:300], ["c.json:", "not valid JSON"]),
    "nothing": ("", ["c.json:1: not valid JSON"]),
    "no mapping": ("[1, 2]", ["c.json: the root is not a mapping (got [1, 2])"]),
    "parts missing": (
        json.dumps({"problem": {"type": "conv"}, "architecture": 5}),
        ["3 faults:", "problem.dims: required key is missing", "architecture: not a mapping (got 5)",
         "mapping: required key is missing"]),
    "not a number": (changed().replace("4096", "NaN"), ["not valid JSON: NaN is no number"]),
    "a number without end": (changed().replace("4096", "9" * 5000), ["not valid JSON: a number of 5000 digits"]),
    "a key twice": (
        changed().replace('"name": "layer"', '"mapping": [],\n"name": "layer"'), ["the key 'mapping' is given twice"]),
    "deep": ("[" * 100_000, ["c.json"]),
    "too large": (" " * (2**18 + 1), ["c.json: larger than 256 KiB"]),
    "no text": (b"\x89PNG\r\n\xff", ["c.json:1: not UTF-8 text"]),
    "half a character": (changed(("mapping.1.level", "\ud83d")), ["c.json: an escape of half a character"]),
    "a level without a name": (
        changed(("architecture.levels.1.name", ""), ("mapping.2", ...)),
        ["architecture.levels.1.name: needs some text", "no entry for the level RF"]),
    "unknown dims": (
        changed(("mapping.0.temporal.0.dim", "M"), ("problem.dims.Z", 3), ("mapping.1.spatial.1.dim", 5)),
        ["3 faults:", "c.json:13: problem.dims.Z: unknown key; allowed: N, K, C, P, Q, R, S",
         "mapping.0.temporal.0.dim: unknown dim (got 'M')", "mapping.1.spatial.1.dim: unknown dim (got 5)"]),
    "a depthwise layer with K": (
        changed(("problem.type", "depthwise")),
        ["problem.dims.K: unknown key", "mapping.0.temporal.0.dim: unknown dim (got 'K')"]),
    "a missing dim": (changed(("problem.dims.K", ...)), ["problem.dims.K: required key is missing"]),
    "factors that do not cover": (
        changed(("mapping.0.temporal.0.factor", 3), ("mapping.2.temporal", [])),
        ["3 faults:", "the loops of K cover 24 of 16 (got 24)", "the loops of R cover 1 of 3", "the loops of S cover 1 of 3"]),
    "factors without end": (
        changed(("mapping.2.temporal", [{"dim": "R", "factor": 2**31}] * 600)),
        ["the loops of R cover more than 10^18 of 3", "GLB holds 4096 words, its tiles take more than 10^18",
         "RF holds 32 words"]),
    "a loop that never runs": (
        changed(("mapping.0.temporal.0.factor", 0), ("mapping.1.temporal.0.factor", 2.5),
                ("mapping.1.temporal.1.factor", True)),
        ["3 faults:", "mapping.0.temporal.0.factor: not a size (got 0); allowed: whole number from 1 to 2147483648",
         "(got 2.5)", "(got True)"]),
    "tiles larger than their level": (
        changed(("architecture.levels.1.entries", 1000), ("architecture.levels.2.entries", 18)),
        # GLB: weights 8 x 8 x 9, inputs 8 x 9 x 9, outputs 8 x 49; RF: 9 + 9 + 1
        ["2 faults:", "mapping.1: GLB holds 1000 words, its tiles take 1616: weights 576, inputs 648, outputs 392",
         "mapping.2: RF holds 18 words, its tiles take 19: weights 9, inputs 9, outputs 1 (got 19); allowed: at most 18"]),
    "a mesh of other instances": (
        changed(("architecture.levels.2.mesh_y", 4), ("architecture.mac.mesh_x", 7)),
        ["RF: mesh_x x mesh_y are not the instances: 8 x 4 for 64", "64 MACs do not fill rows of 7"]),
    "a level that cannot be shared": (
        changed(("architecture.levels.1.instances", 3), ("architecture.levels.1.mesh_x", 3)),
        ["8 RF on X cannot be shared evenly among 3 GLB"]),
    "a fan-out larger than the array": (
        changed(("mapping.1.spatial.0.factor", 16), ("mapping.0.temporal.0.factor", 1),
                ("mapping.1.spatial.1.axis", "X"), ("mapping.2.spatial", [{"dim": "R", "factor": 1, "axis": "Y"}])),
        ["mapping.1.spatial: one GLB fans out to 128 RF on X, there are 8 (got 128); allowed: at most 8"]),
    "a fan-out to MACs that are not there": (
        changed(("mapping.2.temporal", [{"dim": "R", "factor": 3}]),
                ("mapping.2.spatial", [{"dim": "S", "factor": 3, "axis": "X"}])),
        ["mapping.2.spatial: one RF fans out to 3 MAC on X, there are 1"]),
    "an unknown level": (
        changed(("mapping.1.level", "GLB2")), ["mapping.1.level: unknown level (got 'GLB2'); did you mean 'GLB'?"]),
    "levels out of order": (
        changed(("mapping.1.level", "RF"), ("mapping.2.level", "GLB")),
        ["2 faults:", "mapping.1.level: levels of the mapping stand as in the architecture, outermost first (got 'RF'); "
         "allowed: DRAM, GLB, RF"]),
    "a level without an entry": (changed(("mapping.2", ...)), ["mapping: no entry for the level RF"]),
    "an unknown operand": (
        changed(("mapping.1.bypass", ["weight"]), ("mapping.0.bypass", ["outputs"])),
        ["the outermost level holds every operand", "unknown operand (got 'weight'); did you mean 'weights'?"]),
    "an unknown axis": (
        changed(("mapping.1.spatial.0.axis", "Z")), ["mapping.1.spatial.0.axis: unknown axis (got 'Z'); allowed: X, Y"]),
    "levels of wrong values": (
        changed(("architecture.levels.0.technology", "NAND"), ("architecture.levels.1.block_size", 0),
                ("architecture.levels.1.energy_per_vector_access_pj", -1), ("architecture.levels.2.instances", 2**40),
                ("architecture.levels.2.read_bandwidth_words_per_cycle", "fast"), ("architecture.levels.2.depth", 4),
                ("architecture.mac.energy_per_op_pj", ...)),
        ["7 faults:", "architecture.levels.0.technology: not an allowed value (got 'NAND'); allowed: DRAM, SRAM",
         "architecture.levels.1.block_size: out of range (got 0)", "energy_per_vector_access_pj: out of range (got -1)",
         "architecture.levels.2.instances: out of range", "not a finite number (got 'fast')",
         "architecture.levels.2.depth: unknown key", "architecture.mac.energy_per_op_pj: required key is missing"]),
    "lists that are none": (
        changed(("architecture.levels", {}), ("mapping", {"DRAM": 1})),
        ["architecture.levels: not a list", "mapping: not a list"]),
    "no levels": (changed(("architecture.levels", []), ("mapping", [])), ["architecture.levels: needs at least one level"]),
}


def evaluate(*args):
    return CliRunner().invoke(main, ["map", "--evaluate", "c.json", "--convention", "timeloop", *args])


@pytest.mark.parametrize("case", CASES)
def test_message_and_exit_code(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, expected = CASES[case]
    (tmp_path / "c.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    done = evaluate("--json", "out.json")
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert "internal" not in done.stderr
    for part in expected:
        assert part in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["c.json"]


def test_the_good_case_is_good(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.json").write_text(changed())
    assert evaluate().exit_code == 0
    done = evaluate("--json", "c.json")
    assert done.exit_code == 2
    assert "cannot write: is read by the same command" in done.stderr
    assert json.loads((tmp_path / "c.json").read_text()) == GOOD


def test_counts_beyond_whole_numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loops = [{"dim": dim, "factor": 2**31} for dim in "NKC"]
    (tmp_path / "c.json").write_text(changed(
        *((f"problem.dims.{dim}", 2**31 if dim in "NKC" else 1) for dim in GOOD["problem"]["dims"]),
        ("mapping", [{"level": "DRAM", "temporal": loops}, {"level": "GLB"}, {"level": "RF"}])))
    assert evaluate().exit_code == 0
    done = CliRunner().invoke(main, ["map", "--evaluate", "c.json"])
    assert done.exit_code == 2
    assert "problem.dims: a problem too large to be counted by the convention exact (got up to 3.96e+28 words)" in done.stderr


def test_no_such_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = evaluate("--json", "no/out.json")
    assert done.exit_code == 2
    assert "2 faults:" in done.stderr
    assert "c.json: no such file" in done.stderr
    assert "no: --json: cannot write" in done.stderr
    (tmp_path / "c.json").mkdir()
    assert "c.json: cannot be read: Is a directory" in evaluate().stderr
