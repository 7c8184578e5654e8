"""What operators in tiles cost at least, before any search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from hwsim.dataflow.loopnest.levels import LevelTable
from hwsim.dataflow.loopnest.problem import Problem


def least(tiles: Sequence[Counter[Problem]], staged: Sequence[bool], level: int, levels: LevelTable) -> tuple[float, float]:
    """Return (cycles, pJ) that no mapping of the tiles is below.

    Every MAC is computed; every word of filter, ifmap and ofmap that a tile touches crosses the link from or to where it is
    kept once, off chip or at ``level``.
    """
    path, source, keeper = levels.datapath, levels.levels[0], levels.levels[level]
    ofmap_bits = min(path.ofmap_bits, path.psum_bits)
    cycles = energy = 0.0
    for i, (problems, stays) in enumerate(zip(tiles, staged, strict=True)):
        macs = sum(tile.macs * times for tile, times in problems.items())
        one = next(iter(problems)).words()[0] * path.filter_bits
        filters = one * sum(problems.values())
        ifmap = sum(touched(tile) * times for tile, times in problems.items()) * path.ifmap_bits
        ofmap = sum(tile.words()[2] * times for tile, times in problems.items()) * ofmap_bits
        inside, outside = i > 0, i + 1 < len(tiles)
        read = (one if stays else filters) + (0 if inside else ifmap)
        written = 0 if outside else ofmap
        near = (filters if stays else 0) + (ifmap if inside else 0)
        kept = (one if stays else 0) + (ofmap if outside else 0)
        energy += macs * path.mac_pj + read * (source.read_pj_per_bit + source.network_pj_per_bit)
        energy += written * (source.write_pj_per_bit + source.network_pj_per_bit)
        energy += near * (keeper.read_pj_per_bit + keeper.network_pj_per_bit) + kept * keeper.write_pj_per_bit
        cycles += max(macs / (path.macs_x * path.macs_y), read / source.read_bits_per_cycle,
                      written / source.write_bits_per_cycle, (read + written) / source.port_bits_per_cycle)
    return cycles, energy


def touched(problem: Problem) -> int:
    """Return the words of the ifmap that windows touch."""
    n, g, _, c, p, q, r, s = problem.dims
    return n * g * c * _along(p, problem.stride[0], r, problem.dilation[0]) * _along(
        q, problem.stride[1], s, problem.dilation[1])


@lru_cache(maxsize=4096)
def _along(outputs: int, stride: int, taps: int, dilation: int) -> int:
    return len({o * stride + t * dilation for o in range(outputs) for t in range(taps)})
