"""The ``cycle`` fidelity: every product of a small workload runs through the register-level stepper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsim.dataflow.columns import COST, PARAMETER
from hwsim.dataflow.stepper import step
from hwsim.dataflow.systolic import DATAFLOWS
from hwsim.errors import ConfigError, Fault
from hwsim.workload.table import LayerTable

Floats = NDArray[np.float64]

MAX_REGISTER_STEPS = 4e9  # PEs x cycles; about a minute


def stepped(layers: LayerTable, rows: Floats, point: Floats, seed: int) -> Floats:
    """Return cost rows in which the array's stall-free cycles were stepped, with random operands, not computed.

    What stalls and what the vector unit does stays as costed.

    Raises
    ------
    ConfigError
        More PE steps than ``MAX_REGISTER_STEPS``, or the ``scalesim`` convention, which no register-level array follows.
    RuntimeError
        The stepped product is not the product: a fault of the stepper.
    """
    def parameter(name: str) -> float:
        return float(point[PARAMETER[name]])

    if parameter("scalesim"):
        raise ConfigError(Fault("the cycle fidelity steps what registers do", path="array.convention", value="'scalesim'",
                                allowed="physical"))
    side_r, side_c = int(parameter("rows")), int(parameter("cols"))
    m, n, k, groups, steps, a_bits, b_bits = (
        layers.column(name).astype(int) for name in ("m", "n", "k", "groups", "steps", "a_bits", "b_bits"))
    products = np.flatnonzero(m > 0)
    work = float((rows[products, COST["compute_cycles"]]).sum()) * side_r * side_c
    if work > MAX_REGISTER_STEPS:
        raise ConfigError(Fault(
            f"stepping {work:.3g} PE cycles would take too long; at most {MAX_REGISTER_STEPS:.0e}: "
            "use a smaller workload or array",
            path="fidelity", value="'cycle'", allowed="analytic for a workload of this size"))
    dataflow = next(name for name, code in DATAFLOWS.items() if code == parameter("dataflow"))
    out = rows.copy()
    random = np.random.default_rng(seed)
    for i in products:
        passes = int(np.ceil(a_bits[i] / parameter("a_bits")) * np.ceil(b_bits[i] / parameter("b_bits")))
        # a wide operand pair takes several passes: every streamed word enters that many times
        size_m, size_n, size_k = m[i] * (passes if dataflow == "ws" else 1), n[i] * (passes if dataflow == "is" else 1), k[i]
        size_k = size_k * passes if dataflow == "os" else size_k
        a = random.integers(-128, 128, (groups[i], size_m, size_k))
        b = random.integers(-128, 128, (groups[i], size_k, size_n))
        depth = int(rows[i, COST["tile_rows"]]) * passes if dataflow != "os" else None
        seen = step(a, b, side_r, side_c, dataflow, pipelined_folds=parameter("pipelined") > 0, accumulator_rows=depth)
        if not np.array_equal(seen.product, a @ b):
            raise RuntimeError("the stepped array did not compute the product")
        closed = rows[i, COST["array_free_cycles"]]
        difference = seen.cycles * steps[i] - closed
        for column in ("cycles", "compute_cycles", "fill_drain_cycles", "array_free_cycles"):
            out[i, COST[column]] += difference
    clock, static = parameter("clock_hz"), parameter("static_w")
    for column, scale in (("latency_s", 1.0), ("energy_static_j", static)):
        out[:, COST[column]] = out[:, COST["cycles"]] / clock * scale
    return out
