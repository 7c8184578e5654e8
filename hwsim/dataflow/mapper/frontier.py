"""The best partial mappings of a stage: a bounded heap by estimate, then by the order in which they came."""

from __future__ import annotations

from hwsim.dataflow.loopnest.compiled import inlined, leaf


@inlined
def _worse(rank, a, b):  # type: ignore[no-untyped-def]
    return rank[a, 0] > rank[b, 0] or (rank[a, 0] == rank[b, 0] and rank[a, 1] > rank[b, 1])


@leaf
def place(heap, rank, count, width, estimate, serial):  # type: ignore[no-untyped-def]
    """Return the slot for a newcomer, or -1 where it is worse than all of a full frontier.

    heap : (width,) slots, the worst first. rank : (width, 2) estimate and serial of every slot.
    """
    if count == width:
        slot = heap[0]
        if estimate >= rank[slot, 0]:
            return -1
        rank[slot, 0], rank[slot, 1] = estimate, serial
        at = 0
        while True:
            child = 2 * at + 1
            if child >= width:
                break
            if child + 1 < width and _worse(rank, heap[child + 1], heap[child]):
                child += 1
            if not _worse(rank, heap[child], heap[at]):
                break
            heap[at], heap[child] = heap[child], heap[at]
            at = child
        return slot
    slot, at = count, count
    rank[slot, 0], rank[slot, 1] = estimate, serial
    heap[at] = slot
    while at and _worse(rank, heap[at], heap[(at - 1) // 2]):
        heap[at], heap[(at - 1) // 2] = heap[(at - 1) // 2], heap[at]
        at = (at - 1) // 2
    return slot
