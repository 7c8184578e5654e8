"""Whole accelerators; importing this package registers every kind."""

from hwsim.machines.heterogeneous import Heterogeneous
from hwsim.machines.machine import MACHINES, Machine
from hwsim.machines.points import CostTable, PointTable
from hwsim.machines.roofline import RooflineDevice
from hwsim.machines.spatial import SpatialArray
from hwsim.machines.systolic import Systolic

__all__ = ["MACHINES", "CostTable", "Heterogeneous", "Machine", "PointTable", "RooflineDevice", "SpatialArray", "Systolic"]
