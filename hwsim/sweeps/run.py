"""sweep: every point of a space, on any executor, into a journal and a frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hwsim.dataflow.columns import COST_COLUMNS
from hwsim.errors import ConfigError, Fault, nearest
from hwsim.result.columns import LAYER_COLUMNS
from hwsim.sweeps.dispatch import Dispatch
from hwsim.sweeps.frame import Outcome
from hwsim.sweeps.keeper import Keeper
from hwsim.sweeps.plan import Plan
from hwsim.sweeps.pool import Pool, check_travels
from hwsim.sweeps.progress import bar
from hwsim.sweeps.resolve import Common
from hwsim.sweeps.scenario import Measure
from hwsim.sweeps.space import Space
from hwsim.sweeps.totals import TOTALS

if TYPE_CHECKING:
    import pandas as pd

    from hwsim.arch.description import Accelerator


def sweep(
    space: Space, executor: Executor | None = None, store: str | Path | None = None, *,
    on_error: Literal["record", "raise"] = "record", accelerator: Accelerator | str | None = None, workload: Any = None,
    fidelity: str = "analytic", seed: int = 0, policy: object = None, columns: Sequence[str] = (),
    measure: Measure | None = None, workers: int | None = None, progress: bool | Callable[..., Any] | None = None,
) -> pd.DataFrame:
    """Run every point of ``space``.

    Parameters
    ----------
    executor : any ``concurrent.futures.Executor``, of dask.distributed too; None uses this machine: threads for what is
        costed as arrays, processes for what is simulated point by point.
    store : journal to keep finished points in and to take known ones from; None keeps nothing.
    on_error : "record" makes a failing point a row with its reason; "raise" ends the sweep with it.
    accelerator, workload, fidelity, seed, policy : of points on whose axes the space says nothing, as of ``simulate``.
    columns : columns of layers (``hwsim.columns()``) whose sums are wanted too.
    measure : called with the Result of every point, returns further numbers by name.
    workers : threads or processes, without an executor.
    progress : a bar with rate and remaining time; None where somebody looks; or what makes one, like ``tqdm.tqdm``.

    Returns
    -------
    A frame with a row a point: its axes in SI units, totals, sums, metrics, and ``error``. The same rows whatever ran them.

    Raises
    ------
    ConfigError
        An axis that nothing has, an empty space, unknown names, a function that cannot travel, a journal that cannot be read.
    """
    _check(columns, on_error)
    check_travels(measure, executor)
    plan = Plan(space, Common(accelerator, workload, fidelity, seed, policy, tuple(columns), measure))
    outcome = Outcome(plan)
    keeper = None if store is None else Keeper(plan, store)
    try:
        if keeper is not None:
            keeper.fill(outcome)
        with bar(progress, len(plan), int(outcome.known.sum()), None if keeper is None else keeper.note) as advance:
            Dispatch(plan, outcome, keeper, Pool(executor, workers), on_error == "raise", advance).run()
    finally:
        if keeper is not None:
            keeper.close()
    return outcome.frame()


def _check(columns: Sequence[str], on_error: str) -> None:
    adds_up = ("_bytes", "_cycles", "_j", "_reads", "_writes")
    numbers = [column.name for column in LAYER_COLUMNS if column.name.endswith(adds_up) and column.name in COST_COLUMNS]
    faults = [Fault("no column of layers that can be added up", path="columns", value=repr(column), allowed=", ".join(numbers),
                    nearest=nearest(column, numbers)) for column in columns if column not in numbers or column in TOTALS]
    if on_error not in ("record", "raise"):
        faults.append(Fault("unknown choice", path="on_error", value=repr(on_error), allowed="record, raise"))
    if faults:
        raise ConfigError(faults)
