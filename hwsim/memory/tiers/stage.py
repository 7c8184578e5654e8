"""A stage: consecutive kernels that run whole, patch by patch or row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stage:
    """Kernels ``first`` to ``last`` (inclusive), run for one tile after another.

    What is made and used up inside a stage is held for one tile only; what enters or leaves it is held whole.

    Attributes
    ----------
    how : ``whole`` (one tile, one kernel), ``patches`` (of feature maps) or ``rows`` (of token matrices).
    tiles : numbers of tiles down and across; (blocks, 1) for rows.
    tile_bytes : bytes of the largest tile of each storage of which one tile is held: those inside, and streamed inputs.
    aligned : inputs of which a tile of output needs just the same places, so that the output may overwrite them.
    macs : executed, what neighbouring tiles repeat included.
    weight_read_bytes : constants read, once a tile.
    """

    first: int
    last: int
    how: Literal["whole", "patches", "rows"] = "whole"
    tiles: tuple[int, int] = (1, 1)
    tile_bytes: Mapping[str, int] = field(default_factory=dict)
    aligned: frozenset[str] = frozenset()
    macs: int = 0
    weight_read_bytes: int = 0

    @property
    def count(self) -> int:
        """Number of tiles."""
        return self.tiles[0] * self.tiles[1]

    def __str__(self) -> str:
        text = {"whole": "whole", "patches": f"{self.tiles[0]} x {self.tiles[1]} patches", "rows": f"{self.count} row blocks"}
        return f"kernels {self.first}..{self.last}: {text[self.how]}"
