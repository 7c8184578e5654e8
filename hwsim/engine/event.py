"""Running a whole schedule on one of the engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, overload

from hwsim.engine.engine import Engine
from hwsim.engine.resource import Pool, Resource
from hwsim.engine.schedule import Schedule
from hwsim.engine.timeline import Timeline, Totals
from hwsim.errors import ConfigError, Fault, nearest

ENGINES = ("compiled", "simpy")
EngineName = Literal["compiled", "simpy"]


@overload
def event(
    schedule: Schedule, engine: EngineName = ..., record: Literal["timeline"] = ..., out: Timeline | None = ...,
) -> Timeline: ...


@overload
def event(schedule: Schedule, engine: EngineName = ..., *, record: Literal["resources"]) -> Totals: ...


def event(
    schedule: Schedule, engine: EngineName = "compiled", record: Literal["timeline", "resources"] = "timeline",
    out: Timeline | None = None,
) -> Timeline | Totals:
    """Run ``schedule`` from tick 0 to its last end.

    Parameters
    ----------
    engine : "simpy", the reference, or "compiled", which gives the same to the tick.
    record : "timeline" or, in memory that does not grow with repetitions, "resources": what each resource did in all.
    out : a timeline of as many instances that nobody needs any more: the compiled engine uses its memory again.

    Raises
    ------
    ConfigError
        A deadlock: credits that are never given back.
    """
    runs = make_engine(engine, schedule.resources, schedule.pools, record=record, stepwise=False, out=out)
    runs.submit(schedule)
    runs.advance()
    return runs.timeline() if record == "timeline" else runs.totals()


def make_engine(
    engine: EngineName, resources: Sequence[Resource], pools: Sequence[Pool] = (), *,
    record: Literal["timeline", "resources"] = "timeline", stepwise: bool = True, out: Timeline | None = None,
) -> Engine:
    """Return an engine for policies; see ``event`` and ``CompiledEngine`` for the options, which SimPy does without."""
    if engine not in ENGINES:
        raise ConfigError(Fault("unknown engine", path="event.engine", value=repr(engine), allowed=", ".join(ENGINES),
                                nearest=nearest(str(engine), ENGINES)))
    if engine == "simpy":
        from hwsim.engine.simpy_engine import SimpyEngine

        return SimpyEngine(resources, pools)
    from hwsim.engine.compiled.engine import CompiledEngine

    return CompiledEngine(resources, pools, record=record, stepwise=stepwise, out=out)
