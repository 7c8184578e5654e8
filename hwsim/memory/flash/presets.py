"""Flash memories by name. A new one is one entry here; ``assumed`` names what its source does not give.

Where a source has no energies, array operations draw 3.3 V x 25 mA for as long as they take, the channel 3.3 V x 5 mA and a
die at rest 3.3 V x 10 uA: the constants of SimpleSSD (pal/config.cc). Where it has no command time, a request takes 7 cycles
of the channel's clock, as there.
"""

from __future__ import annotations

from statistics import fmean
from typing import Any

from hwsim.memory.flash.device import FlashCompute, NandFlash
from hwsim.registry import Registry

FLASH: Registry[NandFlash] = Registry("flash memory")

_ARRAY_W, _BUS_W, _REST_W = 3.3 * 25e-3, 3.3 * 5e-3, 3.3 * 10e-6
_CAMBRICON_OPS_PER_S = 2 * 16384 / 30e-6  # a page of multiply-adds within tR


def _add(name: str, source: str, assumed: tuple[str, ...] = (), **fields: Any) -> None:
    """Register a flash memory; what it leaves out of energies and command time is filled in and marked as assumed."""
    bytes_per_s = fields["channel_mt_s"] * 1e6 * fields.get("channel_bits", 8) / 8
    usual = {
        "read_j_per_page": _ARRAY_W * fmean(fields["read_s"]), "program_j_per_page": _ARRAY_W * fmean(fields["program_s"]),
        "erase_j_per_block": _ARRAY_W * fields["erase_s"], "channel_j_per_byte": _BUS_W / bytes_per_s, "standby_w": _REST_W,
        "command_s": 7 / (fields["channel_mt_s"] * 1e6),
    }
    missing = tuple(field for field in usual if field not in fields)
    FLASH.register(name)(NandFlash(name=name, source=source, assumed=(*assumed, *missing), **(usual | fields)))


# DIES THAT COMPUTE, AND FAST ONES. Cambricon-LLM: table II and sections IV-B, VI, VII-A; the power of a core from table IV, at
# the rate that keeps up with tR. Blocks, programs and erases are not told, as weights are written once: those of a 3D TLC part
# (CAES), with blocks so that the smallest configuration holds 128 GiB. Energies: AiF, ISCA 2025.
for _size, _channels, _chips in (("s", 8, 2), ("m", 16, 4), ("l", 32, 8)):
    _add(f"cambricon_llm_{_size}", f"Cambricon-LLM, MICRO 2024, arXiv 2409.15654, table II, configuration {_size.upper()}",
         ("cell", "blocks_per_plane", "pages_per_block", "program_s", "erase_s", "command_s", "cache_program", "ecc_s",
          "compute.j_per_op", "read_j_per_page", "channel_j_per_byte"),
         cell="tlc", channels=_channels, chips_per_channel=_chips, dies_per_chip=2, planes_per_die=2,
         blocks_per_plane=256, pages_per_block=512, page_bytes=16384, spare_bytes=1664, ecc_bytes=722,
         read_s=(30e-6,), program_s=(1900e-6,), erase_s=15e-3, channel_mt_s=1000.0, command_s=0.0, cache_read=True,
         cache_program=True, plane_mode="independent",
         compute=FlashCompute(ops_per_s=_CAMBRICON_OPS_PER_S, buffer_bytes=2048, j_per_op=1935.7e-6 / _CAMBRICON_OPS_PER_S),
         read_j_per_page=18.278e-12 * 8 * 16384, channel_j_per_byte=5.8e-12 * 8)

_add("aif_tlc", "AiF, ISCA 2025, table 2 (as quoted by others): 3D TLC",
     ("dies_per_chip", "blocks_per_plane", "pages_per_block", "program_s", "erase_s", "cache_read", "cache_program",
      "plane_mode"),
     cell="tlc", channels=8, chips_per_channel=2, dies_per_chip=1, planes_per_die=4, blocks_per_plane=504,
     pages_per_block=2304, page_bytes=16384, read_s=(37e-6, 46e-6, 37e-6), program_s=(1900e-6,), erase_s=15e-3,
     channel_mt_s=2000.0, cache_read=True, cache_program=True, plane_mode="independent",
     read_j_per_page=18.278e-12 * 8 * 16384, channel_j_per_byte=5.8e-12 * 8)

_add("lincoln_slc", "Lincoln, HPCA 2025, table I (as quoted by others): SLC of the XL-Flash kind",
     ("channels", "chips_per_channel", "dies_per_chip", "blocks_per_plane", "pages_per_block", "erase_s", "channel_mt_s",
      "cache_read", "cache_program", "plane_mode", "channel_j_per_byte"),
     cell="slc", channels=8, chips_per_channel=1, dies_per_chip=1, planes_per_die=32, blocks_per_plane=256,
     pages_per_block=256, page_bytes=4096, spare_bytes=448, read_s=(3.43e-6,), program_s=(75e-6,), erase_s=1.5e-3,
     channel_mt_s=2000.0, cache_read=True, cache_program=True, plane_mode="independent",
     read_j_per_page=98e-9, channel_j_per_byte=5.8e-12 * 8)

# PARTS: one chip each, as the data sheets have it.
_add("caes_tlc", "CAES UT81NDQ512G8T data sheet: 4 Tb 3D TLC (B17A die), typical times without VPP, NV-DDR3",
     ("channels", "cache_read", "cache_program"),
     cell="tlc", channels=1, chips_per_channel=1, dies_per_chip=8, planes_per_die=4, blocks_per_plane=504,
     pages_per_block=2304, page_bytes=16384, spare_bytes=2208, read_s=(74e-6,), multi_plane_read_s=88e-6,
     program_s=(1900e-6,), erase_s=15e-3, channel_mt_s=667.0, cache_read=True, cache_program=True, plane_mode="multi")

_add("micron_mlc", "Micron MT29F64G08CBAAA data sheet, 2009: 64 Gb MLC, synchronous mode 5; longest tR, typical others",
     ("plane_mode",),
     cell="mlc", channels=1, chips_per_channel=1, dies_per_chip=1, planes_per_die=2, blocks_per_plane=2048,
     pages_per_block=256, page_bytes=8192, spare_bytes=448, read_s=(50e-6,), program_s=(1300e-6,), erase_s=3e-3,
     channel_mt_s=200.0, cache_read=True, cache_program=True, plane_mode="multi")

_add("esmt_slc", "ESMT F59D2G81A data sheet: 2 Gb SLC, serial access of 45 ns; longest tR, typical others",
     ("planes_per_die", "plane_mode"),
     cell="slc", channels=1, chips_per_channel=1, dies_per_chip=1, planes_per_die=2, blocks_per_plane=1024, pages_per_block=64,
     page_bytes=2048, spare_bytes=64, read_s=(25e-6,), program_s=(350e-6,), erase_s=3.5e-3, channel_mt_s=1000 / 45,
     cache_read=True, cache_program=True, plane_mode="multi")

# DRIVES, as simulators describe them.
_add("mqsim_mlc", "MQSim, default ssdconfig.xml (CMU-SAFARI/MQSim @7ec40e3)", (),
     cell="mlc", channels=8, chips_per_channel=4, dies_per_chip=2, planes_per_die=2, blocks_per_plane=2048,
     pages_per_block=256, page_bytes=8192, spare_bytes=448, read_s=(75e-6,), program_s=(750e-6,), erase_s=3.8e-3,
     channel_mt_s=333.0, plane_mode="multi")

_add("simplessd_mlc", "SimpleSSD, pal/config.cc (SimpleSSD/SimpleSSD @2be3716): defaults, 3.3 V x 25 mA, 5 mA, 10 uA",
     (),
     cell="mlc", channels=8, chips_per_channel=4, dies_per_chip=2, planes_per_die=1, blocks_per_plane=512,
     pages_per_block=512, page_bytes=16384, read_s=(40e-6, 65e-6), program_s=(500e-6, 1300e-6), erase_s=3.5e-3,
     channel_mt_s=400.0, command_s=7 / 400e6, read_j_per_page=_ARRAY_W * 52.5e-6, program_j_per_page=_ARRAY_W * 900e-6,
     erase_j_per_block=_ARRAY_W * 3.5e-3, channel_j_per_byte=_BUS_W / 400e6, standby_w=_REST_W)

_add("nvmevirt_970pro", "NVMeVirt, ssd_config.h (snu-csl/nvmevirt @61c90f7): Samsung 970 Pro; an erase takes no time there",
     ("pages_per_block",),
     cell="mlc", channels=8, chips_per_channel=2, dies_per_chip=1, planes_per_die=1, blocks_per_plane=8192,
     pages_per_block=256, page_bytes=32768, read_s=(30.013e-6, 42.013e-6), program_s=(185e-6,), erase_s=0.0,
     channel_mt_s=800.0)
