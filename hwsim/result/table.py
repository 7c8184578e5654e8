"""Plain-text tables: aligned columns, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,), indent: str = "  ",
            widest: int | None = 40) -> str:
    """Return ``rows`` under ``header`` with columns padded to their widest cell.

    Columns whose index is in ``left`` are aligned to the left, the others to the right. Cells longer than ``widest``
    characters are cut in the middle, where names that share a prefix and an ending still tell apart; None cuts nothing.
    """
    lines = [list(header), *map(list, rows)] if any(header) else [list(row) for row in rows]
    cells = [[_cut(cell, widest) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = ("  ".join(cell.ljust(width) if i in left else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(line, widths, strict=True))) for line in cells)
    return "\n".join((indent + line).rstrip() for line in padded)


def _cut(text: str, widest: int | None) -> str:
    if widest is None or len(text) <= widest:
        return text
    head = (widest - 1) // 2
    return text[:head] + "…" + text[len(text) - (widest - 1 - head):]
