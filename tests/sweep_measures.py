"""Measures that misbehave, for sweeps in worker processes: what a model or a machine can do to a sweep."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def nap(result):
    """Take 20 ms."""
    time.sleep(0.02)
    return {"layers": float(len(result.layers))}


def nap_5ms(result):
    time.sleep(0.005)
    return {}


def die_once(result):
    """Kill the worker, the first time in the folder that HWSIM_TEST_MARK names."""
    mark = Path(os.environ["HWSIM_TEST_MARK"])
    if result.provenance["workload.batch"] == "5" and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {}


def die_on_five(result):
    """Kill the worker whenever the batch is 5."""
    if result.provenance["workload.batch"] == "5":
        os.kill(os.getpid(), signal.SIGKILL)
    return {}


def fail_on_five(result):
    if result.provenance["workload.batch"] == "5":
        raise ZeroDivisionError("five")
    return {"batch_seen": float(result.provenance["workload.batch"])}


def a_number(result):
    return result.latency_s


def taken(result):
    return {"cycles": 1.0}
