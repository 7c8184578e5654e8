"""Several workloads on several accelerators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING

from hwsim.errors import ConfigError, Fault
from hwsim.machines.simulate import simulate

if TYPE_CHECKING:
    import pandas as pd

    from hwsim.arch.description import Accelerator
    from hwsim.workload.network import Network

Pair = tuple["Accelerator | str", "Network | str"]
_TOTALS = ("fidelity", "cycles", "latency_s", "energy_j", "area_mm2", "macs", "utilisation", "spatial_utilisation",
           "temporal_utilisation", "bound")


def compare(
    accelerators: Sequence[Accelerator | str], networks: Sequence[Network | str], *, fidelity: str = "analytic",
    progress: Callable[[Iterable[Pair]], Iterable[Pair]] | None = None,
) -> pd.DataFrame:
    """Return one row a pair: totals of the result, what bounds it, its metrics and notes; workloads vary slowest.

    Parameters
    ----------
    accelerators, networks : as ``simulate`` takes them.
    progress : wraps the pairs as they are simulated, e.g. ``tqdm.tqdm``.

    Raises
    ------
    ConfigError
        Lists the faults of every pair that cannot be simulated.
    """
    import pandas as pd

    pairs = [(acc, net) for net, acc in product(networks, accelerators)]
    rows, faults = [], list[Fault]()
    for acc, net in progress(pairs) if progress is not None else pairs:
        try:
            result = simulate(acc, net, fidelity=fidelity)
        except ConfigError as error:
            faults += error.faults
        else:
            batch = int(result.provenance.get("workload.batch", "1"))
            rows.append({"accelerator": result.accelerator, "workload": result.workload, "batch": batch,
                         **{name: getattr(result, name) for name in _TOTALS}, **result.metrics,
                         "notes": "; ".join(result.notes)})
    if faults:
        raise ConfigError(dict.fromkeys(faults))
    return pd.DataFrame(rows)
