"""Parameters and MACs of the network families against published numbers (builder_counts.yaml)."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hwsim.workload.families import build
from hwsim.workload.network import Network
from hwsim.workload.ops import ConvTranspose, Normalise

HERE = Path(__file__).parent
WORKLOADS = HERE.parents[1] / "workloads"
CASES = YAML(typ="safe").load((HERE / "builder_counts.yaml").read_text(encoding="utf-8"))


def bounds(printed: int | str) -> tuple[float, float]:
    """Return the range of values that round to ``printed``."""
    if isinstance(printed, int):
        return printed, printed
    digits, fraction, unit = re.fullmatch(r"(\d+(?:\.(\d+))?) ([kMG])", printed).groups()
    half = 10.0 ** -len(fraction or "") / 2
    scale = {"k": 1e3, "M": 1e6, "G": 1e9}[unit]
    return (float(digits) - half) * scale, (float(digits) + half) * scale


def macs(network: Network, counting: str) -> int:
    """Count as the source does."""
    total = network.macs
    for layer in network.layers:
        elements = network.outputs_of(layer)[0].elements
        if counting == "fvcore" and isinstance(layer.op, Normalise):
            total += {"batch": 2, "layer": 5}[layer.op.function] * elements
        if counting == "torchinfo" and isinstance(layer.op, Normalise):
            total += sum(t.elements for t in network.inputs_of(layer)[1:])
        if counting == "output" and isinstance(layer.op, ConvTranspose):
            x, w = network.inputs_of(layer)[:2]
            output = network.outputs_of(layer)[0]
            total += (math.prod(output.shape[2:]) - math.prod(x.shape[2:])) * math.prod(w.shape)
    return total


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case['workload']}" for i, case in enumerate(CASES)])
def test_counts_are_the_published_ones(case: dict) -> None:
    file = YAML(typ="safe").load((WORKLOADS / f"{case['workload']}.yaml").read_text(encoding="utf-8"))
    network = build(file["builder"], {**file["params"], **case.get("params", {})}, name=file["name"])
    if "parameters" in case:
        low, high = bounds(case["parameters"])
        assert low <= network.parameters <= high
    if "macs" in case:
        low, high = bounds(case["macs"])
        assert low <= macs(network, case.get("counting", "products")) <= high


def test_workload_files_publish_what_the_tests_check() -> None:
    checked = {case["workload"]: case for case in CASES if "params" not in case}
    for path in sorted(WORKLOADS.glob("*.yaml")):
        file = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        for key, value in file.get("published", {}).items():
            low, high = bounds(checked[path.stem][key])
            assert low <= value <= high, f"{path.name}: {key}"
