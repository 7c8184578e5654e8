"""How the functions of the compiled engine are compiled.

They make no arrays, so numba need not count references to any (``_nrt``): counting took five times as long as all the rest.
"""

from __future__ import annotations

from typing import Any

from numba import njit

entry: Any = njit(_nrt=False, nogil=True, cache=True)  # type: ignore[call-overload]  # called from Python
making: Any = njit(nogil=True, cache=True)  # called from Python, and makes arrays after all
step: Any = njit(_nrt=False, nogil=True)  # type: ignore[call-overload]
inlined: Any = njit(_nrt=False, nogil=True, forceinline=True)  # type: ignore[call-overload]
