import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hwsim.arch.describe import describe
from hwsim.arch.description import Accelerator
from hwsim.arch.load import load_accelerator, template_hash
from hwsim.arch.schema import json_schema
from hwsim.datafiles import data_dir
from hwsim.errors import ConfigError

SMALL = {"name": "small", "kind": "systolic", "technology": {"node_nm": 28}, "array": {"rows": 8, "cols": 4}}


def test_name_path_and_values_give_the_same_description(tmp_path):
    file = data_dir("arch_templates") / "tpu_v1.yaml"
    by_name = load_accelerator("tpu_v1")
    assert load_accelerator(file) == load_accelerator(str(file)) == by_name
    assert load_accelerator(by_name) is by_name
    copy = tmp_path / "copy.yaml"
    copy.write_text("{name: small, kind: systolic, technology: {node_nm: 28}, array: {rows: 8, cols: 4}}")
    assert load_accelerator(copy) == load_accelerator(SMALL)


def test_a_file_in_the_working_directory_needs_no_suffix(tmp_path, monkeypatch):
    (tmp_path / "mine").write_text(json.dumps(SMALL))
    monkeypatch.chdir(tmp_path)
    assert load_accelerator("mine").name == "small"


@pytest.mark.parametrize(("overrides", "read", "expected"), [
    ({"array.rows": 128}, lambda a: a.array.rows, 128),
    ({"buffers.unified_buffer.capacity_bytes": "12 MiB"}, lambda a: a.buffers["unified_buffer"].capacity_bytes,
     12 * 2**20),
    ({"clock_hz": "1.4 GHz"}, lambda a: a.clock_hz, 1.4e9),
    ({"buffers.unified_buffer.holds": ["ifmap"], "buffers.weight_fifo.holds": ["filter", "ofmap"]},
     lambda a: a.buffer_of("ofmap"), "weight_fifo"),
    ({"buffers.extra": {"capacity_bytes": 64, "holds": ["psum"]}, "buffers.accumulators.holds": ["ofmap"],
      "buffers.unified_buffer.holds": ["ifmap"], "buffers.extra.banks": 2}, lambda a: a.buffers["extra"].banks, 2),
    ({"vector_unit": None}, lambda a: a.vector_unit, None),
    ({"roofline.peak_macs_per_s.8": "92 TOPS"}, lambda a: a.roofline.peak_macs_per_s, {8: 46e12}),
    ({"parts.gpu": SMALL, "parts.gpu.array.rows": 2}, lambda a: a.parts["gpu"].array.rows, 2),
    ({"technology": {"node_nm": 16}}, lambda a: a.technology.idle_w, None),  # a section given whole
])
def test_overrides_on_a_template_and_on_a_description(overrides, read, expected):
    assert read(load_accelerator("tpu_v1", overrides)) == expected
    assert read(load_accelerator(load_accelerator("tpu_v1"), overrides)) == expected


def test_overrides_leave_what_they_are_given_alone():
    whole = {"node_nm": 16}
    source = {**SMALL, "technology": {"node_nm": 28}}
    load_accelerator(source, {"technology": whole, "technology.idle_w": 1, "array.rows": 2})
    assert whole == {"node_nm": 16}
    assert source["technology"] == {"node_nm": 28}
    assert SMALL["array"]["rows"] == 8


def test_hash_depends_on_content_alone(tmp_path):
    copy = tmp_path / "copy.yaml"
    copy.write_text("array: {cols: 4, rows: 8, dataflow: ws}\nname: small\nkind: systolic\ntechnology: {node_nm: 28}\n")
    small = load_accelerator(SMALL)
    assert template_hash(load_accelerator(copy)) == template_hash(small)
    assert template_hash(load_accelerator(SMALL, {"array.rows": 9})) != template_hash(small)
    assert template_hash(load_accelerator(SMALL, {"clock_hz": "1 GHz"})) == \
        template_hash(load_accelerator(SMALL, {"clock_hz": 10**9}))
    assert len(template_hash(small)) == 16


def test_a_description_is_frozen_and_checked_without_the_loader_too():
    small = load_accelerator(SMALL)
    with pytest.raises(ValidationError):
        small.array.rows = 2
    with pytest.raises(ValidationError, match="psum is held by both 'a' and 'b'"):
        Accelerator(**SMALL, buffers={name: {"capacity_bytes": 1.0, "holds": ["psum"]} for name in "ab"})


@pytest.mark.parametrize("holds", [("psum",), ["psum"], {"psum"}])
def test_sections_may_be_descriptions_and_are_checked(holds):
    store = load_accelerator("tpu_v1").buffers["accumulators"]
    assert load_accelerator(SMALL, {"buffers.a": store}).buffers["a"] == store
    with pytest.raises(ConfigError, match=r"psum is .*held by"):
        load_accelerator({**SMALL, "buffers": {"a": store}}, {"buffers.b": {"capacity_bytes": 1, "holds": holds}})


def test_part_accelerators_may_be_descriptions():
    whole = load_accelerator({**SMALL, "parts": {"npu": load_accelerator(SMALL)}}, {"parts.npu.array.rows": 3})
    assert whole.parts["npu"].array.rows == 3


KEYS = st.sampled_from([*Accelerator.model_fields, "rows", "holds", "capacity_bytes"]) | st.text(max_size=3) \
    | st.integers(0, 9)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)


@given(VALUES, st.sampled_from(["array", "buffers", "buffers.x", "parts.x", "memories", "roofline", "known_gaps"]))
def test_any_plain_value_gives_a_description_or_a_config_error(value, path):
    try:
        load_accelerator("tpu_v1", {path: value})
    except ConfigError as error:
        assert error.faults
        assert all(fault.path for fault in error.faults)


def test_schema_admits_units_and_keeps_limits():
    schema = json.loads(json.dumps(json_schema()))
    number, text = schema["$defs"]["Buffer"]["properties"]["capacity_bytes"]["anyOf"]
    assert number == {"type": "number", "exclusiveMinimum": 0, "maximum": 2.0**60}
    assert text["type"] == "string"
    assert schema["$defs"]["Array"]["properties"]["rows"]["minimum"] == 1
    assert schema["$defs"]["Array"]["additionalProperties"] is False
    assert "gt" not in json.dumps(schema).split('"')


def test_describe_gives_rows_with_units():
    rows = dict(describe(load_accelerator({**SMALL, "clock_hz": "500 MHz", "parts": {"npu": SMALL}})))
    assert rows["clock"] == "500 MHz"
    assert rows["peak"] == "16 GMAC/s"  # 8 x 4 x 500 MHz
    assert rows["npu: array"] == "8 x 4 PEs, ws, 8 x 8 bit, 32 bit sums"
    assert dict(describe(load_accelerator("a100")))["launch overhead"] == "1 µs"


def test_loading_a_path_object_never_looks_for_a_template():
    with pytest.raises(ConfigError, match="no such file"):
        load_accelerator(Path("tpu_v1"))
