"""The checker finds each rule of the trace format that a file breaks, and nothing in a sound file."""

import json

import pytest

from hwsim.result.chrome_trace_check import check_chrome_trace

PROCESS = {"name": "process_name", "ph": "M", "pid": 1, "args": {"name": "p"}}
THREAD = {"name": "thread_name", "ph": "M", "pid": 1, "tid": 5, "args": {"name": "t"}}
SORT = {"name": "thread_sort_index", "ph": "M", "pid": 1, "tid": 5, "args": {"sort_index": 3}}
TASK = {"name": "a", "cat": "c", "ph": "X", "pid": 1, "tid": 5, "ts": 1.5, "dur": 2.0, "args": {}}
COUNT = {"name": "n", "ph": "C", "pid": 1, "ts": 0, "args": {"tasks": 2}}
BEGIN = {"name": "a", "ph": "B", "pid": 1, "tid": 5, "ts": 10}
END = {"ph": "E", "pid": 1, "tid": 5, "ts": 11}
ASYNC = {"name": "a", "cat": "c", "ph": "b", "id": "0x1", "pid": 1, "tid": 5, "ts": 0}
NOTE = {"name": "a", "ph": "i", "s": "g", "pid": 1, "tid": 5, "ts": 0}
SOUND = [PROCESS, THREAD, SORT, TASK, COUNT, BEGIN, END, ASYNC, {**ASYNC, "ph": "e", "ts": 4}, NOTE]


def faults(tmp_path, events, **top):
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"traceEvents": events, "displayTimeUnit": "ns", **top}))
    return [str(fault) for fault in check_chrome_trace(path)]


def without(event, key):
    return {name: value for name, value in event.items() if name != key}


def test_a_sound_file_has_no_fault(tmp_path):
    assert faults(tmp_path, SOUND) == []
    nested = [{**TASK, "ts": 2.0, "dur": 1.5}, {**TASK, "ts": 3.5, "dur": 1.0}, {**TASK, "ts": 3.5, "dur": 0}]
    assert faults(tmp_path, SOUND + nested) == []  # inside, touching, and of no length


@pytest.mark.parametrize(("event", "message"), [
    (3, "an event is an object"),
    (without(TASK, "ph"), "`ph` is none of the phases"),
    ({**TASK, "ph": "Q"}, "`ph` is none of the phases"),
    ({**TASK, "ph": "XX"}, "`ph` is none of the phases"),
    (without(TASK, "name"), "`name` is no text"),
    ({**TASK, "name": 3}, "`name` is no text"),
    ({**TASK, "cat": 3}, "`cat` is no text"),
    ({**TASK, "args": [1]}, "`args` is no object"),
    (without(TASK, "pid"), "`pid` is no whole number"),
    ({**TASK, "pid": True}, "`pid` is no whole number"),
    (without(TASK, "tid"), "`tid` is no whole number"),
    ({**TASK, "tid": 5.5}, "`tid` is no whole number"),
    (without(THREAD, "tid"), "`tid` is no whole number"),
    (without(TASK, "ts"), "`ts` is no number from 0"),
    ({**TASK, "ts": "1"}, "`ts` is no number from 0"),
    ({**TASK, "ts": -1}, "`ts` is no number from 0"),
    (without(TASK, "dur"), "`dur` is no number from 0"),
    ({**TASK, "dur": -0.5}, "`dur` is no number from 0"),
    ({**COUNT, "args": {}}, "a counter has no value"),
    (without(COUNT, "args"), "a counter has no value"),
    ({**COUNT, "args": {"tasks": "two"}}, "a value of a counter is no number"),
    ({**COUNT, "args": {"tasks": True}}, "a value of a counter is no number"),
    ({**NOTE, "s": "x"}, "the scope `s` of an instant is g, p or t"),
    (without(ASYNC, "id"), "an async event has no `id`"),
    (without(ASYNC, "cat"), "an async event has no `cat`"),
    ({**PROCESS, "name": "process_colour"}, "metadata is one of process_name"),
    ({**PROCESS, "args": {}}, "`args.name` is missing"),
    ({**THREAD, "args": {"name": 7}}, "`args.name` is missing or of the wrong type"),
    ({**SORT, "args": {"sort_index": "first"}}, "`args.sort_index` is missing or of the wrong type"),
    ({**TASK, "ts": 2.5, "dur": 2.0}, "overlaps another event of its thread without being inside it (in ps)"),
    ({**TASK, "ts": 0.0, "dur": 2.0}, "overlaps another event"),
    ({**TASK, "ts": 3.4999, "dur": 0.0003}, "overlaps another event"),  # three tenths of a nanosecond
    ({**TASK, "ts": 10.0, "dur": 1.0, "pid": 2}, "process 2 has no name"),
    ({**TASK, "ts": 10.0, "tid": 6}, "thread 6 of process 1 has no name"),
    ({**COUNT, "pid": 3}, "process 3 has no name"),
    ({**END, "ts": 30}, "an end without a begin"),
    ({**BEGIN, "ts": 30}, "a begin without an end"),
    ({**ASYNC, "id": "0x2"}, "a begin without an end"),
    ({**ASYNC, "ph": "e", "id": "0x2"}, "an end without a begin"),
])
def test_each_broken_rule_is_found_at_its_event(tmp_path, event, message):
    found = faults(tmp_path, [*SOUND, event])
    assert found
    assert all(message in text for text in found if f"traceEvents[{len(SOUND)}]" in text)
    assert any(message in text for text in found)


def test_an_overlap_that_only_whole_nanoseconds_show(tmp_path):
    touching = [{**TASK, "ts": 1.0, "dur": 0.5}, {**TASK, "ts": 1.5, "dur": 1.0}]
    assert faults(tmp_path, [PROCESS, THREAD, *touching]) == []
    touching = [{**TASK, "ts": 1.0, "dur": 0.001}, {**TASK, "ts": 1.001, "dur": 1.0}]  # 1.001 * 1000 is below 1001
    assert "(in ns)" in faults(tmp_path, [PROCESS, THREAD, *touching])[0]


@pytest.mark.parametrize(("text", "message"), [
    ("{", "cannot be read as JSON"), ('{"traceEvents": [NaN]}', "NaN is no JSON number"), ("[]", "no object with a list"),
    ('{"traceEvents": {}}', "no object with a list"), ('{"traceEvents": [], "displayTimeUnit": "us"}', "the unit is ms or ns"),
])
def test_files_that_are_no_trace(tmp_path, text, message):
    (tmp_path / "t.json").write_text(text)
    found, = check_chrome_trace(tmp_path / "t.json")
    assert message in str(found)


def test_a_file_that_is_not_there(tmp_path):
    assert "cannot be read" in str(check_chrome_trace(tmp_path / "t.json")[0])
