"""A number that changes with the source of this package and of the DRAM ports that its compiled engine calls.

See ``hwsim.dataflow.fingerprint`` for why compiled entry points take it.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import hwsim.memory.dram

SOURCES = 0
for _folder in (Path(__file__).parent, Path(hwsim.memory.dram.__file__).parent):
    for _file in sorted(_folder.rglob("*.py")):
        SOURCES = zlib.crc32(_file.read_bytes(), SOURCES)
