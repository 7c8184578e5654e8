"""Scaling of logic between process nodes: energy, area and delay ratios.

Source: A. Stillmaker and B. Baas, "Scaling equations for the accurate prediction of CMOS device performance from 180 nm
to 7 nm", Integration 58 (2017): area ratios (table of scaling factors, the row of 45 nm) and the polynomials in the
supply voltage fitted to HSPICE runs of an inverter chain (energy of degree two, delay of degree three; high-performance
devices from 45 nm on), here evaluated at the nominal supply of each node.

Notes
-----
Assumes a straight line in log-log between the nodes of the table, so 40 nm lies between 45 and 32, and 28 and 22 nm
between 32 and 20. 5 nm is the 7 nm value times the foundry's own ratios. The 20 nm delay is left out (the fit is slower
there than at 32 nm, where device models change from planar to multi-gate), so delay falls with every node.
Inverters scale better than large blocks with wires: see ``arithmetic`` for published 7 nm points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwsim.errors import ConfigError, Fault
from hwsim.technology.entry import Entry, Floats, Numbers

SMALLEST_NM, LARGEST_NM = 5.0, 90.0
_SOURCE = "Stillmaker and Baas, Integration 58"
_N5 = "Yeap et al., IEDM, TSMC 5 nm against 7 nm"


@dataclass(frozen=True, slots=True)
class _Node:
    node_nm: int
    supply_v: float  # nominal, Predictive Technology Model
    area: float  # relative to 45 nm
    energy: tuple[float, float, float]  # polynomial in the supply, highest power first
    delay: tuple[float, float, float, float]


_NODES = (
    _Node(7, 0.70, 0.059, (0.1776, -0.09097, 0.02447), (-28.58, 76.6, -70.26, 24.69)),
    _Node(10, 0.75, 0.10, (0.2068, -0.09311, 0.02375), (-34.95, 93.65, -85.99, 30.4)),
    _Node(14, 0.80, 0.17, (0.2363, -0.09675, 0.02239), (-40.66, 109.2, -100.6, 35.92)),
    _Node(16, 0.85, 0.19, (0.2958, -0.1241, 0.03024), (0.0, 24.8, -47.52, 28.87)),
    _Node(20, 0.90, 0.21, (0.373, -0.1582, 0.04104), (0.0, 34.63, -66.37, 41.15)),
    _Node(32, 0.90, 0.46, (0.8367, -0.4341, 0.1701), (-1047.0, 2982.0, -2797.0, 873.5)),
    _Node(45, 1.00, 1.0, (1.018, -0.3107, 0.1539), (-501.6, 1567.0, -1619.0, 566.1)),
    _Node(65, 1.10, 1.5, (3.755, -4.398, 1.975), (-53.3, 230.4, -333.9, 178.6)),
    _Node(90, 1.20, 2.8, (4.762, -4.781, 2.092), (-60.34, 262.5, -384.2, 210.9)),
)


def _entries() -> tuple[Entry, ...]:
    reference = _NODES[6]
    found = [
        Entry("energy scale 5 nm", 0.70, "ratio to 7 nm", 5, _N5, 2019, "assumed",
              "30 % less power at the same speed; quoted without the page at hand"),
        Entry("area scale 5 nm", 1 / 1.84, "ratio to 7 nm", 5, _N5, 2019,
              note="1.84 times the logic density is the foundry's claim; whole chips shrink less"),
        Entry("delay scale 5 nm", 1 / 1.15, "ratio to 7 nm", 5, _N5, 2019, "assumed",
              "15 % faster at the same power, not together with the energy ratio; quoted without the page at hand"),
    ]
    for node in _NODES:
        at = f"{node.node_nm} nm"
        polynomial = f"polynomial at {node.supply_v} V, nominal supply of the Predictive Technology Model"
        energy = np.polyval(node.energy, node.supply_v) / np.polyval(reference.energy, reference.supply_v)
        delay = np.polyval(node.delay, node.supply_v) / np.polyval(reference.delay, reference.supply_v)
        found.append(Entry(f"area scale {at}", node.area, "ratio to 45 nm", node.node_nm, _SOURCE, 2017))
        found.append(Entry(f"energy scale {at}", float(energy), "ratio to 45 nm", node.node_nm, _SOURCE, 2017,
                           note=polynomial))
        if node.node_nm != 20:
            found.append(Entry(f"delay scale {at}", float(delay), "ratio to 45 nm", node.node_nm, _SOURCE, 2017,
                               note=polynomial))
    return tuple(found)


ENTRIES = _entries()


def _curve(quantity: str) -> tuple[Floats, Floats]:
    """Return ln(node) and ln(ratio to 45 nm) of every node that has ``quantity``, smallest node first."""
    ratio = {entry.node_nm: entry.value for entry in ENTRIES if entry.name.startswith(quantity)}
    ratio[SMALLEST_NM] *= ratio[7]
    nodes = sorted(node for node in ratio if node is not None)
    return np.log(np.array(nodes, dtype=float)), np.log(np.array([ratio[node] for node in nodes]))


_AREA, _ENERGY, _DELAY = _curve("area"), _curve("energy"), _curve("delay")


def checked_nodes(node_nm: Numbers) -> Floats:
    """Return the nodes as float64.

    Raises
    ------
    ConfigError
        A node outside 5 to 90 nm.
    """
    nodes = np.asarray(node_nm, dtype=np.float64)
    if not np.all((nodes >= SMALLEST_NM) & (nodes <= LARGEST_NM)):
        raise ConfigError(Fault("no technology data for this process node", path="technology.node_nm",
                                value=str(node_nm), allowed=f"{SMALLEST_NM:g} to {LARGEST_NM:g} nm"))
    return nodes


def interpolate(node_nm: Numbers, ln_nodes: Floats, ln_values: Floats) -> Floats:
    """Return the value at ``node_nm`` on a log-log line through the given points, constant outside them."""
    values: Floats = np.exp(np.interp(np.log(checked_nodes(node_nm)), ln_nodes, ln_values))
    return values


def energy_scale(from_nm: Numbers, to_nm: Numbers) -> Floats:
    """Return energy per operation at ``to_nm`` over that at ``from_nm``, each at its nominal supply; 5 to 90 nm."""
    return interpolate(to_nm, *_ENERGY) / interpolate(from_nm, *_ENERGY)


def area_scale(from_nm: Numbers, to_nm: Numbers) -> Floats:
    """Return logic area at ``to_nm`` over that at ``from_nm``; 5 to 90 nm. SRAM scales otherwise: see ``sram``."""
    return interpolate(to_nm, *_AREA) / interpolate(from_nm, *_AREA)


def delay_scale(from_nm: Numbers, to_nm: Numbers) -> Floats:
    """Return gate delay at ``to_nm`` over that at ``from_nm``, each at its nominal supply; 5 to 90 nm."""
    return interpolate(to_nm, *_DELAY) / interpolate(from_nm, *_DELAY)
