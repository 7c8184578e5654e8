"""Schedules and engines: when the pieces of a run happen."""

from hwsim.engine.bound import bound
from hwsim.engine.engine import Engine
from hwsim.engine.event import event, make_engine
from hwsim.engine.joined import merge, segments
from hwsim.engine.resource import Pool, Resource
from hwsim.engine.schedule import Schedule, chain
from hwsim.engine.task_timeline import task_timeline
from hwsim.engine.timeline import Timeline, Totals

__all__ = ["Engine", "Pool", "Resource", "Schedule", "Timeline", "Totals", "bound", "chain", "event", "make_engine", "merge",
           "segments", "task_timeline"]
