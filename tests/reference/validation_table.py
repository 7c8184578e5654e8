"""Recompute the validation tables of the README and print them in Markdown.

    python tests/reference/validation_table.py

A row says ``calibrated`` where a number in the model was fitted to it, or an unpublished shape or width was chosen with it
in view; ``validated`` where it was predicted without, ``missed`` if that is off by more than a quarter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from ruamel.yaml import YAML

import hwsim
from hwsim.technology import mac_energy_j, offchip_energy_j_per_byte, sram_area_mm2, sram_read_energy_j

HERE = Path(__file__).parent
MISSED_PERCENT = 25
PEAK_MACS_PER_S, WEIGHT_BYTES_PER_S = 256 * 256 * 700e6, 34e9  # Jouppi et al., ISCA 2017, Section 2 and Table 2


@dataclass(frozen=True)
class Application:
    """One of the six applications in Table 3 of Jouppi et al., ISCA 2017.

    ``status`` of its TOPS: MLP0's share of read-after-write stalls gave the latency of the activation unit; that LSTMs run
    with 16-bit activations was concluded from their TOPS and active share.
    """

    name: str
    weight_stall_percent: float
    weight_shift_percent: float
    tops: float
    status: str

    @property
    def network(self) -> hwsim.Network:
        """The workload of the stated weights, layers and batch."""
        return hwsim.load_workload(f"tpu_{self.name.lower()}")


APPLICATIONS = (
    Application("MLP0", 53.9, 15.9, 12.3, "calibrated"),
    Application("MLP1", 44.2, 13.4, 9.7, "validated"),
    Application("LSTM0", 58.1, 15.8, 3.7, "calibrated"),
    Application("LSTM1", 62.1, 17.1, 2.8, "calibrated"),
    Application("CNN0", 0.0, 0.0, 86.0, "validated"),
    Application("CNN1", 28.1, 7.0, 14.1, "validated"),
)


@dataclass(frozen=True)
class Outcome:
    """What the model and the plain roofline say of an application."""

    weight_stall_percent: float
    weight_shift_percent: float
    tops: float
    roofline_tops: float


def outcome(application: Application) -> Outcome:
    """Simulate one application on ``tpu_v1``; the roofline is min(peak, operations a weight byte x bandwidth)."""
    network = application.network
    result = hwsim.simulate("tpu_v1", network)
    cycles = result.stall_breakdown_cycles
    roofline = min(PEAK_MACS_PER_S, network.macs / network.weight_bytes * WEIGHT_BYTES_PER_S)
    return Outcome(100 * cycles["weight_stall"] / result.cycles, 100 * cycles["weight_shift"] / result.cycles,
                   result.metrics["tops"], 2e-12 * roofline)


def error(ours: float, published: float) -> float:
    """Return the relative error in percent."""
    return 100 * (ours / published - 1)


def verdict(status: str, error_percent: float) -> str:
    """Return how a row calls its status."""
    return "missed" if status == "validated" and abs(error_percent) > MISSED_PERCENT else status


def application_lines() -> Iterator[str]:
    """Yield the table of the six applications."""
    yield ("| application | weight stall %, published | ours | weight shift %, published | ours | TOPS, published | ours "
           "| error | plain roofline | error | TOPS is |")
    yield "| --- |" + " ---: |" * 9 + " --- |"
    errors: dict[str, tuple[float, float]] = {}
    for app in APPLICATIONS:
        ours = outcome(app)
        model, roofline = error(ours.tops, app.tops), error(ours.roofline_tops, app.tops)
        errors[app.name] = abs(model), abs(roofline)
        yield (f"| {app.name} | {app.weight_stall_percent} | {ours.weight_stall_percent:.1f} | {app.weight_shift_percent} "
               f"| {ours.weight_shift_percent:.1f} | {app.tops} | {ours.tops:.1f} | {model:+.0f} % "
               f"| {ours.roofline_tops:.1f} | {roofline:+.0f} % | {verdict(app.status, model)} |")
    validated = [app.name for app in APPLICATIONS if app.status == "validated"]
    for label, names in (("mean of six", errors), (f"mean of {', '.join(validated)}", validated)):
        model, roofline = (fmean(errors[name][i] for name in names) for i in (0, 1))
        yield f"| {label} | | | | | | | {model:.0f} % | | {roofline:.0f} % | |"


@dataclass(frozen=True)
class Anchor:
    """One published number beside ours."""

    target: str
    published: float
    ours: float
    unit: str
    status: str = "validated"


def weight_fetch(side: int) -> tuple[float, float]:
    """Return (tiles, microseconds) to fetch a 600 x 600 matrix into a ``side`` x ``side`` TPU."""
    tpu = hwsim.load_accelerator("tpu_v1", overrides={
        "array.rows": side, "array.cols": side, "buffers.weight_fifo.capacity_bytes": 4 * side**2})
    layer = hwsim.load_workload({"builder": "mlp", "params": {"widths": [600, 600]}}, batch=96)
    fetched_bytes = hwsim.simulate(tpu, layer).traffic_bytes["weight_dram"]["read"]
    return fetched_bytes / side**2, 1e6 * fetched_bytes / WEIGHT_BYTES_PER_S


def anchors() -> Iterator[Anchor]:
    """Yield published numbers that are not exact equalities."""
    for side, tiles, microseconds in ((256, 9, 18), (512, 4, 32)):
        ours, status = weight_fetch(side), "calibrated" if side == 256 else "validated"  # whole tiles: from the 9 of 256
        source = f"TPU v1, 600x600 weights on {side}x{side} (Jouppi et al., ISCA 2017, Section 7)"
        yield Anchor(f"{source}: tiles", tiles, ours[0], "", status)
        yield Anchor(f"{source}: fetch", microseconds, ours[1], "us", status)
    for kib, node_nm, picojoules, source in (
        (8, 45, 10, "Horowitz, ISSCC 2014"), (32, 45, 20, "Horowitz, ISSCC 2014"), (1024, 45, 100, "Horowitz, ISSCC 2014"),
        (8, 40, 14, "Keckler et al., IEEE Micro 2011"), (8, 10, 2.4, "the same, a projection"),
        (8, 7, 7.5, "Jouppi et al., ISCA 2021"), (32, 7, 8.5, "Jouppi et al., ISCA 2021"),
        (1024, 7, 14, "Jouppi et al., ISCA 2021"),
    ):
        yield Anchor(f"64-bit read of {kib} KiB SRAM at {node_nm} nm ({source})", picojoules,
                     1e12 * sram_read_energy_j(kib * 1024, 64, node_nm), "pJ")
    yield Anchor("SRAM density at 5 nm (TSMC, IEDM 2022, as reported)", 31.8, 256 / sram_area_mm2(2**25, 64, 5), "Mibit/mm2")
    die = "of TPU v1 (Jouppi et al., ISCA 2017, share of the largest die)"
    areas_mm2 = hwsim.simulate("tpu_v1", "tpu_mlp0").area_breakdown_mm2
    yield Anchor(f"unified buffer {die}", 0.29 * 331, areas_mm2["unified_buffer"], "mm2")
    yield Anchor(f"matrix unit {die}", 0.24 * 331, areas_mm2["array"], "mm2")
    mac_j, eyeriss = mac_energy_j(16, 16, 32, 65), "over a 16-bit MAC at 65 nm (Chen et al., ISCA 2016)"
    yield Anchor(f"16 bits from a 100 KiB buffer {eyeriss}", 6, sram_read_energy_j(100 * 1024, 64, 65) / 4 / mac_j, "x")
    for dram in ("ddr4", "lpddr2", "ddr3"):
        yield Anchor(f"16 bits from DRAM {eyeriss}, as {dram}", 200, 2 * offchip_energy_j_per_byte(dram) / mac_j, "x")


def counts() -> tuple[int, int]:
    """Return how many published parameter and MAC counts the builders are tested against."""
    cases = YAML(typ="safe").load((HERE / "builder_counts.yaml").read_text(encoding="utf-8"))
    return sum("parameters" in case for case in cases), sum("macs" in case for case in cases)


def anchor_lines() -> Iterator[str]:
    """Yield the table of all other targets."""
    parameters, macs = counts()
    yield "| target | published | ours | error | |"
    yield "| --- | ---: | ---: | ---: | --- |"
    yield (f"| network builders: {parameters} parameter and {macs} MAC counts of papers and model zoos "
           "| as printed | equal in every printed digit | 0 | validated |")
    for anchor in anchors():
        unit, miss = f" {anchor.unit}" if anchor.unit else "", error(anchor.ours, anchor.published)
        yield (f"| {anchor.target} | {anchor.published:.3g}{unit} | {anchor.ours:.3g}{unit} "
               f"| {miss:+.0f} % | {verdict(anchor.status, miss)} |")


if __name__ == "__main__":
    for text in (*application_lines(), "", *anchor_lines()):
        print(text)
