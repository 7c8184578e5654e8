"""Load an accelerator from a template, a file, plain values or a description, with overrides; all faults at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hwsim.arch.description import Accelerator, Section
from hwsim.arch.faults import validate
from hwsim.arch.files import contents, with_paths
from hwsim.arch.overrides import apply_overrides
from hwsim.datafiles import data_dir, names
from hwsim.errors import ConfigError, Fault, nearest, shortened
from hwsim.yamlfile import Document, read_yaml


def load_accelerator(source: str | Path | Mapping[str, object] | Accelerator,
                     overrides: Mapping[str, object] | None = None) -> Accelerator:
    """Return the description of an accelerator.

    Parameters
    ----------
    source : a name in ``arch_templates/``, the path of a YAML file, plain values, or a description to vary. A file may
        describe an accelerator ``like`` another, with a ``name`` of its own and overrides under ``set``.
    overrides : dotted path -> value, ``{"array.rows": 128, "buffers.unified_buffer.capacity_bytes": "12 MiB"}``.

    Raises
    ------
    ConfigError
        Lists every fault of the source and the overrides, each with its line, path, value and what is allowed.
    """
    document = None
    if isinstance(source, Accelerator) and not overrides:
        return source
    if isinstance(source, (Accelerator, Mapping)):
        data = _plain(source)
    else:
        file = _find(source)
        document = read_yaml(file)
        data = document.data
        if "like" in data:
            return load_accelerator(*_variant(document, overrides))
        data = _from_folder(data, file.parent)
    touched, faults = apply_overrides(data, _plain(overrides or {}))
    accelerator, more = validate(data, document, touched)
    if accelerator is None or faults:
        raise ConfigError([*more, *faults])
    return accelerator


def _variant(document: Document, overrides: Mapping[str, object] | None) -> tuple[str | Path, dict[str, object]]:
    """Return what a file of ``like`` (a template or a file beside it), ``name`` and ``set`` (dotted path -> value) means.

    What ``overrides`` say wins.
    """
    data, file = document.data, Path(document.file)
    allowed = ("like", "name", "description", "set")
    faults = [Fault("unknown key", file=document.file, line=document.line((key,)), path=str(key), allowed=", ".join(allowed),
                    nearest=nearest(str(key), allowed)) for key in data if key not in allowed]
    base, values = data["like"], data.get("set", {})
    source: str | Path = ""
    if isinstance(base, str):
        source = file.parent / base if Path(base).suffix in (".yaml", ".yml") else base
    if not isinstance(base, str) or "like" in read_yaml(_find(source)).data:
        faults.append(Fault("the name of a template that is described in full, or such a file beside this one",
                            file=document.file, line=document.line(("like",)), path="like", value=repr(base)))
    if not isinstance(values, Mapping):
        faults.append(Fault("dotted paths and their values", file=document.file, line=document.line(("set",)), path="set",
                            value=repr(values)))
    if faults:
        raise ConfigError(faults)
    texts = {key: data[key] for key in ("name", "description") if key in data}
    return source, {**texts, **_from_folder(values, file.parent), **(overrides or {})}


def template_hash(accelerator: Accelerator) -> str:
    """Return 16 hex digits that identify the content of a description and the files it names, however it was written."""
    data = with_paths(accelerator.model_dump(mode="json"), contents)
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _find(source: str | Path) -> Path:
    """Return the file that ``source`` means; a text without a slash or a suffix is a template's name first."""
    path = Path(source)
    if isinstance(source, Path) or path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return path
    known = names("arch_templates")
    if source in known:
        return data_dir("arch_templates") / f"{source}.yaml"
    if source and path.exists():  # the reader says what is wrong with a directory
        return path
    raise ConfigError(Fault("no such accelerator template or file", value=repr(source), nearest=nearest(str(source), known),
                            allowed=f"{shortened(known, 'all')}; see hwsim list"))


def _from_folder(values: Any, folder: Path) -> Any:
    """Return plain values in which the paths that a file in ``folder`` names are from there on."""
    return with_paths(values, lambda path: str(folder / path))


def _plain(value: Any) -> Any:
    """Copy nested mappings and sections into dicts, so that overrides can be set in them."""
    if isinstance(value, Section):
        return _plain(value.model_dump(exclude_unset=True))
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return value
