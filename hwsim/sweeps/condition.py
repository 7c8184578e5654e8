"""Comparisons of axes, as texts: ``array.rows >= array.cols``, ``clock_hz < 1 GHz``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hwsim.errors import ConfigError
from hwsim.sweeps.space import Point
from hwsim.units import dimension_of, parse
from hwsim.yamlfile import read_value

SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt}
_TEXT = re.compile(rf"\s*(\S+)\s+({'|'.join(SIGNS)})\s+(\S.*?)\s*")


@dataclass(frozen=True)
class Condition:
    """``left sign right``; a side that is an axis of the point stands for its value. Points without the axis pass."""

    left: str
    sign: str
    right: str

    @classmethod
    def of(cls, text: str) -> Condition | None:
        """Return the condition that a text means, None where it is none."""
        found = _TEXT.fullmatch(text)
        return None if found is None else cls(*found.groups())

    def __call__(self, point: Point) -> bool:
        """Tell whether a point is to be kept."""
        axes = [side for side in (self.left, self.right) if side in point]
        if not axes:
            return True
        dimension = dimension_of(axes[0].rsplit(".", 1)[-1])
        return bool(SIGNS[self.sign](*(_value(point.get(side, side), side not in point, dimension)
                                       for side in (self.left, self.right))))


def _value(value: Any, written: bool, dimension: str | None) -> Any:
    if isinstance(value, str) and dimension is not None:
        return parse(value, dimension)
    if isinstance(value, str) and written:
        try:
            return read_value(value)
        except ConfigError:
            return value
    return value
