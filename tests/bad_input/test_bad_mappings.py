"""Wrong mappings in templates: each fault once, with its file and line and the numbers; and wrong rules for searches."""

import pytest
from click.testing import CliRunner

import hwsim
from hwsim.cli import main
from hwsim.errors import ConfigError

GOOD = """\
layers: [conv]
levels: [dram, glb, ifmap_pad, filter_pad, psum_pad]
loops:
  - [K, 2, temporal]
  - [K, 16, x]
  - [C, 8, y]
  - [P, 7, temporal]
  - [R, 3, temporal]
position:
  filter: [0, 1, null, 3, null]
  ifmap: [0, 1, 3, null, null]
  ofmap: [0, 1, null, null, 4]
"""
CASES = {
    "not covered": (("K, 16", "K, 12"), [
        "conv.yaml:3: loops: conv cannot run: the loops of K cover 24 of 32 (got 24); allowed: at least 32"]),
    "empty iterations": (("P, 7", "P, 9"), [
        "conv.yaml:3: loops: conv cannot run: the outermost loop of P has empty iterations: 9 for 7 (got 9)"]),
    "tiles inside out": (("filter: [0, 1, null, 3, null]", "filter: [0, 1, null, 0, null]"), [
        "conv.yaml:10: position.filter: conv cannot run: positions start at 0 and do not decrease inwards (got [0, 1"]),
    "a pad exceeded": (("ofmap: [0, 1, null, null, 4]", "ofmap: [0, 1, null, null, 1]"), [
        "conv.yaml:9: position: conv cannot run: tiles exceed psum_pad: ofmap 112 words (got 2688 bits); allowed: at most 7"]),
    "an array exceeded": (("C, 8, y", "C, 8, x"), [
        "conv.yaml:3: loops: conv cannot run: spatial loops on x need more instances of ifmap_pad than there are (got 128); "
        "allowed: at most 16", "filter_pad", "psum_pad", "more MACs"]),
    "an unknown dim": (("[P, 7", "[H, 7"), ["conv.yaml:7: loops.3: unknown dim (got H); allowed: N, G, K, C, P, Q, R, S"]),
    "an unknown level": (("glb", "gbl"), ["conv.yaml:2: levels.1: unknown level (got gbl); did you mean 'glb'? allowed: dram"]),
    "levels left out": ((", psum_pad", ""), ["conv.yaml:10: position.filter: one position for each level",
                                             "conv.yaml:11:", "conv.yaml:12:"]),
    "another order of levels": (("dram, glb", "glb, dram"), [
        "conv.yaml:2: levels: levels as the template has them, outermost first (got glb, dram, ifmap_pad"]),
    "an operand where none lives": (("[0, 1, 3, null, null]", "[0, 1, 3, 3, null]"), [
        "conv.yaml:11: position.ifmap.3: filter_pad does not hold the ifmap (got 3); allowed: null"]),
    "an operand left out": (("[0, 1, null, 3, null]", "[0, null, null, 3, null]"), [
        "conv.yaml:10: position.filter.1: glb holds the filter (got null); allowed: where its tile begins"]),
    "not a loop": (("[C, 8, y]", "[C, 8, z]"), ["conv.yaml:6: loops[2]: not a loop (got ['C', 8, 'z'])"]),
    "a factor too large": (("P, 7", f"P, {10**30}"), ["conv.yaml:7: loops[3]: not a loop"]),
    "a text for a factor": (("P, 7", "P, seven"), ["conv.yaml:7: loops[3]: not a loop"]),
    "no loops": (("loops:", "loops: 3\nloop:"), ["conv.yaml:1: not a mapping (got layers, levels, loops, loop, position)"]),
    "for no layer": (("[conv]", "[]"), ["conv.yaml:1: layers: a mapping says which layers it is for"]),
    "layers of numbers": (("[conv]", "[3]"), ["conv.yaml:1: layers: names of layers (got [3]); allowed: a list of names"]),
    "not YAML": (("[conv]", "[conv"), ["conv.yaml:2: not valid YAML"]),
    "far too many loops": (("loops:\n", "loops:\n" + "  - [N, 1, temporal]\n" * 300), [
        "conv.yaml:3: loops: too many loops (got 305); allowed: at most 256"]),
}
RULES = {
    "an unknown level": ("fixed_factors: [{level: gbl, dim: C, factor: 2}]", [
        "a.yaml:2: pe_array.fixed_factors.0.level: unknown level (got gbl); did you mean 'glb'?"]),
    "the outermost level": ("fixed_factors: [{level: dram, dim: C, factor: 2}]", ["the outermost loops run as often as"]),
    "two factors": ("fixed_factors: [{level: glb, dim: C, factor: 2}, {level: glb, dim: C, factor: 3}]", [
        "pe_array.fixed_factors.1: two factors for C in glb (got 2 and 3)"]),
    "a dim twice": ("fixed_orders: [{level: glb, dims: [C, C]}]", ["pe_array.fixed_orders.0: one place for a dim"]),
    "no folder": ("mappings: nowhere", ["pe_array.mappings: cannot be read: No such file or directory (got ", "nowhere"]),
    "an empty folder": ("mappings: empty", ["pe_array.mappings: no mappings in this folder (got ", "*.yaml, *.yml, *.json"]),
}


@pytest.fixture(scope="module")
def network():
    b = hwsim.NetworkBuilder("net")
    return b.build(b.conv(b.input("x", (1, 8, 1, 9)), 32, (1, 3), pads=0, name="conv"))


def run(folder, network):
    return hwsim.simulate(hwsim.load_accelerator("spatial_array", {"pe_array.mappings": str(folder)}), network)


def test_the_good_mapping_is_good(tmp_path, network):
    (tmp_path / "conv.yaml").write_text(GOOD)
    layers = run(tmp_path, network).layers
    assert layers.array_active_cycles[0] == 2 * 7 * 3


@pytest.mark.parametrize("case", CASES)
def test_every_fault_has_its_line(case, tmp_path, network):
    (old, new), expected = CASES[case]
    assert old in GOOD
    (tmp_path / "conv.yaml").write_text(GOOD.replace(old, new))
    with pytest.raises(ConfigError) as error:
        run(tmp_path, network)
    texts = [str(fault) for fault in error.value.faults]
    assert len(texts) == len(expected), "\n".join(texts)
    for text, part in zip(texts, expected, strict=True):
        assert part in text


def test_a_layer_has_one_mapping(tmp_path, network):
    for name in ("a.yaml", "b.json", "c.yml", "readme.md"):
        (tmp_path / name).write_text(GOOD)
    with pytest.raises(ConfigError) as error:
        run(tmp_path, network)
    assert [fault.message for fault in error.value.faults] == ["a second mapping for this layer, after a.yaml"] * 2


@pytest.mark.parametrize("case", RULES)
def test_wrong_rules(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    text, expected = RULES[case]
    base = hwsim.datafiles.data_dir("arch_templates") / "spatial_array.yaml"
    (tmp_path / "a.yaml").write_text(base.read_text().replace("  dataflow: free\n", f"  dataflow: free\n  {text}\n"))
    done = CliRunner().invoke(main, ["check", "a.yaml"])
    assert done.exit_code == 2 and "internal" not in done.stderr
    for part in expected:
        assert part.removeprefix("a.yaml:2: ") in done.stderr
    assert f"a.yaml:{1 + (tmp_path / 'a.yaml').read_text().splitlines().index('  ' + text)}: pe_array" in done.stderr


def test_check_tells_the_line_of_a_mapping(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "conv.yaml").write_text(GOOD.replace("glb", "gbl"))
    (tmp_path / "a.yaml").write_text("like: spatial_array\nname: a\nset:\n  pe_array.mappings: maps\n")
    done = CliRunner().invoke(main, ["check", "a.yaml"])
    assert done.exit_code == 2 and "maps/conv.yaml:2: levels.1: unknown level (got gbl)" in done.stderr


@pytest.mark.parametrize(("overrides", "expected"), [
    ({"buffers.glb.capacity_bytes": 5}, [
        "spatial_array.buffers.glb.capacity_bytes: glb cannot hold one word of each operand: filter 8 bits, ifmap 8 bits, "
        "ofmap 8 bits in each of 2 buffers (got 40 bits); allowed: at least 48 bits"]),
    ({"pe_array.scratchpads.filter_pad.capacity_bytes": 0.5, "pe_array.scratchpads.ifmap_pad.capacity_bytes": 0.25}, [
        "spatial_array.pe_array.scratchpads.ifmap_pad.capacity_bytes: ifmap_pad cannot hold one word",
        "spatial_array.pe_array.scratchpads.filter_pad.capacity_bytes: filter_pad cannot hold one word"]),
])
def test_no_room_for_one_mac(overrides, expected):
    with pytest.raises(ConfigError) as error:
        hwsim.build_machine(hwsim.load_accelerator("spatial_array", overrides))
    texts = [str(fault) for fault in error.value.faults]
    assert len(texts) == len(expected)
    for text, part in zip(texts, expected, strict=True):
        assert part in text


def test_only_free_dataflows_take_mappings():
    with pytest.raises(ConfigError, match=r"eyeriss\.pe_array\.mappings: only a free dataflow has mappings of its own"):
        hwsim.simulate(hwsim.load_accelerator("eyeriss", {"pe_array.mappings": "x"}), "lenet")
