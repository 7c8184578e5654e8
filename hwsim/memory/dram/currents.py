"""Supply currents of DRAM dies, by standard and die width, each with where it is from.

HBM counts a pseudo channel as a die, GDDR6 a channel. ``assumed`` says that the numbers are no device's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from hwsim.errors import ConfigError, Fault
from hwsim.memory.dram.device import DramDevice


@dataclass(frozen=True, slots=True)
class Currents:
    """Currents of one die in amperes, as JEDEC defines the measurements, and what they were measured at.

    Attributes
    ----------
    vdd_v, vpp_v : supplies; ``vpp_v`` 0 where wordlines have none of their own.
    idd0_a : one bank activated and precharged every ``rc_s``, open for ``ras_s``.
    idd2n_a, idd3n_a : standby, all banks precharged; banks open.
    idd4r_a, idd4w_a : a read, a write burst every ``burst_s``.
    idd5b_a : refresh after refresh.
    ipp0_a, ipp3n_a, ipp5b_a : of ``vpp_v``, likewise.
    vddq_v, path_ohm : of a terminated data pin: supply, driver and termination in series; 0: none, or part of ``idd4r_a``.
    """

    source: str
    status: Literal["published", "assumed"]
    vdd_v: float
    rc_s: float
    ras_s: float
    burst_s: float
    idd0_a: float
    idd2n_a: float
    idd3n_a: float
    idd4r_a: float
    idd4w_a: float
    idd5b_a: float
    vpp_v: float = 0.0
    ipp0_a: float = 0.0
    ipp3n_a: float = 0.0
    ipp5b_a: float = 0.0
    vddq_v: float = 0.0
    path_ohm: float = 0.0


_PINS = "data pins assumed"  # path_ohm: driver plus termination of the usual settings
_MICRON = "Micron 8 Gb DDR4 {} at DDR4-2400 as in gem5 (DDR4_2400), IPP5B as of x8; " + _PINS
_DDR4_X8 = Currents(
    "Micron MT40A1G8 die revision B at DDR4-2400: module data sheet MTA18ASF2G72HZ Rev. F 8/16, table 15, per die; " + _PINS,
    "published", vdd_v=1.2, rc_s=45.8e-9, ras_s=32e-9, burst_s=4 / 1.2e9, idd0_a=0.048, idd2n_a=0.034, idd3n_a=0.043,
    idd4r_a=0.135, idd4w_a=0.123, idd5b_a=0.250, vpp_v=2.5, ipp0_a=0.003, ipp3n_a=0.003, ipp5b_a=0.028,
    vddq_v=1.2, path_ohm=34 + 60)
_DDR4_X4 = replace(_DDR4_X8, source=_MICRON.format("MT40A2G4"), idd0_a=0.043, idd3n_a=0.038, idd4r_a=0.110, idd4w_a=0.103)
_DDR4_X16 = replace(_DDR4_X8, source=_MICRON.format("MT40A512M16"), idd0_a=0.080, idd3n_a=0.047, idd4r_a=0.243,
                    idd4w_a=0.228, idd5b_a=0.280, ipp0_a=0.004)
_DDR5_X8 = Currents(
    "Ramulator 2.0, DDR5.cpp, current preset 'Default', taken as a 16 Gb x8 die at 3200 MT/s; " + _PINS,
    "assumed", vdd_v=1.1, rc_s=47.5e-9, ras_s=32.5e-9, burst_s=8 / 1.6e9, idd0_a=0.060, idd2n_a=0.050, idd3n_a=0.055,
    idd4r_a=0.145, idd4w_a=0.145, idd5b_a=0.362, vpp_v=1.8, ipp0_a=0.003, ipp3n_a=0.003, ipp5b_a=0.048,
    vddq_v=1.1, path_ohm=34 + 48)
_LPDDR5 = Currents(
    "no device: standby and row as in the LPDDR5 profile of DRAMPower's tests, on one supply (VDD2H), IDD4 such that a stream "
    "costs the 6.4 pJ/bit of hwsim.technology.offchip; " + _PINS,
    "assumed", vdd_v=1.05, rc_s=61.25e-9, ras_s=42.5e-9, burst_s=16 / 6.4e9, idd0_a=0.05625, idd2n_a=0.03375, idd3n_a=0.035,
    idd4r_a=0.579, idd4w_a=0.579, idd5b_a=0.118, vddq_v=0.5, path_ohm=40 + 40)
_LPDDR5X = replace(_LPDDR5, source=_LPDDR5.source.replace("6.4", "5.1"), burst_s=16 / 8.533e9, idd4r_a=0.616, idd4w_a=0.616)
_RANDOM_DATA_A = 1.97e-12 * 76.8e9 / 1.2  # 1.97 pJ/bit more than constant data, at 64 pins x 1.2 Gb/s
_HBM2 = Currents(
    "HBM-Power (Ayna, CMU-SAFARI): HBM2 measured at 1200 MT/s, per pseudo channel, pins included; IDD4 with random data",
    "published", vdd_v=1.2, rc_s=48e-9, ras_s=34e-9, burst_s=4 / 1.2e9, idd0_a=0.028544, idd2n_a=0.011756, idd3n_a=0.014281,
    idd4r_a=0.202769 + _RANDOM_DATA_A, idd4w_a=0.137406 + _RANDOM_DATA_A, idd5b_a=0.066331)
_HBM3 = replace(
    _HBM2, source="currents of HBM2 in proportion to the voltage", status="assumed", vdd_v=1.1,
    **{name: getattr(_HBM2, name) * 1.1 / 1.2 for name in ("idd0_a", "idd2n_a", "idd3n_a", "idd4r_a", "idd4w_a", "idd5b_a")})
_GDDR6 = Currents(
    "no device: IDD4 such that a stream costs the 7.5 pJ/bit of Micron's GDDR6X brief, IDD0 such that a row of 2 KiB costs "
    "twice the 0.9 nJ of a KiB of HBM2; " + _PINS,
    "assumed", vdd_v=1.35, rc_s=45e-9, ras_s=30e-9, burst_s=16 / 14e9, idd0_a=0.163, idd2n_a=0.120, idd3n_a=0.140,
    idd4r_a=1.100, idd4w_a=1.100, idd5b_a=0.300, vddq_v=1.35, path_ohm=40 + 60)


def _scaled(die: Currents, columns: float, page: float) -> Currents:
    """Return a die with ``columns`` times the data pins and ``page`` times the row."""
    standby_a = (die.idd3n_a * die.ras_s + die.idd2n_a * (die.rc_s - die.ras_s)) / die.rc_s
    return replace(
        die, source=f"{die.source}; column currents in proportion to the pins, the row's to its size", status="assumed",
        idd0_a=standby_a + (die.idd0_a - standby_a) * page, idd4r_a=die.idd3n_a + (die.idd4r_a - die.idd3n_a) * columns,
        idd4w_a=die.idd3n_a + (die.idd4w_a - die.idd3n_a) * columns)


CURRENTS: dict[tuple[str, int], Currents] = {
    ("DDR4", 4): _DDR4_X4, ("DDR4", 8): _DDR4_X8, ("DDR4", 16): _DDR4_X16,
    ("DDR5", 4): _scaled(_DDR5_X8, 1 / 2, 1), ("DDR5", 8): _DDR5_X8, ("DDR5", 16): _scaled(_DDR5_X8, 2, 2),
    ("LPDDR5", 8): _scaled(_LPDDR5, 1 / 2, 1 / 2), ("LPDDR5", 16): _LPDDR5,
    ("LPDDR5X", 8): _scaled(_LPDDR5X, 1 / 2, 1 / 2), ("LPDDR5X", 16): _LPDDR5X,
    ("HBM2", 64): _HBM2, ("HBM2E", 64): replace(_HBM2, source="as HBM2: the same supply", status="assumed"),
    ("HBM3", 32): _HBM3,
    ("GDDR6", 8): _scaled(_GDDR6, 1 / 2, 1 / 2), ("GDDR6", 16): _GDDR6,
}


def currents(device: DramDevice) -> Currents:
    """Return the currents of a die of ``device``.

    Raises
    ------
    ConfigError
        None are known for its standard and die width.
    """
    key = (device.standard, device.organisation.device_width_bits)
    if key not in CURRENTS:
        raise ConfigError(Fault("no supply currents are known for these dies", value=f"{key[0]} x{key[1]}",
                                allowed=", ".join(f"{name} x{width}" for name, width in CURRENTS)))
    return CURRENTS[key]
