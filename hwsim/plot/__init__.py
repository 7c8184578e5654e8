"""Plots of results: every function takes and returns matplotlib Axes, a list of them where it draws several."""

from hwsim.plot.axes import si_ticks
from hwsim.plot.breakdown import energy_breakdown, latency_breakdown
from hwsim.plot.comparison import comparison
from hwsim.plot.energy_by_level import energy_by_level
from hwsim.plot.gantt import gantt
from hwsim.plot.heatmap import heatmap
from hwsim.plot.mappings import mappings
from hwsim.plot.memory import memory_bandwidth, tier_occupancy
from hwsim.plot.occupancy import occupancy
from hwsim.plot.parallel import parallel
from hwsim.plot.pareto import pareto
from hwsim.plot.roofline import roofline
from hwsim.plot.timeline import timeline

__all__ = [
    "comparison", "energy_breakdown", "energy_by_level", "gantt", "heatmap", "latency_breakdown", "mappings",
    "memory_bandwidth", "occupancy", "parallel", "pareto", "roofline", "si_ticks", "tier_occupancy", "timeline",
]
