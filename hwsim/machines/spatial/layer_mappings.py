"""The mappings of a workload's layers: a frame, plain values, files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwsim.dataflow.loopnest.columns import BYPASS
from hwsim.dataflow.mapper.mapping_file import Mapping, save
from hwsim.errors import ConfigError, Fault
from hwsim.machines.spatial.mapped_layer import MappedLayer
from hwsim.machines.spatial.mappings_text import table

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("layer", "count", "macs", "cycles", "compute_cycles", "utilisation", "energy_j", "all_cycles", "all_energy_j",
            "bound")


@dataclass(frozen=True, repr=False)
class LayerMappings:
    """The distinct layers of a workload on a spatial array.

    Attributes
    ----------
    accelerator, workload : names.
    layers : each distinct one once, in the order of the workload.
    notes : what to know of the mappings.
    """

    accelerator: str
    workload: str
    layers: tuple[MappedLayer, ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> MappedLayer:
        """Return the entry of a layer."""
        for entry in self.layers:
            if name in entry.layers:
                return entry
        raise KeyError(name)

    def __repr__(self) -> str:
        return table(self)

    def summary(self, *, of_all: bool = True) -> str:
        """Return every layer in full, after a table ``of_all``."""
        blocks = [table(self), ""] if of_all else []
        blocks += [f"{entry}\n" for entry in self.layers]
        return "\n".join((*blocks, *(f"note: {note}" for note in self.notes))).rstrip("\n")

    @property
    def mappings(self) -> dict[str, Mapping]:
        """The loop nest of every layer, by its name; none for dataflows without loop nests."""
        return {name: entry.mapping for entry in self.layers for name in entry.layers if entry.mapping is not None}

    @property
    def cycles(self) -> float:
        """Of all layers."""
        return sum(entry.all_cycles for entry in self.layers)

    @property
    def energy_j(self) -> float:
        """Of all layers."""
        return sum(entry.all_energy_j for entry in self.layers)

    def frame(self) -> pd.DataFrame:
        """Return a row a distinct layer: how often, shape, costs of one, what bounds it, and energy in J by level."""
        import pandas as pd

        rows = []
        for entry in self.layers:
            plain = entry.plain()
            by_level: dict[str, float] = {}
            for part in entry.traffic:
                by_level[f"energy_{part.level}_j"] = by_level.get(f"energy_{part.level}_j", 0.0) + part.energy_j
            rows.append({**{key: plain[key] for key in _COLUMNS}, **plain["dims"], **by_level,
                         **{f"energy_{name.replace(' ', '_').lower()}_j": j for name, j in entry.energy_parts_j.items()},
                         "mapping": plain["text"]})
        return pd.DataFrame(rows)

    def plain(self) -> dict[str, Any]:
        """Return plain values."""
        import hwsim

        return {"hwsim_version": hwsim.__version__, "accelerator": self.accelerator, "workload": self.workload,
                "cycles": self.cycles, "energy_j": self.energy_j,
                "layers": [entry.plain() for entry in self.layers], "notes": list(self.notes)}

    def save(self, folder: str | Path) -> list[Path]:
        """Write the loop nest of every distinct layer to a file in a folder, as ``pe_array.mappings`` takes it.

        Raises
        ------
        ConfigError
            A dataflow without loop nests; operands that start on chip; a folder that cannot be made or written to.
        """
        if not self.mappings:
            raise ConfigError(Fault(f"{self.accelerator} has no loop nests to save", path="pe_array.dataflow", allowed="free"))
        if any(row[0] == BYPASS for mapping in self.mappings.values() for row in mapping.nest.position):
            raise ConfigError(Fault("mappings of activations that stay on chip cannot be fixed by hand", allowed="0",
                                    path=f"{self.accelerator}.pe_array.residency"))
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(Fault(f"cannot be made: {error.strerror}", file=str(folder))) from error
        files: list[Path] = []
        for entry in self.layers:
            stem = re.sub(r"[^\w.-]+", "_", entry.name).strip("._")[:80] or "layer"
            name = next(name for name in (stem, *(f"{stem}-{i}" for i in range(2, len(self.layers) + 2)))
                        if Path(folder, f"{name}.yaml") not in files)
            files.append(Path(folder, f"{name}.yaml"))
            assert entry.mapping is not None
            save(entry.mapping, files[-1], f"{entry.name}: {entry.shape}")
        return files
