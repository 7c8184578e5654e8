"""How much the array of one part could do."""

from __future__ import annotations

from hwsim.arch.description import Accelerator
from hwsim.errors import ConfigError, Fault


def pes(part: Accelerator) -> int:
    """Return how many MACs the part does in a cycle; 0 for a device known by its peaks."""
    if part.array is not None:
        return part.array.rows * part.array.cols
    if part.pe_array is not None:
        return part.pe_array.x * part.pe_array.y * part.pe_array.macs_per_pe
    return 0


def rate_macs_per_s(part: Accelerator, bits: float) -> float:
    """Return the peak of the part, of a device known by its peaks that of the narrowest operands that hold ``bits``."""
    if pes(part):
        return pes(part) * (part.clock_hz or 0.0)
    if part.roofline is None:
        raise ConfigError(Fault("a part has an array, a pe_array or a roofline", path=part.name))
    peaks = part.roofline.peak_macs_per_s
    return peaks[min((width for width in peaks if width >= bits), default=max(peaks))]
