"""Time of one matrix product on a systolic array with finite buffers and memories.

A tile is one fold over one chunk of streamed rows. Tiles come in at most eight kinds (full or edge rows, columns, chunk),
and of each kind a share fetches its streamed and its stationary operand while the rest finds them on chip. A tile takes
the longest of: computing, loading the next stationary tile, every off-chip memory, every buffer port. Sums over kinds are
weighted by their exact counts, so nothing is walked.

Assumes that loads and stores of a kind of tile are spread evenly over its tiles (double buffering smooths the rest).
"""

from __future__ import annotations

from numba import njit

from hwsim.dataflow.systolic import OS, WS, folds, stall_free_cycles


@njit(nogil=True, error_model="numpy", forceinline=True)
def tile_base(active, r, c, rows, output, pipelined):  # type: ignore[no-untyped-def]
    """Cycles from a tile to the next with nothing to wait for; ``active`` is its streaming time, r x c what it uses."""
    if output:
        return max(active, r + rows - 1.0) if pipelined else active + r + c + rows - 2.0
    return max(active, r) if pipelined else r + active + rows + c - 2.0


@njit(nogil=True, error_model="numpy", forceinline=True)
def blame(base, shift, active, x, s, o, same_xs, same_xo, same_so, port):  # type: ignore[no-untyped-def]
    """Return (longest, shift, stall_x, stall_s, stall_out, stall_port) of one tile.

    ``x``, ``s``, ``o`` are off-chip cycles by operand; those on one memory add up (``same_*`` is 1.0 or 0.0). The operand
    with most cycles on the limiting memory is to blame for the wait.
    """
    mem_x = x + same_xs * s + same_xo * o
    mem_s = s + same_xs * x + same_so * o
    mem_o = o + same_xo * x + same_so * s
    memory = max(mem_x, mem_s, mem_o)
    longest = max(base, memory, port)
    idle = longest - active
    if longest <= base:
        return longest, min(idle, shift), 0.0, 0.0, 0.0, 0.0
    stall = longest - base
    hidden = min(idle - stall, shift)
    if port >= memory:
        return longest, hidden, 0.0, 0.0, 0.0, stall
    on_x = x if mem_x >= memory else 0.0
    on_s = s if mem_s >= memory else 0.0
    on_o = o if mem_o >= memory else 0.0
    if on_s >= on_x and on_s >= on_o:
        # a stationary tile is shifted in after it has arrived: the shift cannot hide behind a short stream
        exposed = min(idle, shift)
        return longest, exposed, 0.0, min(stall, idle - exposed), 0.0, 0.0
    if on_x >= on_o:
        return longest, hidden, stall, 0.0, 0.0, 0.0
    return longest, hidden, 0.0, 0.0, stall, 0.0


@njit(nogil=True, error_model="numpy", forceinline=True)
def tile_times(  # type: ignore[no-untyped-def]
    t, k, s, repeat, passes, rows, cols, dataflow, pipelined, depth, fetch_x, fetch_s, share_x, share_s,
    d_x, d_s, d_o, same_xs, same_xo, same_so, port_x, port_s, port_o, port_v, whole,
):
    """Return cycles summed over all tiles: (total, base, active, shift, stall_x, stall_s, stall_out, stall_port).

    Parameters
    ----------
    t, k, s : streamed rows, reduction, stationary columns (os: M, K, N; A plays the streamed, B the stationary operand).
    repeat : groups x steps.
    passes : array passes an operand pair wider than the PEs takes.
    depth : streamed rows in a tile (os: unused).
    fetch_x, fetch_s : times the streamed and the stationary operand are fetched.
    share_x, share_s : share of tiles behind which the operand's fetches are spread (below 1 where it must be there at once:
        a streamed operand that stays whole loads during the first columns, a panel without room for the next behind its
        first chunk).
    d_x, d_s, d_o : off-chip cycles to move each whole operand of one group once.
    same_xs, same_xo, same_so : 1.0 where two operands have one memory, else 0.0.
    port_x, port_s, port_o : buffer-port cycles of each whole operand once per use.
    port_v : cycles in which the vector unit reads what it adds to the results; counted beside the streamed operand's reads.
    whole : True where every stationary tile takes equally long to fetch, however little of it is used.
    """
    output = dataflow == OS
    height = t if output else k
    fr, fc = folds(height, 1.0 / rows), folds(s, 1.0 / cols)
    nt = 1.0 if output else folds(t, 1.0 / depth)
    inv_t, inv_h, inv_s, inv_fr = 1.0 / t, 1.0 / height, 1.0 / s, 1.0 / fr
    phi = share_x if d_x > 0.0 else 1.0
    psi = 1.0
    if d_s > 0.0:
        psi = min(1.0, fetch_s * inv_fr) if output else share_s
    scale_x = min(1.0, fetch_x / (fc * phi))
    scale_s = 1.0 if output else min(1.0, fetch_s / (nt * share_s))
    total = base_sum = active_sum = shift_sum = stall_x = stall_s = stall_o = stall_p = 0.0
    for it in range(2):  # 0: the last chunk, 1: the full ones
        n_t = 1.0 if it == 0 else nt - 1.0
        if n_t <= 0.0:
            break
        tt = t if output else (depth if it == 1 else t - (nt - 1.0) * depth)
        f_t = 1.0 if output else tt * inv_t
        active = (k if output else tt) * passes
        for ir in range(2):
            n_r = (1.0 if ir == 0 else fr - 1.0) * n_t * repeat
            if n_r <= 0.0:
                break
            r = rows if ir == 1 else height - (fr - 1.0) * rows
            f_r = r * inv_h
            for ic in range(2):
                n = (1.0 if ic == 0 else fc - 1.0) * n_r
                if n <= 0.0:
                    break
                c = cols if ic == 1 else s - (fc - 1.0) * cols
                f_c = c * inv_s
                f_s = (1.0 if output else inv_fr) / fc if whole else (f_c if output else f_r * f_c)
                base = tile_base(active, r, c, rows, output, pipelined)
                shift = 0.0 if output else r
                if output:
                    x, y, o = d_x * f_r * scale_x, d_s * f_s, d_o * f_r * f_c
                    port = max(port_x * f_r + port_v * f_r * f_c, port_s * f_c, port_o * f_r * f_c)
                else:
                    x, y, o = d_x * f_t * f_r * scale_x, d_s * f_s * scale_s, d_o * f_t * f_c * inv_fr
                    results = f_t * f_c * inv_fr
                    port = max(port_x * f_t * f_r + port_v * results, port_s * f_r * f_c, port_o * results)
                base_sum += n * base
                active_sum += n * active
                if x + y + o <= base and port <= base:  # no memory can be the limit
                    total += n * base
                    shift_sum += n * min(base - active, shift)
                    continue
                for share in range(4):  # tiles that fetch both operands, only s, only x, none
                    now_x, now_s = share % 2 == 0, share < 2
                    part = n * (phi if now_x else 1.0 - phi) * (psi if now_s else 1.0 - psi)
                    if part > 0.0:
                        longest, exposed, wait_x, wait_s, wait_o, wait_p = blame(
                            base, shift, active, x if now_x else 0.0, y if now_s else 0.0, o, same_xs, same_xo, same_so, port)
                        total += part * longest
                        shift_sum += part * exposed
                        stall_x += part * wait_x
                        stall_s += part * wait_s
                        stall_o += part * wait_o
                        stall_p += part * wait_p
    return total, base_sum, active_sum, shift_sum, stall_x, stall_s, stall_o, stall_p


@njit(nogil=True, error_model="numpy", forceinline=True)
def stall_free_of(m, n, k, groups, steps, passes, rows, cols, dataflow, pipelined, depth):  # type: ignore[no-untyped-def]
    """Stall-free cycles where every streamed word takes ``passes`` cycles."""
    if dataflow == OS:
        return stall_free_cycles(m, n, k * passes, groups, steps, rows, cols, dataflow, pipelined, False, 1.0)
    mm, nn = (m * passes, n) if dataflow == WS else (m, n * passes)
    return stall_free_cycles(mm, nn, k, groups, steps, rows, cols, dataflow, pipelined, False, depth * passes)
