import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from hwsim import datafiles
from hwsim.errors import ConfigError
from hwsim.yamlfile import MAX_BYTES, MAX_DEPTH, read_value, read_yaml

TEXT = """\
# comment
name: x
nested:
  list:
    - one
    - {a: 1,
       b: 2}
  8: eight
"""


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "x.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_values_and_lines(write):
    document = read_yaml(write(TEXT))
    assert document.data == {"name": "x", "nested": {"list": ["one", {"a": 1, "b": 2}], 8: "eight"}}
    assert document.line(()) == 2
    assert document.line(("name",)) == 2
    assert document.line(("nested", "list", 0)) == 5
    assert document.line(("nested", "list", 1, "b")) == 7
    assert document.line(("nested", 8)) == 8


def test_line_of_what_is_not_there_is_its_nearest_parent(write):
    document = read_yaml(write(TEXT))
    assert document.line(("nested", "list", 9, "z")) == 4
    assert document.line(("other", "thing")) == 2


@pytest.mark.parametrize(("text", "value"), [
    ("128", 128), ("-3", -3), ("+3", 3), ("012", 12), ("0o17", 15), ("0x1F", 31), ("1_000", 1000), ("1__0", "1__0"),
    ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("1e9", 1e9), ("-.5e3", -500.0), (".inf", math.inf), ("-.INF", -math.inf),
    ("true", True), ("False", False), ("yes", "yes"), ("off", "off"), ("~", None), ("", None), ("null", None),
    ('"1"', "1"), ("'true'", "true"), ("64 KiB", "64 KiB"), ("[ifmap, 2]", ["ifmap", 2]), ("{a: 1}", {"a": 1}),
    ("12:30", "12:30"), ("2020-01-02", "2020-01-02"), ("|\n  12\n", "12\n"),
])
def test_scalars_follow_the_core_schema(text, value):
    found = read_value(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number():
    assert math.isnan(read_value(".nan"))


# ruamel.yaml writes the line breaks of YAML 1.1 unescaped inside quotes, where they fold to a space
letters = st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029")
texts = st.text(letters)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-10**30, 10**30) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(letters, max_size=8) | st.integers(-99, 99), inner, max_size=4), max_leaves=12)


@given(plain)
def test_what_a_writer_wrote_is_read_back(value):
    text = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.width = 10**6  # a key on two lines is not YAML
    yaml.default_flow_style = False  # it writes ?x and :x without quotes, which its scanner takes for keys in {}
    yaml.dump(value, text)
    assert read_value(text.getvalue()) == value


@pytest.mark.parametrize(("content", "line", "message"), [
    ("a: 1\nb: 2\na: 3\n", 3, "duplicate key; first given on line 1"),
    ("a: {b: 1, b: 2}\n", 1, "duplicate key"),
    ("1: a\n01: b\n", 2, "duplicate key"),
    ("- 1\n", 1, "the root is a list"),
    ("text\n", 1, "the root is a string"),
    ("", 1, "the file is empty"),
    ("a: 1\nb: [1, 2\n", 3, "not valid YAML"),
    ("a: 1\nb: \x07\n", 2, "not valid YAML"),
    (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
    ("a: 1\n".encode("utf-16"), 1, "not UTF-8"),
    ("a: 1\nb: &x 1\n", 2, "anchors are not allowed"),
    ("a: *x\n", 1, "aliases are not allowed"),
    ("a: !!python/name:os.system 1\n", 1, "tags are not allowed"),
    ("a: !!int 1\n", 1, "tags are not allowed"),
    ("? [1]\n: 2\n", 1, "a key must be"),
    ("true: 1\n", 1, "a key must be"),
    ("~: 1\n", 1, "a key must be"),
    ("a: 1\n---\nb: 1\n", 2, "second document"),
    ("a:\n " + "[" * 100000, 2, "nested deeper"),
    ("a: " + "9" * 100000, 1, "more than 40 characters"),
])
def test_refused_with_its_line(write, content, line, message):
    path = write(content)
    with pytest.raises(ConfigError, match=message) as caught:
        read_yaml(path)
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [(str(path), line)]


def test_all_repeated_keys_and_tags_are_told_at_once(write):
    with pytest.raises(ConfigError) as caught:
        read_yaml(write("a: 1\na: 2\nb: !x 1\nc: {d: 1, d: 2}\n"))
    assert [(fault.line, fault.path) for fault in caught.value.faults] == [(2, "a"), (3, "b"), (4, "c.d")]


def test_depth_limit_is_exact(write):
    assert read_yaml(write("a: " + "[" * (MAX_DEPTH - 1) + "1" + "]" * (MAX_DEPTH - 1)))
    with pytest.raises(ConfigError, match="nested deeper"):
        read_yaml(write("a: " + "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH))


def test_size_limit(write):
    with pytest.raises(ConfigError, match="larger than 8 MiB"):
        read_yaml(write(b"#" * (MAX_BYTES + 1)))


def test_missing_file_and_directory(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="is a directory"):
        read_yaml(tmp_path)


def test_byte_order_mark_and_windows_line_ends(write):
    document = read_yaml(write(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n"))
    assert document.data == {"a": 1, "b": 2}
    assert document.line(("b",)) == 2


def test_data_files_of_a_checkout_and_of_a_wheel(tmp_path, monkeypatch):
    assert "tpu_v1" in datafiles.names("arch_templates")
    installed = tmp_path / "hwsim" / "_data" / "arch_templates"
    installed.mkdir(parents=True)
    (installed / "b.yaml").touch()
    (installed / "a.yaml").touch()
    monkeypatch.setattr(datafiles, "_PACKAGE", tmp_path / "hwsim")
    assert datafiles.data_dir("arch_templates") == installed
    assert datafiles.names("arch_templates") == ["a", "b"]
    assert datafiles.data_dir("workloads") == tmp_path / "workloads"
