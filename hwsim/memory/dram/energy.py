"""Energy of a DRAM channel from datasheet currents, by the method of Micron TN-40-07 (DDR4) and TN-41-01 (DDR3).

Of one die, with the times the currents were measured at:

* activate and precharge: ``VDD (IDD0 tRC - IDD3N tRAS - IDD2N (tRC - tRAS)) + VPP (IPP0 - IPP3N) tRC``
* read burst: ``VDD (IDD4R - IDD3N) tBL``; write burst: ``VDD (IDD4W - IDD3N) tBL``
* refresh of all banks: ``VDD (IDD5B - IDD3N) tRFC + VPP (IPP5B - IPP3N) tRFC``, with the device's own tRFC
* background: ``VDD IDD3N`` while a row is open, ``VDD IDD2N`` while none is, and ``VPP IPP3N`` always
* data pins, driver and termination: ``VDDQ^2 / ohm`` while low, half of the time for data and one of two strobes a byte

An operation of a rank is one of all its dies. A burst's energy does not depend on the data rate, nor does that of a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hwsim.errors import ConfigError, Fault
from hwsim.memory.dram.currents import Currents, currents
from hwsim.memory.dram.device import DramDevice

if TYPE_CHECKING:
    from hwsim.memory.dram.burst.burst_model import BurstResult


@dataclass(frozen=True, slots=True)
class OperationEnergy:
    """Joules of one rank (pseudo channel): an activate and precharge, a burst without its pins, the pins of a burst, a refresh.

    ``open_w`` and ``closed_w`` are the watts of all ranks of the channel with rows open and without.
    """

    activate_j: float
    read_j: float
    write_j: float
    io_j: float
    refresh_j: float
    open_w: float
    closed_w: float


@dataclass(frozen=True, slots=True)
class DramEnergy:
    """Joules of a channel over some time, by what they went to."""

    activate_j: float
    read_j: float
    write_j: float
    io_j: float
    refresh_j: float
    background_j: float

    @property
    def total_j(self) -> float:
        """Sum of all parts."""
        return self.activate_j + self.read_j + self.write_j + self.io_j + self.refresh_j + self.background_j


def operation_energy(device: DramDevice, of_die: Currents | None = None) -> OperationEnergy:
    """Return the energy of each operation of ``device``; ``of_die`` instead of the currents known for its dies."""
    c = currents(device) if of_die is None else of_die
    o, t = device.organisation, device.timing
    dies = o.channel_width_bits // o.device_width_bits
    rfc_s = t.rfc * t.tck_ps * 1e-12
    row_j = c.vdd_v * (c.idd0_a * c.rc_s - c.idd3n_a * c.ras_s - c.idd2n_a * (c.rc_s - c.ras_s))
    row_j += c.vpp_v * (c.ipp0_a - c.ipp3n_a) * c.rc_s
    refresh_j = (c.vdd_v * (c.idd5b_a - c.idd3n_a) + c.vpp_v * (c.ipp5b_a - c.ipp3n_a)) * rfc_s
    pin_w = c.vddq_v**2 / c.path_ohm if c.path_ohm else 0.0
    burst_s = t.bl * t.tck_ps * 1e-12
    pins_low = o.channel_width_bits * (1 / 2 + 1 / 8)
    channel_dies = dies * o.ranks * o.pseudochannels
    pump_w = c.vpp_v * c.ipp3n_a
    return OperationEnergy(
        activate_j=dies * row_j, read_j=dies * c.vdd_v * (c.idd4r_a - c.idd3n_a) * c.burst_s,
        write_j=dies * c.vdd_v * (c.idd4w_a - c.idd3n_a) * c.burst_s, io_j=pins_low * pin_w * burst_s,
        refresh_j=dies * refresh_j, open_w=channel_dies * (c.vdd_v * c.idd3n_a + pump_w),
        closed_w=channel_dies * (c.vdd_v * c.idd2n_a + pump_w))


def energy_j(device: DramDevice, *, activates: float, reads: float, writes: float, refreshes: float, seconds: float,
             active_share: float = 1.0, of_die: Currents | None = None) -> DramEnergy:
    """Return the energy of one channel.

    Parameters
    ----------
    activates, reads, writes, refreshes : operations of all ranks and pseudo channels together, as the burst-level model counts
        them; each activate is precharged once.
    seconds : time they take. active_share : of it with rows open, 0 to 1.
    of_die : currents to use instead of those known for the device's dies.

    Raises
    ------
    ConfigError
        Unknown currents; a count or a time below 0, a share outside 0 to 1.
    """
    given = {"activates": activates, "reads": reads, "writes": writes, "refreshes": refreshes, "seconds": seconds}
    faults = [Fault("out of range", path=name, value=str(value), allowed="0 or more") for name, value in given.items()
              if not value >= 0]
    if not 0 <= active_share <= 1:
        faults.append(Fault("out of range", path="active_share", value=str(active_share), allowed="0 to 1"))
    if faults:
        raise ConfigError(faults)
    one = operation_energy(device, of_die)
    return DramEnergy(
        activates * one.activate_j, reads * one.read_j, writes * one.write_j, (reads + writes) * one.io_j,
        refreshes * one.refresh_j, seconds * (active_share * one.open_w + (1 - active_share) * one.closed_w))


def walk_energy(device: DramDevice, walk: BurstResult) -> DramEnergy:
    """Return the energy of a walk of the burst-level model; rows are taken as open all the time."""
    return energy_j(device, activates=walk.activates, reads=walk.reads, writes=walk.writes, refreshes=walk.refreshes,
                    seconds=walk.time_s)
