"""How functions are compiled that a costed mapping calls many times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "_nrt": False}


def leaf(function: Callable[..., Any]) -> Any:
    """Compile a function that allocates nothing and is called by compiled code alone.

    Without numba's reference counts, whose atomic additions at every call would take most of the time of a mapping.
    """
    return njit(**_OPTIONS)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a ``leaf`` into each of its callers."""
    return njit(**_OPTIONS, forceinline=True)(function)


def spliced(function: Callable[..., Any]) -> Any:
    """Compile the source of a ``leaf`` as a part of its only caller, which takes less time than a function of its own."""
    return njit(**_OPTIONS, inline="always")(function)
