"""Runs ZigZag on one of its packaged networks and accelerators and writes what it chose for every layer as JSON.

Executed by ``against_zigzag.py`` in ZigZag's own virtual environment; hwsim does not import it.

    python zigzag_driver.py NETWORK ACCELERATOR LPF_LIMIT packaged|generate RESULT.json
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from math import prod
from pathlib import Path
from typing import Any

import yaml
import zigzag
from zigzag.api import get_hardware_performance_zigzag

INPUTS = Path(zigzag.__file__).parent / "inputs"
# without a packaged mapping ZigZag generates spatial mappings, three a layer
GENERATED = [{"name": "default", "memory_operand_links": {"O": "O", "W": "I2", "I": "I1"}}]


def layer_result(cme: Any) -> dict[str, Any]:
    """Return the layer of one cost model evaluation, its mapping and its cost as plain values."""
    layer, memories = cme.layer, cme.mem_hierarchy_dict
    links = {str(op): layer.memory_operand_links.layer_to_mem_op(op) for op in layer.layer_operands}
    temporal = {str(op): loops for op, loops in cme.temporal_mapping.mapping_dic_stationary.items()}
    used = {dim: float(factor) for loops in cme.spatial_mapping.mapping_dict_origin[layer.output_operand]
            for dim, factor in loops}
    asked = [(axis, dim, float(factor)) for axis, loops in layer.spatial_mapping.items() for dim, factor in loops.items()]
    # used is what divides the dim, one factor even where it lies on both axes: the first of them then takes less than asked for
    spatial = []
    for i, (axis, dim, _) in enumerate(asked):
        if dim in used:
            factor = used[dim] / prod(wanted for _, other, wanted in asked[i + 1:] if other == dim)
            used[dim] /= factor
            spatial.append([str(axis), str(dim), factor])
    return {
        "name": layer.name, "type": layer.type,
        "dims": {str(dim): int(size) for dim, size in layer.layer_dim_sizes.items()},
        # sizes of the input axes are sums over (dim, step)
        "axes": {str(axis): [[str(dim), int(step)] for dim, step in terms] for axis, terms in layer.pr_scaling_factors.items()},
        "bits": {str(op): int(bits) for op, bits in layer.operand_precision.data.items()},
        "memories": {op: [memory.name for memory in memories[link]] for op, link in links.items()},
        "spatial": spatial,
        "temporal": {op: [[[str(dim), int(factor)] for dim, factor in loops] for loops in levels]
                     for op, levels in temporal.items()},
        "tile_bits": {str(op): [float(bits) for bits in levels[1:]]
                      for op, levels in cme.mapping.data_bit_per_level_unrolled.items()},
        "energy_pj": float(cme.energy_total), "latency_cycles": float(cme.latency_total2)}


def run(network: str, accelerator: str, lpf_limit: int, generate: bool) -> dict[str, Any]:
    """Return what ZigZag finds, by least energy-delay product."""
    hardware, mapping = (INPUTS / kind / f"{accelerator}.yaml" for kind in ("hardware", "mapping"))
    with tempfile.TemporaryDirectory() as folder:
        if generate or not mapping.exists():
            mapping = Path(folder) / "mapping.yaml"
            mapping.write_text(yaml.safe_dump(GENERATED), encoding="utf-8")
        start = time.perf_counter()
        energy, latency, rows = get_hardware_performance_zigzag(
            str(INPUTS / "workload" / f"{network}.onnx"), str(hardware), str(mapping), opt="EDP", lpf_limit=lpf_limit,
            dump_folder=str(Path(folder) / "out"), loma_show_progress_bar=False)
        seconds = time.perf_counter() - start
    return {"network": network, "accelerator": accelerator, "lpf_limit": lpf_limit, "seconds": seconds, "energy_pj": energy,
            "latency_cycles": latency, "hardware": yaml.safe_load(hardware.read_text(encoding="utf-8")),
            "layers": [layer_result(cme) for cme, _ in rows[0][1]]}


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    found = run(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "generate")
    Path(sys.argv[5]).write_text(json.dumps(found), encoding="utf-8")
