"""PCI Express 3 to 6, x1 to x16: one direction.

A lane carries 8, 16, 32 or 64 GT/s. Generations 3 to 5 code 128 bits in 130 and wrap a packet of up to 256 bytes in 24:
header with a 64-bit address 16, framing, sequence number and CRC 8 (Intel AN 829: 5 to 7 words of 4 bytes). Generation 6 codes
nothing and sends flits of 256 bytes, 236 of them for packets.

Notes
-----
Assumes one way of half a DMA read of 64 bytes, some 500 ns on servers, and no loss to acknowledgements and flow control.
"""

from __future__ import annotations

from hwsim.memory.links.link import add
from hwsim.technology.offchip import offchip_energy_j_per_byte

_GT_S = {3: 8e9, 4: 16e9, 5: 32e9, 6: 64e9}
_PAYLOAD_BYTES = 256

for _generation, _transfers_per_s in _GT_S.items():
    _coding = 128 / 130 if _generation < 6 else 236 / 256
    for _lanes in (1, 2, 4, 8, 16):
        add(f"pcie{_generation}_x{_lanes}", bandwidth_bytes_per_s=_lanes * _transfers_per_s / 8 * _coding, latency_s=250e-9,
            j_per_bit=offchip_energy_j_per_byte(f"pcie{min(_generation, 5)}") / 8, payload_bytes=_PAYLOAD_BYTES,
            overhead_bytes=24 if _generation < 6 else 16, source=f"PCI Express {_generation}.0; packets: Intel AN 829",
            assumed=("latency_s", "j_per_bit", *(("overhead_bytes",) if _generation == 6 else ())))
