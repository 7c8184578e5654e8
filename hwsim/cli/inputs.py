"""What a command line names, loaded or refused: templates, workloads, KEY=VALUE texts, files to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
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
    from hwsim.arch.like import is_template_file
    from hwsim.datafiles import names
    from hwsim.yamlfile import read_yaml

    if source in names("workloads"):
        return False
    if source in names("arch_templates"):
        return True
    return Path(source).suffix in (".yaml", ".yml") and is_template_file(read_yaml(Path(source)))


def is_dram_device(source: str) -> bool:
    """Return whether ``source`` is a YAML file with the keys of a DRAM device."""
    from hwsim.arch.dram import is_device_file
    from hwsim.yamlfile import read_yaml

    keys = {"like", "organisation", "timing", "rate_mt_s"}
    return is_device_file(source) and not keys.isdisjoint(read_yaml(Path(source)).data)


def check_outputs(sources: Sequence[str], **targets: str | None) -> None:
    """Refuse files that cannot be written, before any work is done for them; ``-`` is standard output.

    Parameters
    ----------
    sources : templates and workloads, names or files, that the command reads.
    targets : option without its dashes -> file to write, or None.

    Raises
    ------
    ConfigError
        A folder that does not exist, a target that is a folder, one of the ``sources`` or another target.
    """
    given = {("-" if len(name) == 1 else "--") + name: str(target) for name, target in targets.items() if target is not None}
    faults: list[Fault] = []
    for option, target in given.items():
        path = Path(target)
        if target == "-":
            continue
        if path.is_dir():
            faults.append(Fault("cannot write: is a directory", file=target, path=option))
        elif not path.parent.is_dir():
            faults.append(Fault("cannot write: no such directory", file=str(path.parent), path=option))
        elif any(_same(path, file) for source in sources for file in _files(source)):
            faults.append(Fault("cannot write: is read by the same command", file=target, path=option))
    for (one, first), (two, second) in combinations(given.items(), 2):
        if first == second == "-":
            faults.append(Fault(f"only one of {one} and {two} can be -"))
        elif "-" not in (first, second) and _same(Path(first), Path(second)):
            faults.append(Fault("cannot write: is the same file", file=second, path=f"{one} and {two}"))
    if faults:
        raise ConfigError(faults)


def _files(source: str) -> list[Path]:
    """Return the files that ``source`` may mean."""
    from hwsim.datafiles import data_dir

    return [Path(source), *(data_dir(kind) / f"{source}.yaml" for kind in ("arch_templates", "workloads"))]


def _same(a: Path, b: Path) -> bool:
    if a.exists() and b.exists():
        return a.samefile(b)
    return a.resolve() == b.resolve()
