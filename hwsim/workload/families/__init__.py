"""Network families, a file each: every module of this folder is imported and registers its own."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import replace

from hwsim.errors import ConfigError, Fault
from hwsim.workload.families.base import FAMILIES, Family
from hwsim.workload.families.parameters import bind
from hwsim.workload.network import Network

__all__ = ["FAMILIES", "Family", "build"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def build(
    family: str, params: Mapping[str, object], *, name: str, batch: int = 1, activation_bits: int | None = None,
    weight_bits: int | None = None,
) -> Network:
    """Build a network of ``family`` with ``params``.

    Parameters
    ----------
    family : a name in FAMILIES.
    params : keyword parameters of the family; plain YAML values (numbers, strings, booleans, lists, mappings).
    name : of the network.
    batch : inputs processed together, >= 1.
    activation_bits, weight_bits : element widths, 1..64, or None for floating point run in the machine's own width.

    Raises
    ------
    ConfigError
        Unknown family or parameter, wrong types, impossible values (all of them at once), shapes that do not fit.
    """
    function = FAMILIES[family]
    faults: list[Fault] = []
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        faults.append(Fault("not a batch size", path="batch", value=repr(batch), allowed="a whole number >= 1"))
    for path, bits in (("activation_bits", activation_bits), ("weight_bits", weight_bits)):
        if bits is not None and (isinstance(bits, bool) or not isinstance(bits, int) or not 1 <= bits <= 64):
            faults.append(Fault("not a width", path=path, value=repr(bits), allowed="1..64 or none"))
    arguments = bind(function, params, "params", faults)
    if faults:
        raise ConfigError(faults)
    try:
        network = function(name, batch=batch, activation_bits=activation_bits, weight_bits=weight_bits, **arguments)
    except ValueError as error:  # a tensor that came out with a size below 1
        raise ConfigError(Fault(f"the parameters do not fit together: {error}", path=name)) from None
    provenance = {"builder": family, "batch": str(batch), "params": json.dumps(params, sort_keys=True, default=list)}
    return replace(network, provenance=provenance)
