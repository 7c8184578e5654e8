"""The least product of time and energy, by weighted sums alone.

A product of two positive numbers is quasi-concave, so over any set it is least at a corner of the set's convex hull, and
corners are what weighted sums find. Every weighted minimum cuts off the plane below its line; where the least product
over what the cuts leave is no less than the best product met, that is proven least.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from hwsim.machines.assignment.linear_model import Found

Cut = tuple[float, float, float]  # time_weight * time + energy_weight * energy >= bound
CLOSE = 1e-9


def least_product(
    minimise: Callable[[float, float], Found], most: int, known: float = float("inf"), close: float = CLOSE,
) -> tuple[list[Found], float]:
    """Return what was found, and a product of time and energy that nothing is below.

    Parameters
    ----------
    minimise : returns the least sum with the weights of time and energy.
    most : weighted sums to solve at most, >= 2.
    known : a product that is known to be reached.
    close : share by which the bound may stay below the best product.
    """
    found = [minimise(1.0, 0.0), minimise(0.0, 1.0)]
    if found[0].infeasible or found[1].infeasible:
        return found, 0.0
    cuts: list[Cut] = [(1.0, 0.0, found[0].bound), (0.0, 1.0, found[1].bound)]
    while True:
        best = min([known, *(one.time * one.energy for one in found)])
        product, time_corner, energy_corner = _lowest_corner(cuts)
        if product >= best * (1.0 - close) or len(found) >= most:
            return found, product
        # the tangent of the product's level through the corner: nothing on it has a greater product
        weights = (energy_corner, time_corner)
        scale = sum(weights)
        if scale <= 0.0:
            return found, product
        a, b = weights[0] / scale, weights[1] / scale
        one = minimise(a, b)
        found.append(one)
        reached = a * time_corner + b * energy_corner >= one.bound * (1.0 - CLOSE)  # the corner cannot be cut off
        if reached or one.infeasible or b == 0.0:
            return found, product
        cuts.append((a, b, one.bound))


def _lowest_corner(cuts: list[Cut]) -> tuple[float, float, float]:
    """Return the least product of what all cuts leave, with its time and energy.

    The least energy that cuts leave at a time is a maximum of lines: between two crossings the product is concave.
    """
    first = max(bound / a for a, b, bound in cuts if b == 0.0)
    lines = [(-a / b, bound / b) for a, b, bound in cuts if b > 0.0]
    times = [first, *((q - p) / (m - n) for (m, p), (n, q) in combinations(lines, 2) if m != n)]
    corners = [(time, max(m * time + p for m, p in lines)) for time in times if time >= first]
    return min((time * energy, time, energy) for time, energy in corners)
