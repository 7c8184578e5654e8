"""Files that a description names: DRAM devices, folders of mappings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hwsim.arch.dram import is_device_file

SUFFIXES = (".yaml", ".yml", ".json")


def with_paths(values: Any, change: Callable[[str], str], key: str = "") -> Any:
    """Return a copy of plain values with ``change`` made to every path of a file or folder among them.

    Keys may be dotted, as those of overrides.
    """
    if isinstance(values, Mapping):
        return {name: with_paths(value, change, str(name)) for name, value in values.items()}
    last = key.rpartition(".")[2]
    if (last == "device" and is_device_file(values)) or (last == "mappings" and isinstance(values, str) and values):
        return change(str(values))
    return values


def from_folder(values: Any, folder: Path) -> Any:
    """Return plain values in which the paths that a file in ``folder`` names are from there on."""
    return with_paths(values, lambda path: str(folder / path))


def mapping_files(path: str | Path) -> list[Path]:
    """Return the files of mappings that a path means, sorted: itself, or those in a folder."""
    path = Path(path)
    return sorted(file for file in path.iterdir() if file.suffix in SUFFIXES) if path.is_dir() else [path]


def contents(path: str | Path) -> str:
    """Return all text of a path; the path where nothing is there."""
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in mapping_files(path) if file.is_file()]
    return "\n".join(texts) if texts else str(path)
