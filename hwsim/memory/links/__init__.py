"""Links between dies, chips and sockets, and the mesh within a chip: time and energy of transfers and collectives."""

from hwsim.memory.links import pcie, sockets, ucie  # they register their links
from hwsim.memory.links.link import LINKS, Link
from hwsim.memory.links.mesh import Mesh
from hwsim.memory.links.ring import all_gather_s, all_reduce_j, all_reduce_s, reduce_scatter_s

__all__ = ["LINKS", "Link", "Mesh", "all_gather_s", "all_reduce_j", "all_reduce_s", "pcie", "reduce_scatter_s", "sockets",
           "ucie"]
