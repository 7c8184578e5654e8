"""Where the project's data files are: inside an installed wheel, or beside the package in a source checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """Return the directory of the data files of one kind, ``arch_templates`` or ``workloads``."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def names(kind: str) -> list[str]:
    """Return the sorted names (file names without ``.yaml``) of the data files of one kind."""
    return sorted(path.stem for path in data_dir(kind).glob("*.yaml"))
