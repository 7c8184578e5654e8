"""Running a whole schedule on one of the engines."""

from __future__ import annotations

from typing import Literal, overload

from hwsim.engine.engine import Engine
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
    if engine not in ENGINES:
        raise ConfigError(Fault("unknown engine", path="event.engine", value=repr(engine), allowed=", ".join(ENGINES),
                                nearest=nearest(str(engine), ENGINES)))
    runs = make_engine(engine, schedule, record=record, out=out)
    runs.submit(schedule)
    runs.advance()
    return runs.timeline() if record == "timeline" else runs.totals()


def make_engine(
    engine: EngineName, of: Schedule, *, record: Literal["timeline", "resources"] = "timeline", log: bool = False,
    out: Timeline | None = None,
) -> Engine:
    """Return an engine with the resources and pools of a schedule; arguments as of ``event`` and ``CompiledEngine``."""
    if engine == "simpy":
        from hwsim.engine.simpy_engine import SimpyEngine

        return SimpyEngine(of.resources, of.pools)
    from hwsim.engine.compiled.engine import CompiledEngine

    return CompiledEngine(of.resources, of.pools, record=record, log=log, out=out)
