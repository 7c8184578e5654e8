"""Schedules: when the pieces of a run happen."""

from hwsim.engine.schedule import Schedule, bound, chain

__all__ = ["Schedule", "bound", "chain"]
