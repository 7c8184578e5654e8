"""Names and orders of everything that loop nests count, shared by compiled code and by its callers."""

from __future__ import annotations

# batch, groups, output and input channels of a group, output width and height, filter width (with P) and height (with Q)
DIMS = ("N", "G", "K", "C", "P", "Q", "R", "S")
N, G, K, C, P, Q, R, S = range(len(DIMS))
DIM = {name: index for index, name in enumerate(DIMS)}

# a problem as int64: its dims, then strides and dilations of the window axes w = P * stride_w + R * dilation_w and h
PROBLEM = (*DIMS, "stride_w", "stride_h", "dilation_w", "dilation_h")
STRIDE_W, STRIDE_H, DILATION_W, DILATION_H = range(len(DIMS), len(PROBLEM))

OPERANDS = ("filter", "ifmap", "ofmap")
FILTER, IFMAP, OFMAP = range(len(OPERANDS))
# dims an operand depends on; the others leave its tile as it is
RELEVANT = {
    "filter": ("G", "K", "C", "R", "S"), "ifmap": ("N", "G", "C", "P", "Q", "R", "S"), "ofmap": ("N", "G", "K", "P", "Q")}

TEMPORAL, SPATIAL_X, SPATIAL_Y = range(3)  # axes of a loop
BYPASS = -1  # as a position: the level does not hold the operand

# words an operand moves at a level, over all instances: read for children, written by the parent, written by children,
# read for the parent
COUNTS = ("reads", "fills", "updates", "drains")
READS, FILLS, UPDATES, DRAINS = range(len(COUNTS))

# what else is known of an operand at a level: words of its largest tile in one instance, instances ever used, words on the
# link to its child (sums of the children), updates that complete a word, and for the first tiles: words its parent reads
# (ofmap: writes), words that all instances receive (ofmap: drain)
HELD = ("tile_words", "used", "delivered", "final", "first_sent", "first_received")
TILE_WORDS, USED, DELIVERED, FINAL, FIRST_SENT, FIRST_RECEIVED = range(len(HELD))

# a memory level: per instance where it says nothing else; bits a cycle may be inf; ``port`` is shared by reads and writes;
# ``network`` brings a word to one instance of the child or to the MAC
LEVEL = ("capacity_bits", "buffers", "read_bits_per_cycle", "write_bits_per_cycle", "port_bits_per_cycle", "read_pj_per_bit",
         "write_pj_per_bit", "network_pj_per_bit", "instances_x", "instances_y", "multicast")
(CAPACITY_BITS, BUFFERS, READ_RATE, WRITE_RATE, PORT_RATE, READ_PJ, WRITE_PJ, NETWORK_PJ, INSTANCES_X,
 INSTANCES_Y, MULTICAST) = range(len(LEVEL))

# the MACs: bits of a word by operand, of a partial sum, energy of one MAC, array
DATAPATH = ("filter_bits", "ifmap_bits", "ofmap_bits", "psum_bits", "mac_pj", "macs_x", "macs_y")
PSUM_BITS, MAC_PJ, MACS_X, MACS_Y = range(len(OPERANDS), len(DATAPATH))

# what a nest costs; overlapped is without the first tiles on and the last off
COST = ("compute_cycles", "overlapped_cycles", "onload_cycles", "offload_cycles", "latency_cycles", "energy_pj", "mac_pj",
        "memory_pj", "network_pj", "utilisation", "used_x", "used_y", "fits")
(COMPUTE_CYCLES, OVERLAPPED_CYCLES, ONLOAD_CYCLES, OFFLOAD_CYCLES, LATENCY_CYCLES, ENERGY_PJ, COST_MAC_PJ, MEMORY_PJ,
 COST_NETWORK_PJ, UTILISATION, USED_X, USED_Y, FITS) = range(len(COST))

# what a level costs: bits that the busiest instance holds, reads and writes, cycles of its ports, cycles in which its single
# buffer keeps the array waiting, instances side by side that the mapping asks for
LEVEL_COST = ("tile_bits", "read_bits", "written_bits", "cycles", "exposed_cycles", "needs_x", "needs_y")
TILE_BITS, READ_BITS, WRITTEN_BITS, LEVEL_CYCLES, EXPOSED_CYCLES, NEEDS_X, NEEDS_Y = range(len(LEVEL_COST))

ENERGY = ("read_pj", "write_pj", "network_pj")  # of an operand at a level, all instances
