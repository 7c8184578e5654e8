"""Names beside points: none over another, and no line to a point through a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, radians, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.path import Path
    from matplotlib.transforms import Bbox
    from numpy.typing import NDArray

FONT_POINTS = 7.5
_GAPS_POINTS = (5, 14, 26, 42, 62, 86, 120)  # between the marker and the name
_ANGLES_DEG = (30, -30, 150, -150, 0, 180, 60, -60, 120, -120)


def label_points(
    ax: Axes, points: NDArray[np.float64], radii_points: NDArray[np.float64], names: Sequence[str],
    obstacles: NDArray[np.float64], obstacle_radii_points: NDArray[np.float64],
) -> None:
    """Write each name near its point (x, y), inside the axes and clear of names, lines to points and ``obstacles``.

    Names come in order of importance; the nearest free place wins. A name without a free place is left out, but for
    the first, which then only has to stay inside the axes. Radii are those of the markers.
    """
    from matplotlib.transforms import Bbox

    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    pixels = figure.dpi / 72
    markers = [Bbox.from_extents(x - r, y - r, x + r, y + r) for (x, y), r in
               zip(ax.transData.transform(obstacles), (obstacle_radii_points + 1) * pixels, strict=True)]
    boxes: list[Bbox] = []
    lines: list[Path] = []
    for point, radius, name in zip(points, radii_points, names, strict=True):
        inside = list(_places(ax, point, radius, name, pixels))
        free = [place for place in inside
                if not any(place[1].overlaps(other) for other in (*markers, *boxes))
                and not any(place[2].intersects_bbox(box, filled=False) for box in boxes)
                and not any(line.intersects_bbox(place[1], filled=False) for line in lines)]
        if not free and (boxes or not inside):
            continue
        (right, up), box, line = (free or inside)[0]
        boxes.append(box)
        lines.append(line)
        ax.annotate(
            name, point, xytext=(right, up), textcoords="offset points", fontsize=FONT_POINTS, va="center", zorder=4,
            ha="left" if right > 0 else "right",
            arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": "grey", "shrinkA": 0, "shrinkB": radius,
                        "relpos": (0.0 if right > 0 else 1.0, 0.5)})  # the line ends at the middle of the near edge


def _places(
    ax: Axes, point: NDArray[np.float64], radius: float, name: str, pixels: float,
) -> Iterator[tuple[tuple[float, float], Bbox, Path]]:
    """Yield places inside the axes, near ones first: offset from the point in points, box and line in pixels."""
    from matplotlib.path import Path
    from matplotlib.transforms import Bbox

    text = ax.text(0.0, 0.0, name, fontsize=FONT_POINTS, transform=None)
    size = text.get_window_extent()
    text.remove()
    x, y = ax.transData.transform(point)
    within = ax.get_window_extent()
    for gap in _GAPS_POINTS:
        for angle in map(radians, _ANGLES_DEG):
            right, up = cos(angle) * (radius + gap), sin(angle) * (radius + gap)
            near, middle = x + right * pixels, y + up * pixels
            left = near if right > 0 else near - size.width
            box = Bbox.from_bounds(left, middle - size.height / 2, size.width, size.height).padded(1.5)
            if within.x0 <= box.x0 and box.x1 <= within.x1 and within.y0 <= box.y0 and box.y1 <= within.y1:
                yield (right, up), box, Path([(x, y), (near, middle)])
