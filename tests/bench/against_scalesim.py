"""SCALE-Sim 3.0.0 and hwsim side by side: one topology, one array, equal cycles, and the time each takes.

    python tests/bench/against_scalesim.py --venv .venv-scalesim --topology alexnet --dataflow os --rows 32 --cols 32

Two comparisons, both on the cycles of every layer without memory stalls:

- kernel: SCALE-Sim as a library, its start-up and traces left out, against ``stall_free_sweep`` on one thread; over
  many designs (a sweep) and over a single one.
- command: the process ``python -m scalesim.scale`` (it cannot but write traces) against the process ``hwsim run``.

The virtual environment is created where it does not exist; SCALE-Sim 3.0.0 fails with numpy 2.4, hence the pin.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PINS = ("scalesim==3.0.0", "numpy<2.4")
CONV_HEAD = "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,"
GEMM_HEAD = "Layer, M, N, K,"
TOPOLOGIES = {
    # products of every proportion: seconds of SCALE-Sim
    "small": (GEMM_HEAD, ("square,64,64,64", "odd,67,61,53", "tall,257,16,40", "deep,24,24,1024", "vector,1,512,256")),
    # Krizhevsky et al., NIPS 2012: the five convolutions without groups (conv2, 4, 5 with one group's inputs), padding
    # within the ifmap: minutes of SCALE-Sim
    "alexnet": (CONV_HEAD, (
        "conv1,227,227,11,11,3,96,4", "conv2,31,31,5,5,48,256,1", "conv3,15,15,3,3,256,384,1",
        "conv4,15,15,3,3,192,384,1", "conv5,15,15,3,3,192,256,1")),
    # Touvron et al., ICML 2021 (DeiT-S): products of one encoder block, attention of one head, classifier: minutes
    "vit_s": (GEMM_HEAD, (
        "qkv,197,1152,384", "scores,197,197,64", "values,197,64,197", "proj,197,384,384", "fc1,197,1536,384",
        "fc2,197,384,1536", "head,1,1000,384")),
}
SETTINGS: dict[str, dict[str, object]] = {
    "general": {"run_name": "run"},
    "architecture_presets": {
        "IfmapSramSzkB": 64, "FilterSramSzkB": 64, "OfmapSramSzkB": 64, "IfmapOffset": 0, "FilterOffset": 10_000_000,
        "OfmapOffset": 20_000_000, "ReadRequestBuffer": 32, "WriteRequestBuffer": 32},
    "layout": {
        f"{operand}{key}": value for operand in ("Ifmap", "Filter") for key, value in (
            ("CustomLayout", False), ("SRAMBankBandwidth", 10), ("SRAMBankNum", 1), ("SRAMBankPort", 2))},
    "sparsity": {"SparsitySupport": False},
    "run_presets": {"InterfaceBandwidth": "CALC", "UseRamulatorTrace": False},
}
LAYOUT_NUMBERS = 20  # of a layout row, which must be there and is not used
LIBRARY = """
import sys, time
from scalesim.scale_sim import scalesim
config, topology, layout, kind, folder = sys.argv[1:]
run = scalesim(save_disk_space=True, verbose=False, config=config, topology=topology, layout=layout,
               input_type_gemm=kind == "gemm")
start = time.perf_counter()
run.run_scale(top_path=folder)
print("\\nseconds", time.perf_counter() - start)
"""
Array = tuple[str, int, int]


@dataclass(frozen=True)
class Case:
    """The input files of one comparison."""

    topology: Path
    config: Path
    layout: Path
    kind: str
    layers: int


def config_text(array: Array) -> str:
    """Return a SCALE-Sim configuration: ``array`` as (dataflow, rows, columns), memories that never stall."""
    dataflow, rows, cols = array
    sections = {**SETTINGS, "architecture_presets": {
        **SETTINGS["architecture_presets"], "ArrayHeight": rows, "ArrayWidth": cols, "Dataflow": dataflow}}
    return "\n".join(line for name, values in sections.items()
                     for line in (f"[{name}]", *(f"{key} : {value}" for key, value in values.items()), ""))


def topology_text(name: str) -> str:
    """Return a built-in topology; SCALE-Sim drops what follows a row's last comma."""
    head, rows = TOPOLOGIES[name]
    return "\n".join([head, *(f"{row}," for row in rows), ""])


def prepare(folder: Path, topology: str, array: Array) -> Case:
    """Write the input files; ``topology`` is a built-in name or a SCALE-Sim CSV."""
    text = topology_text(topology) if topology in TOPOLOGIES else Path(topology).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.strip()]
    case = Case(folder / "topology.csv", folder / "array.cfg", folder / "layout.csv",
                "gemm" if len(rows[0].rstrip(", ").split(",")) == 4 else "conv", len(rows) - 1)
    case.topology.write_text(text, encoding="utf-8")
    case.config.write_text(config_text(array), encoding="utf-8")
    unused = "layer," + "1," * LAYOUT_NUMBERS
    case.layout.write_text("\n".join(["layout", *[unused] * case.layers, ""]), encoding="utf-8")
    return case


def environment(folder: Path) -> Path:
    """Return the Python of the virtual environment that holds SCALE-Sim, made and filled where it is not."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    if subprocess.run([python, "-c", "import scalesim"], capture_output=True, check=False).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINS], check=True)
    return python.absolute()


def timed(command: Sequence[str | Path], folder: Path, python_path: str = "") -> tuple[float, str]:
    """Run ``command`` in ``folder`` with its modules found on ``python_path`` first; return seconds and its output."""
    # bytecode is written and read, as on a user's machine
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env={**kept, "PYTHONPATH": python_path}, capture_output=True, text=True,
                          check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stderr[-2000:]}")
    return seconds, done.stdout


def reported_cycles(report: Path) -> list[int]:
    """Return stall-free cycles of every layer: SCALE-Sim reports the number of the last cycle, counted from 0."""
    with report.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    return [round(float(row["Total Cycles"]) - float(row["Stall Cycles"])) + 1 for row in rows]


def scalesim(case: Case, python: Path, folder: Path, *, repeat: int) -> tuple[float, float, list[int]]:
    """Return median seconds of SCALE-Sim's run and of its whole command, and its cycles."""
    run_s, command_s = [], []
    for count in range(repeat):
        # both forms in turn, so that a busy moment of the machine does not fall on one alone
        inputs: list[str | Path] = [case.config, case.topology, case.layout, case.kind]
        library: list[str | Path] = [python, "-c", LIBRARY, *inputs, folder / f"library{count}"]
        run_s.append(float(timed(library, folder)[1].split()[-1]))
        options = [part for pair in zip(("-c", "-t", "-l", "-i"), inputs, strict=True) for part in pair]
        command: list[str | Path] = [python, "-m", "scalesim.scale", *options, "-p", folder / f"command{count}"]
        command_s.append(timed(command, folder)[0])
    cycles = reported_cycles(folder / "command0" / "run" / "COMPUTE_REPORT.csv")
    return statistics.median(run_s), statistics.median(command_s), cycles


def hwsim_command(case: Case, array: Array, folder: Path, *, repeat: int) -> tuple[float, list[int]]:
    """Return median seconds of ``hwsim run`` after one run that fills its cache, and its cycles."""
    import hwsim

    dataflow, rows, cols = array
    source = str(Path(hwsim.__file__).parents[1])
    sets = [f"array.rows={rows}", f"array.cols={cols}", "array.convention=scalesim"]
    command = [sys.executable, "-m", "hwsim", "run", str(case.topology), "--on", f"systolic_{dataflow}_32",
               "--json", "-", *(part for text in sets for part in ("--set", text))]
    text = timed(command, folder, source)[1]
    seconds = statistics.median(timed(command, folder, source)[0] for _ in range(repeat))
    return seconds, [round(layer["cycles"]) for layer in json.loads(text)["layers"]]


def hwsim_kernel(case: Case, array: Array, *, designs: int, repeat: int) -> tuple[float, list[int]]:
    """Return median layers a second of the kernel on one thread, ``designs`` a call; cycles of the first design."""
    import numpy as np

    import hwsim
    from hwsim.dataflow.systolic import stall_free_sweep
    from hwsim.workload.table import LayerTable

    table = LayerTable.of(hwsim.load_workload(case.topology), activation_bits=8, weight_bits=8)
    layers = np.stack([table.column(c) for c in ("scalesim_m", "n", "k", "groups", "steps")], axis=1)
    dataflow, *sides = array
    rows, cols = (np.full(designs, float(side)) for side in sides)
    rows[1:] += np.arange(designs - 1) % 256
    cols[1:] += np.arange(designs - 1) // 256 % 256
    out = np.empty((len(layers), designs))
    calls = max(1, 10_000 // designs)
    rates = []
    for _ in range(repeat + 1):
        start = time.perf_counter()
        for _ in range(calls):
            stall_free_sweep(layers, rows, cols, dataflow, convention="scalesim", out=out)
        rates.append(out.size * calls / (time.perf_counter() - start))
    return statistics.median(rates[1:]), [round(c) for c in out[:, 0]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both, print the comparison; return 1 where the cycles differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, required=True, help="SCALE-Sim's virtual environment, created if absent")
    parser.add_argument("--topology", default="small", help=f"{', '.join(TOPOLOGIES)} or a CSV; default small")
    parser.add_argument("--dataflow", choices=["os", "ws", "is"], default="os")
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--cols", type=int, default=32)
    parser.add_argument("--repeat", type=int, default=3, help="SCALE-Sim runs of each form; medians are printed")
    parser.add_argument("--designs", type=int, default=2**18, help="designs of the sweep")
    options = parser.parse_args(arguments)
    array = (options.dataflow, options.rows, options.cols)
    python = environment(options.venv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        case = prepare(folder, options.topology, array)
        command_s, cycles = hwsim_command(case, array, folder, repeat=max(5, options.repeat))
        sweep_rate, swept = hwsim_kernel(case, array, designs=options.designs, repeat=9)
        single_rate, _ = hwsim_kernel(case, array, designs=1, repeat=9)
        peer_run_s, peer_command_s, expected = scalesim(case, python, folder, repeat=options.repeat)
    peer_rate = case.layers / peer_run_s
    print(f"{options.topology}: {case.layers} layers, {options.rows}x{options.cols} {options.dataflow}")
    print(f"cycles SCALE-Sim  {expected}\ncycles command    {cycles}\ncycles kernel     {swept}")
    print(f"{'':32}{'SCALE-Sim':>14}{'hwsim':>14}{'ratio':>12}")
    for label, theirs, ours in (
        (f"kernel, {options.designs} designs, layers/s", peer_rate, sweep_rate),
        ("kernel, 1 design, layers/s", peer_rate, single_rate),
        ("command, layers/s", case.layers / peer_command_s, case.layers / command_s),
    ):
        print(f"{label:32}{theirs:14.4g}{ours:14.4g}{ours / theirs:12.3g}")
    print(f"{'command, s':32}{peer_command_s:14.4g}{command_s:14.4g}{peer_command_s / command_s:12.3g}")
    same = expected == cycles == swept
    print("cycles are equal" if same else "CYCLES DIFFER")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
