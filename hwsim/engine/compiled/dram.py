"""The dispatch of DRAM servers, compiled; arguments as in the kernel."""

from __future__ import annotations

from hwsim.engine.compiled.jit import step
from hwsim.engine.compiled.queues import NOTHING, pop, push
from hwsim.engine.compiled.records import HANDED_OVER
from hwsim.engine.compiled.steps import begin
from hwsim.memory.dram.port_kernel import serve


@step
def dispatch_dram(  # type: ignore[no-untyped-def]
    arena, heaps, clock, task, segment, request, server, record, constants, states, ends, s, tick,
):
    """Hand the next chunk to the port; return when the port can take another."""
    _, chunks, ready, instance = pop(arena, heaps, s)
    low, high = 0, segment.size
    while high - low > 1:  # the segment with this instance
        middle = (low + high) >> 1
        if segment[middle].base <= instance:
            low = middle
        else:
            high = middle
    here = segment[low]
    repetition = (instance - here.base) // here.tasks
    j = here.first + instance - here.base - repetition * here.tasks
    if chunks == 0:
        begin(arena, heaps, clock, task, segment, server, record, s, j, ready, instance, tick)
    wanted, port = request[j], server[s]
    offset = chunks * port.chunk_bytes
    size = min(port.chunk_bytes, wanted.bytes - offset)
    free, end = serve(
        constants[port.constants : port.constants_end], states[port.state : port.state_end], tick,
        wanted.address + repetition * wanted.address_step, offset, size, wanted.run_bytes, wanted.pitch_bytes, wanted.write)
    if offset + size < wanted.bytes:
        push(arena, heaps, clock, s, task[j].priority, chunks + 1, ready, instance)
    else:
        push(arena, heaps, clock, ends, end, instance, j, NOTHING)
        if task[j].follower_count > 0:
            push(arena, heaps, clock, ends, free, instance, j, HANDED_OVER)
    return free
