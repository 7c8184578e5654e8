"""Standard output that carries data: what solvers written in C print goes to standard error meanwhile."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def data_only() -> Iterator[None]:
    """Send everything that is written to file descriptor 1 to standard error; HiGHS prints a line now and then."""
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        yield
        return
    try:
        sys.stdout.flush()
        os.dup2(2, 1)
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
