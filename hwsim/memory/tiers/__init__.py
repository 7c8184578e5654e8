"""Memory hierarchies: tiers, lifetimes and addresses of what a network stores, placement, and execution in little memory.

    life = Lifetimes.of(network, in_place="depthwise")
    placement = place(life.table(), Hierarchy.of(sram, hbm, ddr))
    print(placement.report())
"""

from hwsim.memory.tiers.from_memory import behind, dram_tier, flash_tier, sram_tier
from hwsim.memory.tiers.lifetimes import Lifetimes
from hwsim.memory.tiers.microcontroller import MICROCONTROLLERS, Execution, Microcontroller, execute_in
from hwsim.memory.tiers.packing import Packing, pack
from hwsim.memory.tiers.packing_exact import pack_exact
from hwsim.memory.tiers.placement import Placement
from hwsim.memory.tiers.spill import place
from hwsim.memory.tiers.spill_exact import least_time_s, optimality_gap
from hwsim.memory.tiers.stage import Stage
from hwsim.memory.tiers.symbol import Symbol, SymbolTable, kv_cache
from hwsim.memory.tiers.tier import Hierarchy, Tier

__all__ = [
    "MICROCONTROLLERS", "Execution", "Hierarchy", "Lifetimes", "Microcontroller", "Packing", "Placement", "Stage", "Symbol",
    "SymbolTable", "Tier", "behind", "dram_tier", "execute_in", "flash_tier", "kv_cache", "least_time_s", "optimality_gap",
    "pack", "pack_exact", "place", "sram_tier",
]
