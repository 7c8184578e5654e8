"""What a command line names, loaded or refused: templates, workloads, KEY=VALUE texts, files to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from hwsim.errors import ConfigError, Fault

if TYPE_CHECKING:
    from hwsim.arch.description import Accelerator
    from hwsim.workload.network import Network

T = TypeVar("T")


def assignments(option: str, texts: Sequence[str]) -> tuple[dict[str, object], list[Fault]]:
    """Read ``KEY=VALUE`` texts, values as YAML; return them by key, and the faults."""
    from hwsim.yamlfile import read_value

    values: dict[str, object] = {}
    faults: list[Fault] = []
    for text in texts:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            faults.append(Fault("expected KEY=VALUE", path=option, value=repr(text)))
        elif key in values:
            faults.append(Fault("given twice", path=f"{option} {key}"))
        else:
            try:
                values[key] = read_value(value)
            except ConfigError as error:
                faults += [Fault(fault.message, path=f"{option} {key}", value=repr(value)) for fault in error.faults]
    return values, faults


def collect(*steps: Callable[[], Any]) -> list[Any]:
    """Return what every step returns, or raise one ConfigError with the faults of all of them."""
    results: list[Any] = []
    faults: list[Fault] = []
    for step in steps:
        try:
            results.append(step())
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
    return results


def accelerator(template: str, overrides: Sequence[str] = ()) -> Accelerator:
    """Load ``template`` with the values of ``--set``."""
    from hwsim.arch.load import load_accelerator

    values, faults = assignments("--set", overrides)
    return _unless(faults, lambda: load_accelerator(template, overrides=values))


def network(
    source: str, *, batch: int | None, params: Sequence[str], bits: int | None,
    on_unsupported: Literal["error", "vector"],
) -> Network:
    """Load the workload ``source`` with the values of ``workload_options``."""
    from hwsim.workload.load import load_workload

    values, faults = assignments("--param", params)
    return _unless(faults, lambda: load_workload(source, batch=batch, params=values or None, bits=bits,
                                                 on_unsupported=on_unsupported))


def _unless(faults: Sequence[Fault], load: Callable[[], T]) -> T:
    """Return what ``load`` returns; its faults and ``faults`` come in one error."""
    def refuse() -> None:
        if faults:
            raise ConfigError(faults)

    loaded: T = collect(refuse, load)[1]
    return loaded


def is_template(source: str) -> bool:
    """Return whether ``source`` names an accelerator rather than a workload; a YAML file is told by its keys."""
    from hwsim.datafiles import names
    from hwsim.yamlfile import read_yaml

    if source in names("workloads"):
        return False
    if source in names("arch_templates"):
        return True
    if Path(source).suffix not in (".yaml", ".yml"):
        return False
    return not {"kind", "technology"}.isdisjoint(read_yaml(Path(source)).data)


def writable(option: str, target: str | None) -> None:
    """Refuse a file that cannot be written, before any work is done for it; ``-`` is standard output.

    Raises
    ------
    ConfigError
        The folder does not exist, or ``target`` is a folder.
    """
    if target in (None, "-"):
        return
    path = Path(str(target))
    if path.is_dir():
        raise ConfigError(Fault("cannot write: is a directory", file=str(path), path=option))
    if not path.parent.is_dir():
        raise ConfigError(Fault("cannot write: no such directory", file=str(path.parent), path=option))
