"""Gantt chart: what every resource did when."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hwsim.errors import ConfigError, Fault, nearest
from hwsim.plot.axes import COLOURS, CYCLE, OTHER_COLOUR, legend_beside, new_axes, time_axis
from hwsim.result import Result
from hwsim.result.timeline import TaskTimeline
from hwsim.units import si

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_ACTION_COLOURS = {"compute": COLOURS["array"], "load filter": COLOURS["weight load"], "load ifmap": COLOURS["input"],
                   "store ofmap": COLOURS["output"]}
_GREYS = ("#BBBBBB", "#DDDDDD")
_EXACT = 20_000  # bars drawn one by one at most; of more, short ones are gathered in bins
_BINS = 2000
_LABELS = 300
_FONT_POINTS = 7.0


def timeline(
    run: TaskTimeline | Result, window: tuple[float, float] | None = None,
    color_by: Literal["kernel", "action", "job"] | None = None, ax: Axes | None = None,
) -> Axes:
    """Draw every task as a bar from start to end of service, a row a resource; tasks that overlap share the row's height.

    Parameters
    ----------
    window : begin and end in seconds; the whole run without it.
    color_by : what has a colour of its own; by default ``job`` where there are several, else ``action``: what a task does. Of
        more than ten names the ten of the most time have one; the others are grey, one after the other light and dark, with
        their names in the bars where they fit, once for a run of tasks of the same.

    Notes
    -----
    Of more than 20,000 tasks those thinner than a pixel are gathered: of a lane, the tasks of one colour in one 2000th of the
    time are one bar of their total length. A pixel's shade is its busy share either way.

    Raises
    ------
    ConfigError
        The result has no timeline, ``window`` is empty, or ``color_by`` is none of the three.
    """
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgba_array

    tasks = timeline_of(run, window)
    color_by = color_by or ("job" if len(tasks.jobs) > 1 else "action")
    shown = tasks.served()
    codes, names = _named(tasks, color_by)
    left, right = tasks.start_s[shown], tasks.end_s[shown]
    served_s = np.bincount(codes[shown], weights=right - left, minlength=len(names))
    used, code = np.unique(codes[shown], return_inverse=True)
    longest = used[np.argsort(-served_s[used], kind="stable")][: len(CYCLE)]
    colours = _colours(color_by, names, used.tolist(), set(longest.tolist()))
    resource, lane = tasks.resource[shown], tasks.lanes()[shown]
    lanes = np.ones(len(tasks.resources), np.int64)
    np.maximum.at(lanes, resource, lane + 1)
    begin, end = tasks.span_s
    count = left.size
    if count > _EXACT:
        (resource, lane, code), left, right = _gathered((resource, lane, code), left, right, begin, end)
    row_height = np.maximum(1.0, 0.5 * lanes)
    row_top = np.cumsum(row_height) - row_height
    height = 0.84 * (row_height / lanes)[resource]
    top = row_top[resource] + 0.08 * row_height[resource] + lane * height
    corners: Any = np.stack([np.column_stack(corner) for corner in (
        (left, top), (right, top), (right, top + height), (left, top + height))], axis=1)
    rows, total = len(tasks.resources), float(row_height.sum())
    ax = new_axes(ax, 10.0, max(min(1.3 + 0.42 * total, 14.0), 1.0 + 0.2 * min(used.size, len(CYCLE) + 1)))
    edges = np.where(right - left > 0.004 * (end - begin), 0.5, 0.0)  # between tasks that are wide enough for an edge
    ax.add_collection(PolyCollection(corners, facecolors=to_rgba_array(colours)[code], edgecolors="white", linewidths=edges,
                                     snap=False), autolim=False)  # tasks thinner than a pixel shade it, by their share
    step = 1 + rows // 60
    ax.set_yticks((row_top + row_height / 2)[::step], tasks.resources[::step], fontsize="small" if rows <= 40 else "xx-small")
    ax.set_ylim(max(total, 1.0), 0.0)
    ax.hlines(row_top[1:], begin, max(begin, end), color="black", alpha=0.2, linewidth=0.5)
    time_axis(ax, begin, end)
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)
    head = f"{run.workload} on {run.accelerator}: " if isinstance(run, Result) else ""
    since = f" from {si(begin, 's', 6)}" if begin else ""
    ax.set_title(f"{head}{count:,} tasks in {si(end - begin, 's', 4)}{since}", fontsize="medium")
    for colour, index in zip(colours, used.tolist(), strict=True):
        if index in longest:
            ax.bar([begin], [0.0], width=0.0, color=colour, label=names[index])
    others = used.size - longest.size
    if others:
        ax.bar([begin], [0.0], width=0.0, color=_GREYS[0], label=f"other ({others} {color_by}s)")
    legend_beside(ax, color_by)
    if others:
        hidden = ~np.isin(used[code], longest)
        _label_runs(ax, corners[hidden], (resource * int(lanes.max()) + lane)[hidden], used[code][hidden], names)
    return ax


def timeline_of(run: TaskTimeline | Result, window: tuple[float, float] | None) -> TaskTimeline:
    """Return the timeline to draw.

    Raises
    ------
    ConfigError
        A result without a timeline, or an empty ``window``.
    """
    tasks = run.timeline if isinstance(run, Result) else run
    if tasks is None:
        raise ConfigError(Fault("a result of this fidelity has no timeline", value=getattr(run, "fidelity", ""),
                                allowed="event"))
    return tasks if window is None else tasks.window(*window)


def _named(tasks: TaskTimeline, color_by: str) -> tuple[Ints, list[str]]:
    """Return (N,) index into the returned names, which are distinct."""
    columns = {"kernel": (tasks.kernel, tasks.kernels), "action": (tasks.action, tasks.actions), "job": (tasks.job, tasks.jobs)}
    if color_by not in columns:
        raise ConfigError(Fault("tasks have no such colour", path="color_by", value=repr(color_by), allowed=", ".join(columns),
                                nearest=nearest(color_by, columns)))
    index, texts = columns[color_by]
    names = list(dict.fromkeys([*texts, f"no {color_by}"]))
    return np.array([*map(names.index, texts), len(names) - 1])[index], names


def _colours(color_by: str, names: list[str], used: list[int], longest: set[int]) -> list[str]:
    """Return a colour for each name that is used: its own for the longest, greys for the others."""
    known = {**(_ACTION_COLOURS if color_by == "action" else {}), f"no {color_by}": OTHER_COLOUR}
    taken = {known.get(names[index]) for index in longest}
    own, greys = iter([colour for colour in CYCLE if colour not in taken]), cycle(_GREYS)
    return [next(greys) if index not in longest else known.get(names[index]) or next(own) for index in used]


def _gathered(
    columns: tuple[Ints, Ints, Ints], left: Floats, right: Floats, begin: float, end: float,
) -> tuple[list[Ints], Floats, Floats]:
    """Return columns (resource, lane, colour), left and right of fewer bars: tasks shorter than a bin joined within it."""
    width = (end - begin) / _BINS
    short = np.flatnonzero(right - left < width)
    slot = np.floor((left[short] - begin) / width)
    behind_edge = np.maximum(right[short] - (begin + (slot + 1) * width), 0.0)  # of a bar that reaches into the next bin
    lengths = np.concatenate([right[short] - left[short] - behind_edge, behind_edge])
    some = lengths > 1e-9 * width
    slot = np.clip(np.concatenate([slot, slot + 1])[some], 0, _BINS - 1).astype(np.int64)
    resource, lane, colour = (np.concatenate([column[short], column[short]])[some] for column in columns)
    shape = tuple(int(column.max(initial=0)) + 1 for column in (resource, lane, slot, colour))
    keys, where = np.unique(np.ravel_multi_index((resource, lane, slot, colour), shape), return_inverse=True)
    length = np.bincount(where, weights=lengths[some], minlength=keys.size)
    resource, lane, slot, colour = np.unravel_index(keys, shape)
    behind = np.cumsum(length) - length
    first = np.flatnonzero(np.diff(keys // shape[-1], prepend=-1))  # of the bars of one slot of a lane
    start = begin + slot * width + behind - np.repeat(behind[first], np.diff(first, append=keys.size))
    joined = [np.concatenate([np.delete(column, short), more])
              for column, more in zip(columns, (resource, lane, colour), strict=True)]
    return joined, np.concatenate([np.delete(left, short), start]), np.concatenate([np.delete(right, short), start + length])


def _label_runs(
    ax: Axes, corners: Floats, row: Ints, code: Ints, names: list[str],
) -> None:
    """Write the name of each run of tasks of one name in one lane where it fits, if bars fill most of the run."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    if not row.size:
        return
    order = np.lexsort((corners[:, 0, 0], row))
    first = np.flatnonzero(np.concatenate([[True], (np.diff(row[order]) != 0) | (np.diff(code[order]) != 0)]))
    last = np.concatenate([first[1:], [row.size]]) - 1
    low, high = corners[order[first], 0], corners[order[last], 2]
    filled = np.add.reduceat((corners[:, 1, 0] - corners[:, 0, 0])[order], first) >= 0.6 * (high[:, 0] - low[:, 0])
    low[:, 0], high[:, 0] = np.clip(low[:, 0], *ax.get_xlim()), np.clip(high[:, 0], *ax.get_xlim())
    figure.draw_without_rendering()  # settles the layout, which the room for text depends on
    width, height = np.abs(ax.transData.transform(high) - ax.transData.transform(low)).T
    need = _FONT_POINTS * figure.dpi / 72
    room = np.flatnonzero(filled & (height >= 1.2 * need) & (width >= 2 * need))
    for run in room[np.argsort(-width[room], kind="stable")][:_LABELS]:
        x, y = (low[run] + high[run]) / 2
        text = ax.text(x, y, names[code[order[first[run]]]], fontsize=_FONT_POINTS, ha="center", va="center", clip_on=True,
                       bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5})
        if text.get_window_extent().width > width[run] - 4:
            text.remove()
