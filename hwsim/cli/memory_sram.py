"""hwsim memory sram: energy, leakage, area and access time of a static memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from hwsim.cli.inputs import check_outputs, collect
from hwsim.cli.memory_output import json_option, sheet, show
from hwsim.cli.options import OnceCommand, debug_option
from hwsim.errors import ConfigError, Fault
from hwsim.units import binary_bytes, parse, si

if TYPE_CHECKING:
    from hwsim.memory.sram import Sram

_OPTIONS = {"capacity_bytes": "--capacity", "word_bits": "--word-bits", "banks": "--banks", "node_nm": "--node",
            "cell": "--cell"}


@click.command("sram", cls=OnceCommand, short_help="A static memory: energy, leakage, area, access time.")
@click.option("--capacity", required=True, metavar="SIZE", help="Of all banks together: 64KiB, or plain bytes.")
@click.option("--word-bits", required=True, metavar="BITS", help="Moved by one access.")
@click.option("--banks", default="1", show_default=True, metavar="N", help="Equal parts that share the port.")
@click.option("--node", default="45", show_default=True, metavar="NM", help="Process node in nanometres.")
@click.option("--cell", default="itrs-lstp", show_default=True, metavar="NAME", help="Devices: itrs-lstp or itrs-hp.")
@json_option
@debug_option
def command(*, capacity: str, word_bits: str, banks: str, node: str, cell: str, json_file: str | None) -> None:
    """Energy of an access, leakage, area and access time of one SRAM with a read-write port."""
    memory, _ = collect(lambda: _sram(capacity, word_bits=word_bits, banks=banks, node_nm=node.removesuffix("nm"), cell=cell),
                        lambda: check_outputs([], json=json_file))
    extrapolated = list(memory.extrapolated)
    record = {
        "capacity_bytes": memory.capacity_bytes, "word_bits": memory.word_bits, "banks": memory.banks,
        "node_nm": memory.node_nm, "cell": memory.cell, "read_energy_pj": memory.read_energy_j * 1e12,
        "write_energy_pj": memory.write_energy_j * 1e12, "leakage_mw": memory.leakage_w * 1e3, "area_mm2": memory.area_mm2,
        "access_ns": memory.access_s * 1e9, "bandwidth_gb_s": memory.bandwidth_bytes_per_s / 1e9,
        "extrapolated": extrapolated,
    }
    in_banks = f" in {memory.banks} banks" if memory.banks > 1 else ""
    table = sheet(
        f"SRAM of {binary_bytes(memory.capacity_bytes)}{in_banks}, words of {memory.word_bits} bits, {memory.node_nm:g} nm, "
        f"{memory.cell}", [
            ("read", si(memory.read_energy_j, "J")), ("write", si(memory.write_energy_j, "J")),
            ("leakage", si(memory.leakage_w, "W")), ("area", f"{memory.area_mm2:.3g} mm2"),
            ("access", si(memory.access_s, "s")), ("bandwidth", si(memory.bandwidth_bytes_per_s, "B/s"))],
        [f"extrapolated: {', '.join(extrapolated)} outside the fit to CACTI 7"] if extrapolated else [])
    show([record], [table], json_file)


def _sram(capacity: str, **texts: str) -> Sram:
    """Return the memory, or raise one ConfigError with the faults of all options."""
    from hwsim.memory.sram import Sram

    size, faults = 2.0**62, list[Fault]()  # a size that no word is too long for, so that the other options are checked too
    try:
        size = parse(capacity, "bytes")
    except ValueError as error:
        faults.append(Fault(str(error), path="--capacity"))
    values: dict[str, Any] = {"capacity_bytes": int(size) if size.is_integer() else size}
    try:
        memory = Sram(**values, **{name: _number(text) for name, text in texts.items()})
    except ConfigError as error:
        faults += [replace(fault, path=_OPTIONS[fault.path]) for fault in error.faults]
    if faults:
        raise ConfigError(faults)
    return memory


def _number(text: str) -> Any:
    """Return a number where ``text`` is one; the memory itself says what is wrong with anything else."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
