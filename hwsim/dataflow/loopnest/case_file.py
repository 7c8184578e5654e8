"""Golden files of Timeloop's analytical model, JSON, into cases: problem, architecture and mapping; results are not read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hwsim.dataflow.loopnest.case import AXIS_NAMES, FILE_DIMS, OPERAND_NAMES, SHAPE, Case, CaseLevel, CaseMacs
from hwsim.dataflow.loopnest.columns import BYPASS, TEMPORAL
from hwsim.dataflow.loopnest.nest import Loop, LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.memory import limits
from hwsim.yamlfile import KeyPath, read_yaml

MAX_BYTES = 2**18
MAX_SIZE = 2**31
_MAX_DIGITS = 40
_WHOLE = f"whole number from 1 to {MAX_SIZE}"


def read_case(path: str | Path) -> Case:
    """Read a case.

    Raises
    ------
    ConfigError
        A file that cannot be read, is larger than ``MAX_BYTES`` or is not JSON; else everything that is wrong in problem,
        architecture and mapping, each with its line.
    """
    file = str(path)
    reader = _Reader()
    case = reader.case(_json(Path(path)))
    faults = reader.faults or (case.faults() if case else [])
    if case is None or faults:
        raise ConfigError(_placed(faults, Path(file)))
    return case


def _json(path: Path) -> Any:
    file = str(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ConfigError(Fault(f"larger than {MAX_BYTES // 2**10} KiB", file=file))
        data = json.loads(raw.decode(), parse_int=_whole, parse_constant=_refuse, object_pairs_hook=_once)
        json.dumps(data, ensure_ascii=False).encode()  # escapes may spell what no text can hold
        return data
    except FileNotFoundError:
        raise ConfigError(Fault("no such file", file=file)) from None
    except OSError as error:
        raise ConfigError(Fault(f"cannot be read: {error.strerror}", file=file)) from None
    except UnicodeDecodeError as error:
        raise ConfigError(Fault("not UTF-8 text", file=file, line=raw.count(b"\n", 0, error.start) + 1)) from None
    except UnicodeEncodeError:
        raise ConfigError(Fault("an escape of half a character", file=file)) from None
    except json.JSONDecodeError as error:
        raise ConfigError(Fault(f"not valid JSON: {error.msg}", file=file, line=error.lineno)) from None
    except RecursionError:
        raise ConfigError(Fault("nested too deeply", file=file)) from None
    except ValueError as error:
        raise ConfigError(Fault(f"not valid JSON: {error}", file=file)) from None


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is given twice")
        found[key] = value
    return found


def _placed(faults: Sequence[Fault], path: Path) -> list[Fault]:
    """Return faults with the lines of their paths: JSON is read as YAML, whose reader knows them."""
    try:
        line = read_yaml(path).line
    except ConfigError:
        return [replace(fault, file=str(path)) for fault in faults]
    found = [replace(fault, file=str(path), line=line(_keys(fault.path))) for fault in faults]
    return sorted(found, key=lambda fault: fault.line or 0)


def _keys(path: str) -> KeyPath:
    return tuple(int(key) if key.isdecimal() and len(key) < 9 else key for key in path.split("."))


class _Reader:
    """Turns plain values into a case and collects what is wrong; paths are dotted, entries of lists by their number."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, message: str, path: str, value: object = None, allowed: str | None = None, near: str | None = None) -> None:
        self.faults.append(Fault(message, path=path, value=None if value is None else repr(value)[:80], allowed=allowed,
                                 nearest=near))

    def case(self, data: Any) -> Case | None:
        """Return a case, or None with faults; what its parts make of each other is not looked at."""
        root = self.section(data, "", None, ("problem", "architecture", "mapping"))
        problem = self.below(root, "problem", ("type", "dims", *SHAPE), ("type", "dims"))
        kind = self.named(problem["type"], "problem.type", FILE_DIMS) if "type" in problem else ""
        dims = FILE_DIMS.get(kind, {})
        given = self.below(problem, "dims", tuple(dims) or None, tuple(dims), "problem.dims")
        sizes = {ours: self.whole(given[dim], f"problem.dims.{dim}") for dim, ours in dims.items() if dim in given}
        shape = [self.whole(problem.get(key, 1), f"problem.{key}") for key in SHAPE]
        machine = self.below(root, "architecture", ("name", "levels", "mac"), ("levels", "mac"))
        entries = self.entries(machine.get("levels", []), "architecture.levels")
        levels = [self.part(CaseLevel, entry, f"architecture.levels.{i}") for i, entry in enumerate(entries)]
        names = [str(entry.get("name", "")) if isinstance(entry, dict) else "" for entry in entries]
        if entries == machine.get("levels") == []:
            self.fault("needs at least one level", "architecture.levels")
        for i, name in enumerate(names):
            if name in names[:i]:
                self.fault("two levels of one name", f"architecture.levels.{i}.name", name)
            elif levels[i] is not None and not name:
                self.fault("needs some text", f"architecture.levels.{i}.name")
        macs = self.part(CaseMacs, machine["mac"], "architecture.mac") if "mac" in machine else None
        loops, begins, bypass = self.mapping(root["mapping"], names, dims) if "mapping" in root else ([], [], [])
        if self.faults or macs is None:
            return None
        position = tuple(tuple(BYPASS if operand in left else begin for begin, left in zip(begins, bypass, strict=True))
                         for operand in OPERAND_NAMES)
        return Case(Problem.of(str(root.get("name") or "layer"), (shape[0], shape[1]), (shape[2], shape[3]), **sizes), kind,
                    str(machine.get("name", "")), tuple(levels), macs, LoopNest(tuple(loops), position), tuple(begins))

    def below(self, section: dict[str, Any], key: str, known: Sequence[str] | None, required: Sequence[str],
              path: str = "") -> dict[str, Any]:
        """Return the mapping at a key; where there is none, that has been told."""
        return self.section(section[key], path or key, known, required) if key in section else {}

    def section(self, value: Any, path: str, known: Sequence[str] | None, required: Sequence[str]) -> dict[str, Any]:
        """Return a mapping; ``known`` None admits any key."""
        if not isinstance(value, dict):
            self.fault("not a mapping" if path else "the root is not a mapping", path, value)
            return {}
        dot = f"{path}." if path else ""
        for key in value:
            if known is not None and key not in known:
                self.fault("unknown key", f"{dot}{key}", None, ", ".join(known), nearest(key, known))
        for key in required:
            if key not in value:
                self.fault("required key is missing", f"{dot}{key}")
        return value

    def entries(self, value: Any, path: str) -> list[Any]:
        if isinstance(value, list):
            return value
        self.fault("not a list", path, value)
        return []

    def named(self, value: Any, path: str, known: Sequence[str] | dict[str, Any], what: str = "not an allowed value") -> str:
        """Return a name; "" if it is not one of ``known``."""
        if isinstance(value, str) and value in known:
            return value
        self.fault(what, path, value, ", ".join(known), nearest(value, known) if isinstance(value, str) else None)
        return ""

    def whole(self, value: Any, path: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_SIZE:
            return value
        self.fault("not a size", path, value, _WHOLE)
        return 1

    def part(self, kind: Any, value: Any, path: str) -> Any:
        """Return a level or the MACs, or None with faults."""
        if not isinstance(value, dict):
            self.fault("not a mapping", path, value)
            return None
        values, faults = limits.parse(kind, value, f"{path}.")
        faults += [replace(fault, path=f"{path}.{fault.path}") for fault in limits.check(kind, values)]
        self.faults += faults
        return None if faults else kind(**values)

    def mapping(self, value: Any, levels: Sequence[str], dims: dict[str, str]) -> tuple[list[Loop], list[int], list[list[str]]]:
        """Return the loops, the first loop of each level, and what each level bypasses."""
        loops, begins, bypass = list[Loop](), list[int](), list[list[str]]()
        entries = self.entries(value, "mapping")
        for m, raw in enumerate(entries):
            path = f"mapping.{m}"
            entry = self.section(raw, path, ("level", "temporal", "spatial", "bypass"), ("level",))
            if "level" in entry and self.named(entry["level"], f"{path}.level", levels, "unknown level") and (
                    m >= len(levels) or entry["level"] != levels[m]):
                self.fault("levels of the mapping stand as in the architecture, outermost first", f"{path}.level",
                           entry["level"], ", ".join(levels))
            begins.append(len(loops))
            for key in ("temporal", "spatial"):
                for i, loop in enumerate(self.entries(entry.get(key, []), f"{path}.{key}")):
                    loops.append(self.loop(loop, f"{path}.{key}.{i}", dims, key == "spatial"))
            left = [self.named(name, f"{path}.bypass.{i}", OPERAND_NAMES, "unknown operand")
                    for i, name in enumerate(self.entries(entry.get("bypass", []), f"{path}.bypass"))]
            if not m and left:
                self.fault("the outermost level holds every operand", f"{path}.bypass", left)
            bypass.append(left)
        for missing in levels[len(entries):] if isinstance(value, list) else ():
            self.fault(f"no entry for the level {missing}", "mapping")
        return loops, begins, bypass

    def loop(self, value: Any, path: str, dims: dict[str, str], is_spatial: bool) -> Loop:
        keys = ("dim", "factor", "axis") if is_spatial else ("dim", "factor")
        entry = self.section(value, path, keys, keys)
        axes = {name: axis for axis, name in AXIS_NAMES.items()}
        dim = self.named(entry["dim"], f"{path}.dim", dims, "unknown dim") if "dim" in entry and dims else ""
        factor = self.whole(entry["factor"], f"{path}.factor") if "factor" in entry else 1
        axis = self.named(entry["axis"], f"{path}.axis", axes, "unknown axis") if is_spatial and "axis" in entry else ""
        return Loop(dims.get(dim, ""), factor, axes.get(axis, TEMPORAL))
