"""The rules of Chrome's Trace Event Format, checked on a file.

Rules from "Trace Event Format" (N. Duca and D. Sinclair, Google, 2016), the parts about the object form, complete, duration,
counter, instant, nestable async and metadata events; and from Perfetto's importer, which reads whole nanoseconds and drops
an event that overlaps another one of its thread without being inside it.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hwsim.errors import Fault

Event = dict[str, Any]

_PHASES = {*"XBECiIMbneSTpFstfPNODvRc()"}
_LABELS = {"process_name": "name", "thread_name": "name", "process_labels": "labels", "process_sort_index": "sort_index",
           "thread_sort_index": "sort_index"}


def check_chrome_trace(path: str | Path) -> list[Fault]:
    """Return every place where the file breaks a rule of the format; [] for a sound file."""
    def fault(message: str, where: str = "", value: object = None) -> Fault:
        return Fault(message, file=str(path), path=where, value=None if value is None else json.dumps(value)[:80])

    try:
        data = json.loads(Path(path).read_text("utf-8"), parse_constant=_refuse)
    except (OSError, ValueError) as error:
        return [fault(f"cannot be read as JSON: {error}")]
    if not isinstance(data, dict) or not isinstance(data.get("traceEvents"), list):
        return [fault("is no object with a list `traceEvents`")]
    faults = []
    if data.get("displayTimeUnit", "ms") not in ("ms", "ns"):
        faults.append(fault("the unit is ms or ns", "displayTimeUnit", data["displayTimeUnit"]))
    sound: list[tuple[int, Event]] = []
    for number, event in enumerate(data["traceEvents"]):
        broken = list(_broken(event))
        faults += [fault(message, f"traceEvents[{number}]", event) for message in broken]
        if not broken:
            sound.append((number, event))
    across: tuple[Callable[[list[tuple[int, Event]]], Iterator[tuple[int, str]]], ...] = (_overlaps, _unpaired, _unnamed)
    for rule in across:
        faults += [fault(message, f"traceEvents[{number}]") for number, message in rule(sound)]
    return faults


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def _broken(event: Any) -> Iterator[str]:
    """Yield what is wrong with an event by itself."""
    if not isinstance(event, dict):
        yield "an event is an object"
        return
    phase = event.get("ph")
    if not isinstance(phase, str) or phase not in _PHASES:
        yield "`ph` is none of the phases of the format"
        return
    if not isinstance(event.get("name"), str) and phase != "E":
        yield "`name` is no text"
    if not isinstance(event.get("cat", ""), str):
        yield "`cat` is no text"
    if not isinstance(event.get("args", {}), dict):
        yield "`args` is no object"
        return
    if not _whole(event.get("pid")):
        yield "`pid` is no whole number"
    of_process = phase == "C" or (phase == "M" and str(event.get("name")).startswith("process_"))
    if not _whole(event.get("tid", 0 if of_process else None)):
        yield "`tid` is no whole number"
    if phase != "M" and not _from_zero(event.get("ts")):
        yield "`ts` is no number from 0"
    if phase in _PHASE_RULES:
        yield from _PHASE_RULES[phase](event)


def _complete(event: Event) -> Iterator[str]:
    if not _from_zero(event.get("dur")):
        yield "`dur` is no number from 0"


def _counter(event: Event) -> Iterator[str]:
    values = event.get("args", {})
    if not values:
        yield "a counter has no value"
    if not all(_number(value) for value in values.values()):
        yield "a value of a counter is no number"


def _instant(event: Event) -> Iterator[str]:
    if event.get("s", "t") not in ("g", "p", "t"):
        yield "the scope `s` of an instant is g, p or t"


def _async(event: Event) -> Iterator[str]:
    if not isinstance(event.get("id", event.get("id2")), (str, int, dict)):
        yield "an async event has no `id`"
    if "cat" not in event:
        yield "an async event has no `cat`"


def _label(event: Event) -> Iterator[str]:
    key = _LABELS.get(str(event.get("name")))
    value = event.get("args", {}).get(key)
    if key is None:
        yield f"metadata is one of {', '.join(_LABELS)}"
    elif not (_whole(value) if key == "sort_index" else isinstance(value, str) and value):
        yield f"`args.{key}` is missing or of the wrong type"


_PHASE_RULES: dict[str, Callable[[Event], Iterator[str]]] = {
    "X": _complete, "C": _counter, "i": _instant, "I": _instant, "b": _async, "n": _async, "e": _async, "M": _label}


def _overlaps(events: list[tuple[int, Event]]) -> Iterator[tuple[int, str]]:
    """Yield complete events that begin inside another one of their thread and end after it.

    In picoseconds, of events that begin together the longest first; and in whole nanoseconds as viewers cut them, where events
    that begin together are taken as they stand in the file.
    """
    threads = defaultdict(list)
    for number, event in events:
        if event["ph"] == "X":
            threads[event["pid"], event["tid"]].append((event["ts"], event["dur"], number))
    found: dict[int, str] = {}
    for rows in threads.values():
        cut = sorted((int(ts * 1000.0), number, int(dur * 1000.0)) for ts, dur, number in rows)
        exact = sorted((round(ts * 1e6), -round(dur * 1e6), number) for ts, dur, number in rows)
        for unit, spans in (("ns", cut), ("ps", [(start, number, -length) for start, length, number in exact])):
            open_until: list[int] = []
            for start, number, length in spans:
                while open_until and open_until[-1] <= start:
                    open_until.pop()
                if open_until and start + length > open_until[-1]:
                    found[number] = f"overlaps another event of its thread without being inside it (in {unit})"
                else:
                    open_until.append(start + length)
    yield from sorted(found.items())


def _unpaired(events: list[tuple[int, Event]]) -> Iterator[tuple[int, str]]:
    """Yield begins without an end and ends without a begin, of duration (B, E) and async (b, e) events."""
    waiting: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number, event in sorted((pair for pair in events if pair[1]["ph"] in "BEbe"), key=lambda pair: pair[1]["ts"]):
        phase = event["ph"]
        thread = event["pid"], event["tid"]
        key = thread if phase in "BE" else (event["cat"], json.dumps(event.get("id", event.get("id2"))), event["name"], "")
        if phase in "Bb":
            waiting[key].append(number)
        elif waiting[key]:
            waiting[key].pop()
        else:
            yield number, "an end without a begin"
    for numbers in waiting.values():
        for number in numbers:
            yield number, "a begin without an end"


def _unnamed(events: list[tuple[int, Event]]) -> Iterator[tuple[int, str]]:
    """Yield the first event of each process and thread that no metadata names."""
    processes, threads = set(), set()
    for _, event in events:
        if event["ph"] == "M" and event["name"] == "process_name":
            processes.add(event["pid"])
        elif event["ph"] == "M" and event["name"] == "thread_name":
            threads.add((event["pid"], event["tid"]))
    for number, event in events:
        if event["ph"] == "M":
            continue
        if event["pid"] not in processes:
            processes.add(event["pid"])
            yield number, f"process {event['pid']} has no name"
        if event["ph"] != "C" and (event["pid"], event["tid"]) not in threads:
            threads.add((event["pid"], event["tid"]))
            yield number, f"thread {event['tid']} of process {event['pid']} has no name"


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _from_zero(value: Any) -> bool:
    return _number(value) and value >= 0


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
