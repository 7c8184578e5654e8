"""ZigZag 3.9.1 and hwsim side by side: the mapping that either finds, both costed by hwsim's exact loop-nest model.

    python tests/bench/against_zigzag.py --venv .venv-zigzag --network alexnet --accelerator tpu_like

ZigZag runs as a process of its own virtual environment, which is made where it does not exist, on its packaged network,
accelerator and mapping file, by least energy-delay product (EDP). Where no mapping file comes with the accelerator
(eyeriss_like), or with ``--generate``, it chooses the spatial mapping itself. What it chose is kept as JSON in ``--results``
and read from there next time. ``zigzag_nest.py`` says how its hardware and mappings are entered here.

For every distinct layer: ZigZag's own energy and latency, those of its mapping in hwsim, and the EDP that hwsim's mapper finds,
as a share of the EDP of ZigZag's mapping: with the loops side by side that ZigZag took, and with any dims on the axes of the
array. A share of the latter above 1 fails. Not compared, but named: mappings that hwsim cannot express, and those that do not
fit here (padding takes room in hwsim), whose EDP is that of larger memories.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, nan
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from zigzag_nest import Hardware, NotExpressibleError, hardware_of, nest_of, problem_of, same_tiles

from hwsim.dataflow.loopnest.evaluate import NestCost, evaluate
from hwsim.dataflow.loopnest.problem import Problem
from hwsim.dataflow.mapper.map_problem import map_problem
from hwsim.dataflow.mapper.space import MapSpace
from hwsim.errors import ConfigError

PINS = ("zigzag-dse==3.9.1", "six")  # it imports six without asking for it
NETWORKS = ("alexnet", "resnet18", "mobilenetv2")
ACCELERATORS = ("tpu_like", "eyeriss_like")
DRIVER = Path(__file__).with_name("zigzag_driver.py")


def environment(folder: Path) -> Path:
    """Return the Python of the virtual environment that holds ZigZag, made and filled where it is not."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    if subprocess.run([python, "-c", "import zigzag, six"], capture_output=True, check=False).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINS], check=True)
    return python.absolute()


def zigzag(options: argparse.Namespace, network: str, accelerator: str) -> dict[str, Any]:
    """Return ZigZag's result, run where it is not kept."""
    kind = "-generated" if options.generate else ""
    kept = options.results / f"{network}-{accelerator}-lpf{options.lpf_limit}{kind}.json"
    if not kept.exists():
        options.results.mkdir(parents=True, exist_ok=True)
        command = [environment(options.venv), DRIVER, network, accelerator, str(options.lpf_limit),
                   "generate" if options.generate else "packaged", kept.absolute()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, command))}\n{done.stderr[-2000:]}")
    return dict(json.loads(kept.read_text(encoding="utf-8")))


def edp(cost: NestCost) -> float:
    """Return the product of energy in pJ and latency in cycles."""
    return cost["energy_pj"] * cost["latency_cycles"]


def mapped(problem: Problem, space: MapSpace) -> tuple[float, float]:
    """Return the least EDP that hwsim finds, inf where it finds no mapping, and the seconds it took."""
    start = time.perf_counter()
    try:
        cost = edp(map_problem(problem, space, "edp").cost)
    except ConfigError:
        cost = inf
    return cost, time.perf_counter() - start


@dataclass(frozen=True)
class Row:
    """One distinct layer; shares are of the EDP of ZigZag's mapping under hwsim; not ``fair`` where hwsim may not take it."""

    layer: dict[str, Any]
    count: int
    energy_pj: float
    latency_cycles: float
    same_axes: float
    free_axes: float
    seconds: float
    fair: bool
    note: str

    def text(self) -> str:
        """Return a row of the table."""
        theirs = (self.layer["energy_pj"], self.layer["latency_cycles"])
        numbers = " | ".join(f"{value:.4g}" for value in (*theirs, self.energy_pj, self.latency_cycles))
        return (f"| {self.layer['name']} | {self.count} | {numbers} | {self.same_axes:.3f} | {self.free_axes:.3f} | "
                f"{self.seconds:.2f} | {self.note} |")


HEAD = ("| layer | times | ZigZag, pJ | ZigZag, cycles | in hwsim, pJ | in hwsim, cycles | EDP, same axes | EDP, free axes | "
        "hwsim, s | note |\n|---|---|---|---|---|---|---|---|---|---|")


def rows(result: dict[str, Any], buffers: int) -> Iterator[Row]:
    """Yield a row for every distinct layer and mapping."""
    distinct: dict[str, list[dict[str, Any]]] = {}
    for layer in result["layers"]:
        key = {name: value for name, value in layer.items() if name != "name"}
        distinct.setdefault(json.dumps(key, sort_keys=True), []).append(layer)
    warm = True
    for layers in distinct.values():
        layer, problem = layers[0], problem_of(layers[0])
        hardware = hardware_of(result["hardware"], layer, buffers=buffers)
        if warm:  # compiled code is loaded
            mapped(problem, hardware.space())
            warm = False
        cost, fair, note = theirs(problem, layer, hardware)
        free, seconds = mapped(problem, hardware.space())
        same, _ = mapped(problem, hardware.space(layer["spatial"]))
        if cost is None:
            note += f"; EDP {free / layer['energy_pj'] / layer['latency_cycles']:.3f} of ZigZag's own figure"
        reference, energy, latency = (edp(cost), cost["energy_pj"], cost["latency_cycles"]) if cost else [nan] * 3
        yield Row(layer, len(layers), energy, latency, same / reference, free / reference, seconds, fair, note)


def theirs(problem: Problem, layer: dict[str, Any], hardware: Hardware) -> tuple[NestCost | None, bool, str]:
    """Return the cost of ZigZag's mapping, or None where there is none, whether it is one of hwsim's mappings, and remarks."""
    try:
        nest = nest_of(layer, hardware)
    except NotExpressibleError as reason:
        return None, False, f"not expressible: {reason}"
    try:
        cost = evaluate(problem, nest, hardware.table)
    except ConfigError as error:
        fault = error.faults[0]
        table = replace(hardware.table, levels=tuple(replace(level, capacity_bits=inf) for level in hardware.table.levels))
        return evaluate(problem, nest, table), False, f"does not fit: {fault.message}, {fault.value}, {fault.allowed}"
    return cost, True, "" if same_tiles(layer, cost) else "tiles differ"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both, print the comparison; return 1 where ZigZag's mapping is the better one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, required=True, help="ZigZag's virtual environment, created if absent")
    parser.add_argument("--results", type=Path, default=Path("zigzag_results"), help="where ZigZag's results are kept")
    parser.add_argument("--network", nargs="+", choices=NETWORKS, default=["alexnet"])
    parser.add_argument("--accelerator", nargs="+", choices=ACCELERATORS, default=["tpu_like"])
    parser.add_argument("--lpf-limit", type=int, default=5, help="temporal loops that ZigZag permutes; its default is 6")
    parser.add_argument("--generate", action="store_true", help="ZigZag generates spatial mappings even where one is packaged")
    parser.add_argument("--buffers", type=int, choices=[1, 2], default=2, help="1: the array waits for every transfer")
    options = parser.parse_args(arguments)
    worst = 0.0
    for accelerator in options.accelerator:
        for network in options.network:
            result = zigzag(options, network, accelerator)
            print(f"\n{network} on {accelerator}\n\n{HEAD}")
            table = []
            for row in rows(result, options.buffers):
                print(row.text(), flush=True)
                table.append(row)
            compared = [row for row in table if row.fair]
            worst = max([worst, *(row.free_axes for row in compared)])
            print(f"\n{len(result['layers'])} layers, {len(table)} distinct, {len(compared)} compared. EDP at most "
                  f"{max((row.free_axes for row in compared), default=0):.4f} of that of ZigZag's mapping (same axes "
                  f"{max((row.same_axes for row in compared), default=0):.4f}). ZigZag {result['seconds']:.1f} s, hwsim "
                  f"{sum(row.seconds for row in table):.2f} s.")
    return 0 if worst <= 1 + 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main())
