"""Positions in the rows that compiled code reads: kernel columns, P_* parameters of a point, IO_* of boundary entries."""

from __future__ import annotations

from hwsim.dataflow.columns import PARAMETER
from hwsim.workload.table import IO, KERNEL

(M, N, K, GROUPS, STEPS, SCALESIM_M, MACS, A_BITS, B_BITS, OUT_BITS, A_BYTES, B_BYTES, B_CONSTANT, B_DENSITY, EXTRA_WEIGHTS,
 VECTOR_OPS, SPECIAL_OPS, VECTOR_READ, OUT_BYTES, FIRST) = range(KERNEL["first"] + 1)
(P_ROWS, P_COLS, P_DATAFLOW, P_PIPELINED, P_SCALESIM, P_WHOLE_TILE, P_A_BITS, P_B_BITS, P_ACC_BYTES, P_CLOCK,
 P_CAP_I, P_CAP_F, P_REUSE_F, P_CAP_P, P_RESIDENT, P_UNIFIED, P_MEM_I, P_MEM_F, P_MEM_O, P_RATE_I, P_RATE_F, P_RATE_O,
 P_LAT_I, P_LAT_F, P_LAT_O, P_STREAM_I, P_STREAM_O, P_PORT_I, P_PORT_F, P_PORT_O, P_LANES, P_SPECIAL, P_VLATENCY,
 P_MAC_J, P_REG_J, P_VEC_J, P_SPEC_J, P_NOC_J, P_IR_J, P_IW_J, P_FR_J, P_FW_J, P_PR_J, P_PW_J, P_OR_J, P_OW_J,
 P_IO_J, P_FO_J, P_OO_J, P_STATIC) = range(len(PARAMETER))
(IO_KERNEL, IO_BYTES, IO_KEEP, IO_IS_OUTPUT, IO_FORCED, IO_OPERAND) = range(len(IO))
