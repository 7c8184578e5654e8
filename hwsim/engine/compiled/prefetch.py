"""Asks memory early for what the end of a task will touch.

In a large graph a step touches a handful of cache lines that nothing has touched before; one after another they would take
longer than everything else. They are asked for while the task is being served.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from hwsim.engine.compiled.jit import inlined
from hwsim.engine.compiled.queues import NOTHING, first, in_run, length
from hwsim.engine.compiled.window import row_of

AHEAD = np.int64(6)  # entries of a queue


def _prefetch(write: int) -> Any:
    """Return what asks for the cache line in which ``array[index]`` begins; without memory there, it only costs time."""

    @intrinsic
    def ask(_context: Any, array: Any, index: Any) -> Any:
        def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            held = context.make_array(signature.args[0])(context, builder, arguments[0])
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            function = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
                builder.module, kind, "llvm.prefetch.p0")
            at = builder.bitcast(builder.gep(held.data, [arguments[1]]), byte)
            builder.call(function, [at, number(write), number(3), number(1)])  # ..., to be kept, data
            return context.get_dummy_value()

        return types.void(array, index), lower

    return ask


to_read, to_write = _prefetch(0), _prefetch(1)


@inlined
def look_ahead(arena, heaps, task, followers, segment, counters, clock, record, s, j):  # type: ignore[no-untyped-def]
    """Ask for what comes after ``j``, which starts on server ``s``: its queue, the followers of ``j``, their counters.

    What is asked for is there two starts later.
    """
    now = clock[0]
    started, now.started, now.starting = now.started, now.starting, j
    if segment[task[j].segment].count > 1:
        return  # a repeated pattern is at hand
    if heaps[s].run > AHEAD:
        to_read(arena, in_run(heaps[s], AHEAD))
        to_write(arena, in_run(heaps[s], heaps[s].run + 2))  # where the next come in
    if length(heaps, s) > 0:
        following = first(arena, heaps, s)
        to_read(task, following.d)
        if record.size > 0:
            to_write(record, following.c)
    to_read(followers, task[j].followers)
    here = segment[task[started].segment]
    if here.count == 1:
        for entry in range(task[started].followers, task[started].followers + task[started].follower_count):
            other = followers[entry].task
            to_write(counters, row_of(here, NOTHING) + 1 + other - here.first)
