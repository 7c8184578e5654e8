"""A number that changes with the source of this package; see ``hwsim.dataflow.fingerprint``."""

from __future__ import annotations

import zlib
from pathlib import Path

SOURCES = 0
for _file in sorted(Path(__file__).parent.glob("*.py")):
    SOURCES = zlib.crc32(_file.read_bytes(), SOURCES)
