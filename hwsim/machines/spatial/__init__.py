"""Arrays of PEs whose loops unroll freely or by a fixed dataflow; importing this package registers every dataflow."""

from hwsim.machines.spatial import free, nvdla, row_stationary
from hwsim.machines.spatial.machine import SpatialArray

__all__ = ["SpatialArray", "free", "nvdla", "row_stationary"]
