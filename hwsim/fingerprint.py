"""A number that changes with the source of any compiled package.

Numba's on-disk cache notices a change in the file of a compiled function, but not in the files of functions it calls.
Entry points take ``sources=SOURCES``: an omitted argument is part of the cached signature, so a change anywhere compiles them
anew. What they call is not cached on its own: its own copy of a callee would outlive a change.

One number for all of them: numba finds a compiled function quickly only while every omitted argument of the process has the
same value; with a second one, each call of all but the first takes half a millisecond.
"""

from __future__ import annotations

import zlib
from pathlib import Path

SOURCES = 0
for _package in ("dataflow", "engine", "machines", "memory"):
    for _file in sorted((Path(__file__).parent / _package).rglob("*.py")):
        SOURCES = zlib.crc32(_file.read_bytes(), SOURCES)
