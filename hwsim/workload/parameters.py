"""Which parameters the source of a workload takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hwsim.datafiles import data_dir, names
from hwsim.errors import ConfigError
from hwsim.workload.families.base import FAMILIES
from hwsim.workload.families.parameters import hints_of
from hwsim.yamlfile import read_yaml


def workload_parameters(source: object) -> tuple[str, ...] | None:
    """Return the names that ``params`` of ``load_workload`` may have: () where they are not known beforehand, None for none.

    An ONNX model takes sizes of its symbolic dimensions, which only reading it tells.
    """
    if isinstance(source, str) and source in names("workloads"):
        source = data_dir("workloads") / f"{source}.yaml"
    if isinstance(source, str | Path) and Path(source).suffix.lower() in (".yaml", ".yml"):
        try:
            source = read_yaml(Path(source)).data
        except ConfigError:  # loading it says what is wrong
            return ()
    if isinstance(source, Mapping):
        import hwsim.workload.families  # noqa: F401  (they register themselves)

        builder = source.get("builder")
        return tuple(hints_of(FAMILIES[builder])) if isinstance(builder, str) and builder in FAMILIES else None
    return () if isinstance(source, str | Path) and Path(source).suffix.lower() == ".onnx" else None
