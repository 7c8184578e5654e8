"""Static power of logic."""

from __future__ import annotations

import numpy as np

from hwsim.technology.entry import Entry, Floats, Numbers
from hwsim.technology.scaling import interpolate

_SOURCE = "CACTI 7.0, 360 K, leakage over area of 64-bit SRAMs of 64 KiB and more"
_NOTE = "geometric mean of ITRS-HP and ITRS-LSTP devices stands for logic of mixed thresholds"
ENTRIES = tuple(
    Entry(f"logic leakage {node} nm", (high_w * low_w) ** 0.5, "W/mm2", node, _SOURCE, 2017, "assumed", _NOTE)
    for node, high_w, low_w in ((22, 0.343, 444e-6), (32, 0.376, 177e-6), (45, 0.354, 73e-6), (65, 0.188, 67e-6),
                                (90, 0.0335, 21e-6)))
_LN_NODES = np.log(np.array([entry.node_nm for entry in ENTRIES], dtype=np.float64))
_LN_LEAKAGE = np.log(np.array([entry.value for entry in ENTRIES]))


def logic_leakage_w_per_mm2(node_nm: Numbers) -> Floats:
    """Return static watts per mm2 of logic, hot (360 K), not power-gated.

    Notes
    -----
    Assumes the 22 nm density for every smaller node: fin transistors leak less each, but there are more of them.
    """
    return interpolate(node_nm, _LN_NODES, _LN_LEAKAGE)
