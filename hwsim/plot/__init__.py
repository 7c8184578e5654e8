"""Plots of results: every function takes and returns matplotlib Axes."""

from hwsim.plot.axes import si_ticks
from hwsim.plot.breakdown import energy_breakdown, latency_breakdown
from hwsim.plot.comparison import comparison
from hwsim.plot.roofline import roofline

__all__ = ["comparison", "energy_breakdown", "latency_breakdown", "roofline", "si_ticks"]
