"""What a simulation returns: totals, a row a layer, and where they came from."""

from hwsim.result.columns import (
    CYCLE_PARTS,
    ENERGY_PARTS,
    LAYER_COLUMNS,
    PART_COLUMNS,
    RESULT_COLUMNS,
    Column,
    Part,
    sum_parts,
)
from hwsim.result.result import Result

__all__ = ["CYCLE_PARTS", "ENERGY_PARTS", "LAYER_COLUMNS", "PART_COLUMNS", "RESULT_COLUMNS", "Column", "Part", "Result",
           "sum_parts"]
