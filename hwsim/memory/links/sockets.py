"""Links between sockets: NVLink of 2 to 5, NVLink-C2C, Intel UPI; one direction, all sublinks of a device together.

Assumes packets of NVLink as WikiChip describes those of the first generation: flits of 16 bytes, one of them a header before
up to 16 of data.
"""

from __future__ import annotations

from hwsim.memory.links.link import add
from hwsim.technology.offchip import offchip_energy_j_per_byte

_NVLINK = ((2, 6, 25e9, "V100"), (3, 12, 25e9, "A100"), (4, 18, 25e9, "H100"), (5, 18, 50e9, "B200"))

for _generation, _sublinks, _bytes_per_s, _device in _NVLINK:
    add(f"nvlink{_generation}", bandwidth_bytes_per_s=_sublinks * _bytes_per_s, latency_s=500e-9,
        j_per_bit=offchip_energy_j_per_byte("nvlink") / 8, payload_bytes=256, overhead_bytes=16,
        source=f"NVIDIA {_device}: {_sublinks} links of {_bytes_per_s / 1e9:g} GB/s each way",
        assumed=("latency_s", "j_per_bit", "payload_bytes", "overhead_bytes"))

add("nvlink_c2c", bandwidth_bytes_per_s=450e9, latency_s=100e-9, j_per_bit=offchip_energy_j_per_byte("nvlink_c2c") / 8,
    source="NVIDIA Grace Hopper: 900 GB/s both ways together", assumed=("latency_s",))

for _name, _gt_s, _lanes_bytes in (("upi_10.4", 10.4, 2), ("upi_11.2", 11.2, 2)):
    add(_name, bandwidth_bytes_per_s=_gt_s * 1e9 * _lanes_bytes, latency_s=50e-9,
        j_per_bit=offchip_energy_j_per_byte("nvlink") / 8,
        source=f"Intel Ultra Path Interconnect, {_gt_s} GT/s: {_gt_s * _lanes_bytes:g} GB/s of data each way a link",
        assumed=("latency_s", "j_per_bit"))
