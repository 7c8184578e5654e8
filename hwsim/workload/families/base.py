"""The registry of network families."""

from __future__ import annotations

from collections.abc import Callable

from hwsim.registry import Registry
from hwsim.workload.network import Network

Family = Callable[..., Network]
"""``(name, *, batch, activation_bits, weight_bits, **parameters) -> Network``; parameters are typed, with defaults."""

FAMILIES: Registry[Family] = Registry("network family")
