"""Results of searches, found again by the content of what was asked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hwsim.dataflow.loopnest.fingerprint import SOURCES as COSTS
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.fingerprint import SOURCES as SEARCH
from hwsim.dataflow.mapper.objective import Objective
from hwsim.dataflow.mapper.space import MapSpace
from hwsim.errors import ConfigError
from hwsim.result.write import write_bytes


def content_key(problem: Problem, space: MapSpace, objective: Objective, strategy: str, seed: int) -> str:
    """Return a hash of everything that decides the outcome of a search, the source of the models included."""
    asked = [problem.dims, problem.stride, problem.dilation, space.key(), list(map(float, objective.weights())), strategy, seed,
             COSTS, SEARCH]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


@dataclass(frozen=True)
class Kept:
    """Results by key, in memory and, with a folder, as one JSON file each."""

    folder: Path | None = None
    memory: dict[str, dict[str, Any]] = field(default_factory=dict)

    def get(self, key: str) -> dict[str, Any] | None:
        """Return what was put under a key, or None; a file that cannot be read counts as missing."""
        if key not in self.memory and self.folder is not None:
            try:
                self.memory[key] = json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
            except (FileNotFoundError, ValueError):
                return None
        return self.memory.get(key)

    def put(self, key: str, values: dict[str, Any]) -> None:
        """Keep values; a file appears whole or not at all."""
        self.memory[key] = values
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{self.folder}: mappings cannot be kept here: {error.strerror}") from error
        write_bytes(self.folder / f"{key}.json", json.dumps(values).encode())
