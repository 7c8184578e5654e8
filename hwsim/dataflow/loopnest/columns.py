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
