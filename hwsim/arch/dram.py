"""What a description says of a DRAM: its device, by name or as a file, and how addresses map to its banks."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

DramMapping = Literal["RoBaRaCoCh", "MOP4CLXOR"]

# Used wherever none is given. Controllers spread neighbouring lines over bank groups and fold other address bits into the bank
# (Kaseridis et al., MICRO 2011; Pessl et al., USENIX Security 2016), so that a stream is not held up by tCCD_L.
DEFAULT_DRAM_MAPPING: DramMapping = "MOP4CLXOR"


def is_device_file(device: object) -> bool:
    """Return whether ``device`` is the path of a YAML file rather than the name of a device."""
    return isinstance(device, Path) or (isinstance(device, str) and Path(device).suffix in (".yaml", ".yml"))
