"""A bar with rate and remaining time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def bar(
    progress: bool | Callable[..., Any] | None, total: int, known: int, note: str | None,
) -> Iterator[Callable[[int], object]]:
    """Yield what is told how many more points are done; None shows a bar where a person looks: a terminal or a notebook."""
    if note is not None and progress is not False:
        sys.stderr.write(f"{note}\n")
    if progress is None:
        progress = sys.stderr.isatty() or "ipykernel" in sys.modules
    if progress is False:
        yield lambda count: None
        return
    make: Callable[..., Any]
    if progress is True:
        from tqdm.auto import tqdm as make
    else:
        make = progress
    with make(total=total, initial=known, unit="point", smoothing=0.1) as shown:
        yield shown.update
