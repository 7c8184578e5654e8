"""A number that changes with the source of this package.

Numba's on-disk cache notices a change in the file of a compiled function, but not in the files of functions it calls.
Entry points take ``sources=SOURCES``: an omitted argument is part of the cached signature, so a change anywhere in the
package compiles them anew. What they call is not cached on its own: its own copy of a callee would outlive a change.
"""

from __future__ import annotations

import zlib
from pathlib import Path

SOURCES = 0
for _file in sorted(Path(__file__).parent.glob("*.py")):
    SOURCES = zlib.crc32(_file.read_bytes(), SOURCES)
