"""A layer on a row-stationary machine: mapping, time and traffic together."""

from __future__ import annotations

from dataclasses import dataclass

from hwsim.dataflow.row_stationary.accesses import RsAccesses, accesses
from hwsim.dataflow.row_stationary.choice import choose_mapping
from hwsim.dataflow.row_stationary.machine import RowStationary
from hwsim.dataflow.row_stationary.mapping import RsMapping, active_pes, check_mapping
from hwsim.dataflow.row_stationary.passes import RsTime, processing_time
from hwsim.dataflow.row_stationary.rlc import stored_share
from hwsim.dataflow.row_stationary.shape import RsShape
from hwsim.dataflow.row_stationary.traffic import RsTraffic, traffic


@dataclass(frozen=True, slots=True)
class RsData:
    """What is known of the values, and what the machine makes of it.

    Attributes
    ----------
    ifmap_zero_fraction, ofmap_zero_fraction : zeros, 0 to 1; of ofmaps behind the activation.
    compression : run-length compression of maps in DRAM. It changes traffic, and so may change the mapping.
    zero_gating : a PE switches off where the ifmap value is zero. It saves energy, no time.
    """

    ifmap_zero_fraction: float = 0.0
    ofmap_zero_fraction: float = 0.0
    compression: bool = False
    zero_gating: bool = False


@dataclass(frozen=True, slots=True)
class RsCost:
    """One layer on one machine.

    Attributes
    ----------
    active_pes : of a full pass.
    """

    shape: RsShape
    machine: RowStationary
    mapping: RsMapping
    active_pes: int
    time: RsTime
    traffic: RsTraffic
    accesses: RsAccesses

    @property
    def processing_s(self) -> float:
        """Seconds at the machine's clock, without waiting for DRAM."""
        return self.time.cycles / self.machine.clock_hz

    @property
    def glb_bytes(self) -> int:
        """Bytes that the array reads and writes in the banks of ifmaps and psums."""
        return self.traffic.glb_words * self.machine.word_bytes

    @property
    def dram_bytes(self) -> float:
        """Bytes to and from DRAM."""
        return self.traffic.dram_words * self.machine.word_bytes


def analyse(shape: RsShape, machine: RowStationary, data: RsData | None = None, mapping: RsMapping | None = None) -> RsCost:
    """Return what ``shape`` costs on ``machine``, with the mapping that the rule of ``choice`` gives or with a given one.

    Raises
    ------
    ConfigError
        A given mapping that the machine cannot run, with everything that is wrong with it; a fraction of zeros outside 0 to 1.
    UnsupportedError
        No mapping: the machine is too small for one row of the layer.
    """
    data = data or RsData()
    bits = 8 * machine.word_bytes
    ifmap_share, ofmap_share = (stored_share(zeros, bits) for zeros in (data.ifmap_zero_fraction, data.ofmap_zero_fraction))
    if not data.compression:
        ifmap_share = ofmap_share = 1.0
    if mapping is None:
        mapping = choose_mapping(shape, machine, ifmap_share)
    else:
        check_mapping(shape, machine, mapping)
    gated = data.ifmap_zero_fraction if data.zero_gating else 0.0
    return RsCost(shape, machine, mapping, active_pes(shape, machine, mapping), processing_time(shape, machine, mapping),
                  traffic(shape, machine, mapping, ifmap_share, ofmap_share), accesses(shape, machine, mapping, gated))
