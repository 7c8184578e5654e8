"""Die-to-die links in one package: UCIe 1.0, one module, one direction.

A standard package has 16 lanes a module and a reach of 25 mm, an advanced one (silicon bridge or interposer) 64 lanes and
2 mm, each at 4 to 32 GT/s. Flits of 68 bytes carry 64 (UCIe 1.0 specification, format of CXL 2.0). Energies as Intel gave them
at Hot Interconnects 2025: 0.5 pJ/bit up to 16 GT/s and 0.6 above (standard), 0.25 and 0.3 (advanced); 2 ns there and back.
"""

from __future__ import annotations

from hwsim.memory.links.link import add

_PACKAGES = (("standard", 16, 25.0, 0.5e-12, 0.6e-12), ("advanced", 64, 2.0, 0.25e-12, 0.3e-12))

for _package, _lanes, _reach_mm, _slow_j, _fast_j in _PACKAGES:
    for _gt_s in (4, 8, 12, 16, 24, 32):
        add(f"ucie_{_package}_{_gt_s}", bandwidth_bytes_per_s=_lanes * _gt_s * 1e9 / 8, latency_s=1e-9,
            j_per_bit=_slow_j if _gt_s <= 16 else _fast_j, payload_bytes=64, overhead_bytes=4, reach_mm=_reach_mm,
            source="UCIe 1.0, 2022; energy and latency: D. Das Sharma, Hot Interconnects 2025 (as reported)")
