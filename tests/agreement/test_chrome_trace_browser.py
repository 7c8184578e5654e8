"""A headless Chromium reads a trace file and finds in it what the timeline holds."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from hwsim.result.chrome_trace import write_chrome_trace
from hwsim.result.timeline import TaskTimeline

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

PAGE = """<!doctype html><meta charset="utf-8"><body><script>
const request = new XMLHttpRequest();
request.open("GET", "trace.json", false);
request.send();
const trace = JSON.parse(request.responseText);
const phases = {}, named = {}, threads = {}, counters = {};
let crossings = 0;
for (const e of trace.traceEvents) {
  phases[e.ph] = (phases[e.ph] || 0) + 1;
  if (e.name === "thread_name") named[e.tid] = e.args.name;
  if (e.ph === "X") (threads[e.tid] ||= []).push(e);
  if (e.ph === "C") for (const [unit, value] of Object.entries(e.args))
    counters[`${e.name} ${unit}`] = Math.max(counters[`${e.name} ${unit}`] || 0, value);
}
const served = {}, moved = {};
for (const [tid, events] of Object.entries(threads)) {
  let until = 0;  // whole nanoseconds, as viewers count
  for (const e of events.sort((a, b) => a.ts - b.ts)) {
    if (Math.trunc(e.ts * 1000) < until) crossings += 1;
    until = Math.trunc(e.ts * 1000) + Math.trunc(e.dur * 1000);
    served[named[tid]] = (served[named[tid]] || 0) + e.dur;
    moved[named[tid]] = (moved[named[tid]] || 0) + e.args.moved_bytes;
  }
}
document.body.textContent = JSON.stringify({unit: trace.displayTimeUnit, phases, crossings, served, moved, counters});
</script></body>"""


def shared_link(tasks: int) -> TaskTimeline:
    """Return tasks that queue for one array and share one link, at random times in whole nanoseconds."""
    rng = np.random.default_rng(11)
    index = np.arange(tasks)
    resource = index % 2
    ready = np.sort(rng.integers(0, 400 * tasks, tasks))
    length = rng.integers(0, 1500, tasks)
    start = ready.copy()
    free = 0
    for i in np.flatnonzero(resource == 0):  # the array serves one at a time
        start[i] = free = max(free, int(ready[i]))
        free += int(length[i])
    ready_s, start_s, end_s = ready * 1e-9, start * 1e-9, (start + length) * 1e-9
    none = np.zeros(0, np.int64)
    return TaskTimeline(("array", "link"), ("fixed", "rate"), (0.0, 1e9), ("conv",), ("net",), ("compute", "send"), resource,
                        np.zeros(tasks, np.int64), np.zeros(tasks, np.int64), resource, ready_s, ready_s, start_s, end_s,
                        resource * 64, (), none, none.astype(float), none)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_reads_every_event_and_no_two_overlap(tmp_path):
    timeline = shared_link(5000)
    written = write_chrome_trace(timeline, tmp_path / "trace.json")
    (tmp_path / "page.html").write_text(PAGE)
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom",
         f"--user-data-dir={tmp_path / 'profile'}", (tmp_path / "page.html").as_uri()],
        capture_output=True, text=True, timeout=100, check=True)
    body = re.search(r"<body>(.*)\n?</body>", done.stdout, re.DOTALL)
    assert body, done.stdout[:500] + done.stderr[-500:]
    seen = json.loads(body[1])
    assert seen["unit"] == "ns"
    assert seen["phases"]["X"] == written.tasks == 5000
    assert sum(seen["phases"].values()) == written.events
    assert set(seen["phases"]) == {"M", "X", "C"}
    assert seen["crossings"] == 0
    length_us = (timeline.end_s - timeline.start_s) * 1e6
    for index, name in enumerate(timeline.resources):  # over all threads of the resource
        here = timeline.resource == index
        threads = [thread for thread in seen["served"] if thread.split(" (")[0] == name]
        assert sum(seen["served"][thread] for thread in threads) == pytest.approx(length_us[here].sum())
        assert sum(seen["moved"][thread] for thread in threads) == timeline.moved_bytes[here].sum()
    assert [thread for thread in seen["served"] if "array" in thread] == ["array"]
    at_once = max(((timeline.start_s <= at) & (at < timeline.end_s) & (timeline.resource == 1)).sum()
                  for at in timeline.start_s[timeline.resource == 1])
    assert len([thread for thread in seen["served"] if "link" in thread]) == at_once > 1
    queued, start = timeline.queued_s[timeline.resource == 0], timeline.start_s[timeline.resource == 0]
    assert seen["counters"]["array queue tasks"] == max(((queued <= at) & (at < start)).sum() for at in queued)
