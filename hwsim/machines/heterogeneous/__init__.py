"""Several accelerators on one chip that share off-chip memory: kernels are assigned to parts, jobs run beside each other."""

from hwsim.machines.heterogeneous.machine import Heterogeneous
from hwsim.machines.heterogeneous.policy import Assign

__all__ = ["Assign", "Heterogeneous"]
