"""The TPU v4i of AccelForge's examples as a space of mappings, with the assumptions of its cost model.

Source: github.com/Accelergy-Project/accelforge, examples/arches/tpu_v4i.yaml; figures are as given there.
"""

from __future__ import annotations

from hwsim.dataflow.fusion.convention import Convention
from hwsim.dataflow.loopnest.levels import Datapath, Level, LevelTable
from hwsim.dataflow.mapper.space import FanOut, MapSpace

CLOCK_HZ = 1.05e9
OPTIONAL = ("global_buffer",)  # passed by where that is better
ACCELFORGE = Convention("accelforge: transfers hide behind computing, operators in sequence, no leakage", perfect_overlap=True)


def tpu_v4i() -> MapSpace:
    """Return its memories, 8-bit words, and where loops run side by side.

    Notes
    -----
    A filter word goes from the global buffer to each of the four arrays that wants it on its own. Arrays hold one filter word
    a MAC, run output channels on one side and input channels on the other, and leave nothing idle that could work; the four
    of them share anything but input channels.
    """
    def bits_per_cycle(bytes_per_s: float) -> float:
        return 8 * bytes_per_s / CLOCK_HZ

    levels = LevelTable((
        Level("main_memory", port_bits_per_cycle=bits_per_cycle(614e9), read_pj_per_bit=7.03, write_pj_per_bit=7.03,
              multicast=False),
        Level("global_buffer", 8 * 128 * 2**20, read_bits_per_cycle=bits_per_cycle(2048e9),
              write_bits_per_cycle=bits_per_cycle(1024e9), read_pj_per_bit=1.88, write_pj_per_bit=2.36, multicast=False),
        Level("local_buffer", 8 * 4 * 2**20, read_pj_per_bit=0.249, write_pj_per_bit=0.293, instances_x=4),
        Level("register", 8, instances_x=4 * 128, instances_y=128),
    ), Datapath(filter_bits=8, ifmap_bits=8, ofmap_bits=8, psum_bits=8, mac_pj=0.084, macs_x=4 * 128, macs_y=128))
    return MapSpace(
        levels, holds=((True, True, False, True), (True, True, True, False), (True, True, True, False)),
        fan_outs=(FanOut("global_buffer", "x", 4, ("N", "G", "K", "P", "Q"), full=True),
                  FanOut("local_buffer", "x", 128, required=(("K", 128),)),
                  FanOut("local_buffer", "y", 128, required=(("C", 128),))), imperfect=False)
