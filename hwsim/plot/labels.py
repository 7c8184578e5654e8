"""Names beside points, none over another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_SIDES = ((1, 1), (1, -1), (-1, 1), (-1, -1))
_DISTANCES = (12, 24, 40, 60, 84)  # points


def label_points(
    ax: Axes, points: NDArray[np.float64], names: Sequence[str], obstacles: NDArray[np.float64],
) -> None:
    """Write each name near its point (x, y), inside the axes, clear of other names and of the ``obstacles`` (x, y).

    Names come in order of importance; the nearest free place wins, and a name without a free place is left out.
    """
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    ax.get_figure(root=True).draw_without_rendering()  # type: ignore[union-attr]
    taken = [Bbox.from_extents(x - 6, y - 6, x + 6, y + 6) for x, y in ax.transData.transform(obstacles)]
    inside = ax.get_window_extent()
    for (x, y), name in zip(points, names, strict=True):
        for distance, (right, up) in ((d, side) for d in _DISTANCES for side in _SIDES):
            text = ax.annotate(
                name, (x, y), xytext=(right * distance, up * distance), textcoords="offset points", fontsize="x-small",
                ha="left" if right > 0 else "right", va="center", zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
                arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": "grey", "shrinkA": 0, "shrinkB": 0})
            text.get_window_extent()  # brings the position up to date, and counts the line to the point in
            box = Text.get_window_extent(text)
            within = inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
            if within and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()
