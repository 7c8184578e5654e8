"""Files that describe an accelerator like another: which one, and what they change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hwsim.arch.files import from_folder
from hwsim.datafiles import data_dir, names
from hwsim.errors import ConfigError, Fault, nearest, shortened
from hwsim.yamlfile import Document, read_yaml

KEYS = ("like", "name", "description", "set")
_OWN = {"kind", "technology"}  # what only a template described in full has


def is_template_file(document: Document) -> bool:
    """Return whether a file describes an accelerator, in full or like another; files like a DRAM device do not."""
    data = document.data
    if "like" not in data:
        return not _OWN.isdisjoint(data)
    base = data["like"]
    if "set" in data or not isinstance(base, str):
        return True
    file = _file(document, base)
    if file is None:  # a slip of the pen
        return set(data) <= set(KEYS) and nearest(base, names("arch_templates")) is not None
    return file.is_file() and not _OWN.isdisjoint(read_yaml(file).data)


def base_of(document: Document) -> Path:
    """Return the file that ``like`` means: a template's, by its name, or one beside the document.

    Raises
    ------
    ConfigError
        There is none, or it is like another itself.
    """
    base, line = document.data["like"], document.line(("like",))
    file = _file(document, base) if isinstance(base, str) else None
    if isinstance(base, str) and (file is None or not file.is_file()):
        known = names("arch_templates")
        raise ConfigError(Fault("no such accelerator template, and no such file beside this one", file=document.file, line=line,
                                path="like", value=repr(base), nearest=nearest(base, known),
                                allowed=f"{shortened(known, 'all')}; see hwsim list"))
    if file is None or "like" in read_yaml(file).data:
        raise ConfigError(Fault("the name of a template that is described in full, or such a file beside this one",
                                file=document.file, line=line, path="like", value=repr(base)))
    return file


def variant(document: Document, overrides: Mapping[str, object]) -> tuple[Path, dict[str, object]]:
    """Return the base of a file with ``like``, and its ``name`` and ``set`` (dotted path -> value); ``overrides`` win."""
    data = document.data
    faults = [Fault("unknown key", file=document.file, line=document.line((key,)), path=str(key), allowed=", ".join(KEYS),
                    nearest=nearest(str(key), KEYS)) for key in data if key not in KEYS]
    base, values = Path(), data.get("set", {})
    try:
        base = base_of(document)
    except ConfigError as error:
        faults += error.faults
    if not isinstance(values, Mapping):
        faults.append(Fault("dotted paths and their values", file=document.file, line=document.line(("set",)), path="set",
                            value=repr(values)))
    if faults:
        raise ConfigError(faults)
    texts = {key: data[key] for key in ("name", "description") if key in data}
    return base, {**texts, **from_folder(values, Path(document.file).parent), **overrides}


def place_of(document: Document, path: str) -> tuple[str, int | None]:
    """Return file and line of what a template says at a dotted path: in a file like another, where it is set or in its base."""
    keys = path.split(".")
    if "like" in document.data:
        for length in range(len(keys), 0, -1):
            if (dotted := ".".join(keys[:length])) in document.data.get("set", {}):
                return document.file, document.line(("set", dotted))
        document = read_yaml(base_of(document))
    return document.file, document.line(tuple(int(key) if key.isdecimal() else key for key in keys))


def _file(document: Document, base: str) -> Path | None:
    """Return the file that a name or a relative path means, None for an unknown name."""
    if Path(base).suffix in (".yaml", ".yml"):
        return Path(document.file).parent / base
    return data_dir("arch_templates") / f"{base}.yaml" if base in names("arch_templates") else None
