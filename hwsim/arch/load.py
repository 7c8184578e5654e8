"""Load an accelerator from a template, a file, plain values or a description, with overrides; all faults at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hwsim.arch.description import Accelerator, Section
from hwsim.arch.faults import validate
from hwsim.arch.files import contents, from_folder, with_paths
from hwsim.arch.like import variant
from hwsim.arch.overrides import apply_overrides
from hwsim.datafiles import data_dir, names
from hwsim.errors import ConfigError, Fault, nearest, shortened
from hwsim.yamlfile import read_yaml


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
        file = find_template(source)
        document = read_yaml(file)
        data = document.data
        if "like" in data:
            return load_accelerator(*variant(document, overrides or {}))
        data = from_folder(data, file.parent)
    touched, faults = apply_overrides(data, _plain(overrides or {}))
    accelerator, more = validate(data, document, touched)
    if accelerator is None or faults:
        raise ConfigError([*more, *faults])
    return accelerator


def template_hash(accelerator: Accelerator) -> str:
    """Return 16 hex digits that identify the content of a description and the files it names, however it was written."""
    data = with_paths(accelerator.model_dump(mode="json"), contents)
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def find_template(source: str | Path) -> Path:
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


def _plain(value: Any) -> Any:
    """Copy nested mappings and sections into dicts, so that overrides can be set in them."""
    if isinstance(value, Section):
        return _plain(value.model_dump(exclude_unset=True))
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return value
