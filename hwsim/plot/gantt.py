"""Gantt chart of layers on sub-accelerators: which network has which array when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hwsim.errors import ConfigError, Fault
from hwsim.plot.axes import CYCLE, OTHER_COLOUR, legend_beside, new_axes, time_axis
from hwsim.result import Result
from hwsim.units import si

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLUMNS = ("name", "job", "sub", "start_s", "end_s")
_EDGES = 300  # of more bars than these none has a white edge: edges would hide them
_FONT_POINTS = 7.0


def gantt(run: pd.DataFrame | Result, ax: Axes | None = None, *, subs: Sequence[str] = ()) -> Axes:
    """Draw each row of ``run`` as a bar from ``start_s`` to ``end_s`` beside its ``sub``, in the colour of its ``job``.

    Parameters
    ----------
    run : a result of a heterogeneous accelerator, with a bar a kernel and a row a part; or the frame of ``Assignment.frame``,
        or one with the columns name, job, sub, start_s and end_s. Names are written in the bars that have room for them. Of
        more than ten jobs the eleventh and later ones are black.
    subs : rows from top to bottom, for those that have no layer too; by default those of ``run``, sorted.

    Raises
    ------
    ConfigError
        A result of an accelerator without parts, columns that are missing, no rows at all, bars that end before they start,
        sub-accelerators without a row.
    """
    frame = _kernels(run) if isinstance(run, Result) else run
    _check(frame, subs)
    subs = list(subs) or sorted(frame["sub"].unique())
    jobs = sorted(frame["job"].unique())
    start_s, end_s = frame["start_s"].to_numpy(float), frame["end_s"].to_numpy(float)
    row = frame["sub"].map(subs.index).to_numpy()
    ax = new_axes(ax, 10.0, max(1.4 + 0.55 * len(subs), 1.0 + 0.22 * min(len(jobs), len(CYCLE) + 1)))
    for index, job in enumerate(jobs):
        here = (frame["job"] == job).to_numpy()
        colour = CYCLE[index] if index < len(CYCLE) else OTHER_COLOUR
        label = job if index < len(CYCLE) else f"other ({len(jobs) - len(CYCLE)} jobs)" if index == len(CYCLE) else None
        ax.barh(row[here], end_s[here] - start_s[here], left=start_s[here], height=0.76, color=colour, label=label,
                edgecolor="white", linewidth=0.5 if len(frame) <= _EDGES else 0.0)
    begin, end = float(start_s.min()), float(end_s.max())
    ax.set_yticks(range(len(subs)), subs)
    ax.set_ylim(len(subs) - 0.5, -0.5)
    ax.set_ylabel("sub-accelerator")
    time_axis(ax, begin, end)
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)
    busy = float((end_s - start_s).sum() / (len(subs) * (end - begin))) if end > begin else 0.0
    ax.set_title(f"{len(frame)} layers in {si(end - begin, 's', 4)}, sub-accelerators busy {busy:.0%} of it", fontsize="medium")
    legend_beside(ax, "job")
    _write_names(ax, row, start_s, end_s, [str(name) for name in frame["name"]])
    return ax


def _kernels(result: Result) -> pd.DataFrame:
    """Return a row a kernel, named without its job."""
    if "part" not in result.layers:
        raise ConfigError(Fault("the result is of an accelerator without parts", path="run", value=result.accelerator))
    frame = result.layers[result.layers["name"] == result.layers["kernel"]].rename(columns={"part": "sub"})
    return frame.assign(name=[name.removeprefix(f"{job}/") for name, job in zip(frame["name"], frame["job"], strict=True)])


def _write_names(ax: Axes, row: np.ndarray, start_s: np.ndarray, end_s: np.ndarray, names: list[str]) -> None:
    """Write each name in its bar if it fits."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # settles the layout, which the room for text depends on
    ends = ax.transData.transform(np.column_stack([end_s, row])) - ax.transData.transform(np.column_stack([start_s, row]))
    for index in np.flatnonzero(ends[:, 0] > 2 * _FONT_POINTS * figure.dpi / 72):
        text = ax.text((start_s[index] + end_s[index]) / 2, row[index], names[index], fontsize=_FONT_POINTS, ha="center",
                       va="center", clip_on=True, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5})
        if text.get_window_extent().width > ends[index, 0] - 4:
            text.remove()


def _check(frame: pd.DataFrame, subs: Sequence[str]) -> None:
    faults = [Fault("column is missing", path=name, allowed=", ".join(_COLUMNS)) for name in _COLUMNS if name not in frame]
    if not faults and not len(frame):
        faults.append(Fault("no rows to draw"))
    if not faults:
        wrong = frame[~(frame["end_s"] >= frame["start_s"])]
        faults += [Fault("a bar ends before it starts", path=str(one["name"]), value=f"{one['start_s']} to {one['end_s']}")
                   for one in wrong.head(3).to_dict(orient="records")]
        unknown = sorted(set(frame["sub"]) - set(subs)) if subs else []
        faults += [Fault("a sub-accelerator of the frame has no row", path="subs", value=name, allowed=", ".join(subs))
                   for name in unknown]
    if faults:
        raise ConfigError(faults)
