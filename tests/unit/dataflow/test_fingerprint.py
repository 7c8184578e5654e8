"""A compiled function on disk never outlives a change in what it calls."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
from numba.core.caching import NullCache
from numba.core.dispatcher import Dispatcher

import hwsim.dataflow

MODULES = sorted(path.stem for path in Path(hwsim.dataflow.__file__).parent.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("module", MODULES)
def test_cached_functions_name_the_sources_or_call_nothing_compiled(module):
    found = import_module(f"hwsim.dataflow.{module}")
    for name, function in vars(found).items():
        if isinstance(function, Dispatcher) and not isinstance(function._cache, NullCache):
            code = inspect.unwrap(function.py_func).__code__
            calls = [n for n in code.co_names if isinstance(vars(found).get(n), Dispatcher)]
            assert not calls or "sources" in code.co_varnames[: code.co_argcount], (name, calls)
