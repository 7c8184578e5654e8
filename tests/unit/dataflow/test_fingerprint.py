"""A compiled function on disk never outlives a change in what it calls."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
from numba.core.caching import NullCache
from numba.core.dispatcher import Dispatcher

import hwsim.dataflow
from hwsim.dataflow.loopnest.evaluate import evaluate
from hwsim.dataflow.loopnest.levels import Level, LevelTable
from hwsim.dataflow.loopnest.nest import LoopNest
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.engine import bound, chain

MODULES = sorted(path.stem for path in Path(hwsim.dataflow.__file__).parent.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("module", MODULES)
def test_cached_functions_name_the_sources_or_call_nothing_compiled(module):
    found = import_module(f"hwsim.dataflow.{module}")
    for name, function in vars(found).items():
        if isinstance(function, Dispatcher) and not isinstance(function._cache, NullCache):
            code = inspect.unwrap(function.py_func).__code__
            calls = [n for n in code.co_names if isinstance(vars(found).get(n), Dispatcher)]
            assert not calls or "sources" in code.co_varnames[: code.co_argcount], (name, calls)


def test_calls_of_several_packages_find_their_compiled_code_quickly(monkeypatch):
    """Omitted arguments of one value: numba looks up the functions of the first value alone without Python."""
    def calls():
        evaluate(Problem.of("one"), LoopNest((), ((0,),) * 3), LevelTable((Level("memory"),)))
        bound(chain("array", [1.0, 2.0]))

    calls()
    slow = []
    searched = Dispatcher._compile_for_args
    monkeypatch.setattr(Dispatcher, "_compile_for_args", lambda self, *args, **named: (
        slow.append(self.py_func.__name__), searched(self, *args, **named))[1])
    calls()
    assert slow == []
