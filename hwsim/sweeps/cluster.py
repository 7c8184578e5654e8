"""Executors of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from hwsim.errors import ConfigError, Fault

_WAIT_S = 10.0


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """Yield an executor on the workers of the Dask scheduler at ``address``.

    Raises
    ------
    ConfigError
        dask.distributed is not installed, nothing listens at the address, or the cluster has no worker.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError(Fault("needs dask.distributed: pip install 'hwsim[cluster]'", path="dask")) from error
    try:
        client = Client(address, timeout=_WAIT_S)
    except (OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(Fault(f"no Dask scheduler answers within {_WAIT_S:.0f} s: {reason}", path="dask", value=repr(address),
                                allowed="an address like tcp://host:8786, of a running 'dask scheduler'")) from error
    with client:
        if not client.nthreads():
            raise ConfigError(Fault("the cluster has no worker", path="dask", value=repr(address),
                                    allowed="at least one, started with 'dask worker ADDRESS'"))
        yield client.get_executor()
