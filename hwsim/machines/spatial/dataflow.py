"""What a dataflow of a PE array says of one kernel, and the registry of dataflows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from hwsim.arch.description import Accelerator, Operand
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import Mapped
from hwsim.registry import Registry


@dataclass(frozen=True, slots=True)
class Kernel:
    """A matrix product or convolution as a PE array sees it.

    Attributes
    ----------
    problem : dims and strides; groups and steps of a recurrence included.
    in_w, in_h : input size without its padding.
    ifmap_density, ofmap_density : share of words that are not zero, of ofmaps behind the activation.
    first : whether it is the first kernel of the network, whose input is an image.
    stays : filter, ifmap, ofmap: whether it is in the buffer that keeps activations, or shall be.
    """

    problem: Problem
    in_w: int
    in_h: int
    ifmap_density: float = 1.0
    ofmap_density: float = 1.0
    first: bool = False
    stays: tuple[bool, bool, bool] = (False, False, False)


@dataclass(frozen=True, slots=True)
class ArrayCost:
    """What the array does for one kernel while off-chip memory never makes it wait.

    Attributes
    ----------
    active_cycles : PEs multiply.
    filter_cycles : PEs wait for their next filters.
    fill_drain_cycles : pipelines fill and drain.
    buffer_cycles : PEs wait for ports of on-chip buffers or for buses.
    utilisation : mean share of the MACs that hold work while PEs multiply.
    mac_share : share of the MACs that cost energy, zeros may be gated.
    offchip_bytes : ifmap and filter read, ofmap written, psum read and written.
    moved_bytes : (buffer or scratch pad, operand) -> bytes read, bytes written, all instances together.
    noc_bytes : bytes that cross the network between buffers and PEs.
    mapping : for people.
    wait_cycles : waits for off-chip memory as the dataflow counts them; None: transfers run behind the array.
    mapped : the loop nest behind it, where the dataflow has one.
    adds : additions of partial sums of several PEs on their way to a buffer, beside those of the MACs.
    """

    active_cycles: float
    filter_cycles: float
    fill_drain_cycles: float
    buffer_cycles: float
    utilisation: float
    mac_share: float
    offchip_bytes: Mapping[Operand, float]
    moved_bytes: Mapping[tuple[str, Operand], tuple[float, float]]
    noc_bytes: float
    mapping: str
    wait_cycles: float | None = None
    mapped: Mapped | None = None
    adds: float = 0.0

    @property
    def cycles(self) -> float:
        """All of its time."""
        return self.active_cycles + self.filter_cycles + self.fill_drain_cycles + self.buffer_cycles


class ArrayDataflow:
    """How kernels are laid on the array of one accelerator.

    Subclasses set ``name``, register with ``@array_dataflow`` and raise ConfigError from ``__init__`` where the description
    lacks what they need, with every fault.
    """

    name: ClassVar[str]
    by_name: Mapping[str, object] = {}  # of layers that cost what their names say, whatever other layers are like them

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator = accelerator

    def cost(self, kernel: Kernel) -> ArrayCost:
        """Return what one kernel costs; ConfigError where it cannot run, with the numbers."""
        raise NotImplementedError

    def areas_mm2(self) -> Mapping[str, float]:
        """Return areas that replace the sum of cells and SRAM, by component; {} where that is all."""
        return {}

    def notes(self, layers: Sequence[str]) -> Sequence[str]:
        """Return what to know of a run of these layers."""
        return ()


ARRAY_DATAFLOWS: Registry[type[ArrayDataflow]] = Registry("dataflow of a PE array")


def array_dataflow(cls: type[ArrayDataflow]) -> type[ArrayDataflow]:
    """Class decorator: register a dataflow under its ``name``."""
    return ARRAY_DATAFLOWS.register(cls.name)(cls)
