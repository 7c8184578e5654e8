"""Chrome traces: every task and counter is there as the timeline has it, and what is cut is said."""

import io
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.errors import ConfigError
from hwsim.result.chrome_trace import _microseconds, write_chrome_trace
from hwsim.result.chrome_trace_check import check_chrome_trace
from hwsim.result.timeline import TaskTimeline


def load(path):
    data = json.loads(path.read_text("utf-8"))
    assert check_chrome_trace(path) == []
    return data, data["traceEvents"]


def test_every_task_is_a_complete_event_on_the_thread_of_its_resource(make_timeline, tmp_path):
    written = write_chrome_trace(make_timeline(), tmp_path / "t.json", title="net on toy", about={"workload": "net"})
    data, events = load(tmp_path / "t.json")
    assert (written.events, written.tasks, written.cut) == (len(events), 8, "")
    assert data["displayTimeUnit"] == "ns"
    assert data["otherData"] == {"workload": "net"}
    threads = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert list(threads.values()) == ["dram", "dram (2)", "array"]  # the stores overlap: dram takes two
    assert "net on toy" in [e["args"]["name"] for e in events if e["name"] == "process_name"]
    found = [(threads[e["tid"]], e["name"], e["ts"], e["dur"]) for e in events if e["ph"] == "X"]
    assert found == [
        ("dram", "conv1: load filter", 0.0, 0.04), ("dram", "conv1: load ifmap", 0.04, 0.02),
        ("dram", "fc: load filter", 0.06, 0.04), ("dram", "fc: store ofmap", 0.15, 0.01),
        ("dram (2)", "fc: store ofmap", 0.155, 0.01),
        ("array", "conv1: compute", 0.04, 0.03), ("array", "conv1: compute", 0.07, 0.02), ("array", "fc: compute", 0.1, 0.05)]
    second = next(e for e in events if e["name"] == "conv1: load ifmap")
    assert second["cat"] == "load ifmap"
    assert second["args"] == {
        "kernel": "conv1", "job": "net", "moved_bytes": 100, "buffer_wait_us": 0.01, "queue_wait_us": 0.03}


def counters(events):
    found = {}
    for e in events:
        if e["ph"] == "C":
            (unit, value), = e["args"].items()
            found.setdefault(f"{e['name']} {unit}", []).append((round(e["ts"] * 1000), value))
    return found


def test_counters_are_the_step_functions(make_timeline, tmp_path):
    write_chrome_trace(make_timeline(), tmp_path / "t.json", bins=33)
    found = counters(load(tmp_path / "t.json")[1])
    assert found["dram queue tasks"] == [(0, 0), (10, 2), (40, 1), (60, 0), (150, 1), (155, 0)]
    assert found["array queue tasks"] == [(0, 0), (60, 1), (70, 0)]
    assert found["tiles in use credits"] == [(0, 1), (10, 2), (90, 1), (150, 0)]
    assert found["dram bandwidth GB/s"] == [(0, 10), (40, 5), (60, 10), (100, 0), (150, 6.66667), (165, 0)]
    assert len(found) == 4  # the array moves nothing


def test_a_pool_counts_in_its_unit(make_timeline, tmp_path):
    write_chrome_trace(make_timeline(pool_units=("tiles",)), tmp_path / "t.json")
    assert "tiles in use tiles" in counters(load(tmp_path / "t.json")[1])


def test_an_open_file_gets_the_same_bytes(make_timeline, tmp_path):
    write_chrome_trace(make_timeline(), tmp_path / "t.json")
    buffer = io.BytesIO()
    write_chrome_trace(make_timeline(), buffer)
    assert buffer.getvalue() == (tmp_path / "t.json").read_bytes()


def test_tasks_without_names_and_names_that_need_escapes(make_timeline, tmp_path):
    none = np.full(8, -1)
    bare = make_timeline(kernel=none, job=none, action=none, resources=('say "dram"\n', "配列 µ"))
    write_chrome_trace(bare, tmp_path / "t.json")
    _, events = load(tmp_path / "t.json")
    names = [e["args"]["name"] for e in events if e["name"] == "thread_name"]
    assert names == ['say "dram"\n', 'say "dram"\n (2)', "配列 µ"]
    assert {(e["name"], e["cat"], *e["args"]) for e in events if e["ph"] == "X"} == {
        ("task", "task", "moved_bytes", "buffer_wait_us", "queue_wait_us")}


def many(tasks: int, step_ps: int = 1) -> TaskTimeline:
    """Return tasks of 1 to 1000 steps one after another on one resource, with a queue of one and a pool of one."""
    ends = step_ps * np.cumsum(np.random.default_rng(3).integers(1, 1001, tasks))
    starts = np.concatenate([[0], ends[:-1]])
    queued = np.concatenate([[0, 0], ends[:-2]])[:tasks]
    index = np.zeros(tasks, np.int64)
    return TaskTimeline(
        ("dram",), ("dram",), (1e12,), ("k",), ("j",), ("load",), index, index, index, index, queued * 1e-12, queued * 1e-12,
        starts * 1e-12, ends * 1e-12, np.full(tasks, 64), (("buffer", 1),), np.zeros(2 * tasks, np.int64),
        np.concatenate([starts, ends]) * 1e-12, np.repeat([1, -1], tasks))


@pytest.mark.parametrize("limit", [40, 41, 100, 333, 1500, 2999, 3100])
def test_a_limit_cuts_at_a_moment_and_says_so(tmp_path, limit):
    timeline = many(1000)
    written = write_chrome_trace(timeline, tmp_path / "t.json", limit_events=limit, bins=5)
    data, events = load(tmp_path / "t.json")
    assert len(events) == written.events <= limit
    tasks = [e for e in events if e["ph"] == "X"]
    assert len(tasks) == written.tasks
    if written.tasks == 1000:
        assert (written.cut, data["otherData"]) == ("", {})
        return
    assert data["otherData"] == {"cut": written.cut}
    assert f"with {len(tasks):,} of 1,000 tasks, by the limit of {limit:,} events" in written.cut
    note, = (e for e in events if e["ph"] == "i")
    assert note["name"] == written.cut
    starts = np.sort(timeline.start_s)
    assert [e["ts"] for e in tasks] == pytest.approx(starts[: len(tasks)] * 1e6)  # all before the cut, none after it
    assert max(e["ts"] for e in events if e["ph"] in "XC") <= note["ts"] <= starts[len(tasks)] * 1e6 + 1e-9
    assert limit - written.events <= 3 + 4  # what is left over: less than one moment's events and the counters' reserve


def test_too_low_a_limit_names_one_that_works(tmp_path):
    with pytest.raises(ConfigError, match=r"too few events .*\(got 5\).* allowed: at least \d+") as caught:
        write_chrome_trace(many(1000), tmp_path / "t.json", limit_events=5)
    assert list(tmp_path.iterdir()) == []
    least = int(str(caught.value).rsplit(maxsplit=1)[-1])
    assert write_chrome_trace(many(1000), tmp_path / "t.json", limit_events=least).tasks >= 1
    with pytest.raises(ConfigError, match="too few events"):
        write_chrome_trace(many(1000), tmp_path / "t.json", limit_events=least - 1)


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=50))
def test_viewers_see_the_nanosecond_that_is_meant(picoseconds):
    times = np.array(sorted(picoseconds))
    for value, ps in zip(_microseconds(times * 1e-12), times.tolist(), strict=True):
        assert round(value * 1e6) == ps
        assert int(value * 1000.0) == ps // 1000  # as Perfetto's CoerceToTs computes it


def test_tasks_that_touch_do_not_overlap_in_whole_nanoseconds(tmp_path):
    assert int(1.001 * 1000.0) == 1000  # why: this task would begin before the one before it has ended
    timeline = many(5000, step_ps=1000)
    assert sum(int(round(end * 1e6, 3) * 1000.0) < round(end * 1e9) for end in timeline.end_s.tolist()) > 10
    write_chrome_trace(timeline, tmp_path / "t.json")
    load(tmp_path / "t.json")


def test_memory_is_some_columns_not_the_text_of_the_file(tmp_path):
    timeline = many(60_000)
    tracemalloc.start()
    write_chrome_trace(timeline, tmp_path / "t.json")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    columns = 16 * timeline.start_s.nbytes
    assert (tmp_path / "t.json").stat().st_size > 12e6
    assert peak < columns + 6e6  # one block of text is 2 MB


def test_same_bytes_whatever_the_hash_seed(make_timeline, tmp_path):
    program = ("import sys; sys.path.insert(0, sys.argv[1]); from conftest import hand_timed\n"
               "from hwsim.result.chrome_trace import write_chrome_trace\n"
               "write_chrome_trace(hand_timed(), sys.argv[2], about={'b': '1', 'a': '2'})")
    for seed in ("1", "2"):
        subprocess.run([sys.executable, "-c", program, str(Path(__file__).parents[1]), str(tmp_path / seed)], check=True,
                       env={**os.environ, "PYTHONHASHSEED": seed})
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_a_missing_folder_is_an_error_and_a_failed_write_leaves_the_old_file(make_timeline, tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match=r"nowhere/t.json: cannot write: No such file or directory"):
        write_chrome_trace(make_timeline(), tmp_path / "nowhere" / "t.json")
    (tmp_path / "t.json").write_text("old")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ConfigError, match="No space left on device"):
        write_chrome_trace(make_timeline(), tmp_path / "t.json")
    assert [path.name for path in tmp_path.iterdir()] == ["t.json"]
    assert (tmp_path / "t.json").read_text() == "old"


def test_a_result_writes_its_timeline_or_says_that_it_has_none(make_result, make_timeline, tmp_path):
    result = make_result(timeline=make_timeline(), fidelity="event")
    assert result.to_chrome_trace(tmp_path / "t.json").tasks == 8
    data, events = load(tmp_path / "t.json")
    assert data["otherData"]["workload"] == "net"
    assert events[0]["args"]["name"] == "net on toy"
    assert "timeline" not in json.loads(result.to_json())
    with pytest.raises(ConfigError, match=r"no timeline \(got analytic\); allowed: event"):
        make_result().to_chrome_trace(tmp_path / "u.json")
