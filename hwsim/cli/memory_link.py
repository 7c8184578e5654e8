"""hwsim memory link: time and energy of a transfer between dies, chips or sockets."""

from __future__ import annotations

import click

from hwsim.cli.inputs import check_outputs, collect
from hwsim.cli.memory_output import json_option, sheet, show
from hwsim.cli.options import OnceCommand, debug_option
from hwsim.errors import ConfigError, Fault
from hwsim.units import binary_bytes, parse, si


@click.command("link", cls=OnceCommand, short_help="A link between dies, chips or sockets: time and energy of a transfer.")
@click.argument("name")
@click.option("--bytes", "size", required=True, metavar="SIZE", help="Of the transfer: 4KiB, or plain bytes.")
@json_option
@debug_option
def command(*, name: str, size: str, json_file: str | None) -> None:
    """Time and energy of one transfer over the link NAME, of 'hwsim memory list', in one direction."""
    from hwsim.memory.links import LINKS

    link, moved_bytes, _ = collect(lambda: LINKS[name], lambda: _size_bytes(size), lambda: check_outputs([], json=json_file))
    seconds, joules = float(link.transfer_s(moved_bytes)), float(link.transfer_j(moved_bytes))
    record = {
        "link": link.name, "bytes": moved_bytes, "transfer_us": seconds * 1e6, "transfer_gb_s": moved_bytes / seconds / 1e9,
        "transfer_energy_nj": joules * 1e9, "bandwidth_gb_s": link.bandwidth_bytes_per_s / 1e9,
        "payload_gb_s": link.payload_bytes_per_s / 1e9, "latency_ns": link.latency_s * 1e9,
        "pj_per_bit": link.j_per_bit * 1e12, "assumed": list(link.assumed), "source": link.source,
    }
    table = sheet(f"{link.name}, one direction: {binary_bytes(moved_bytes)}", [
        ("transfer", si(seconds, "s")), ("", si(joules, "J")), ("", si(moved_bytes / seconds, "B/s", 4)),
        ("wires", si(link.bandwidth_bytes_per_s, "B/s", 4)), ("data of full packets", si(link.payload_bytes_per_s, "B/s", 4)),
        ("latency", si(link.latency_s, "s")), ("energy", f"{si(link.j_per_bit, 'J')} a bit")],
        [f"source: {link.source}", *([f"assumed: {', '.join(link.assumed)}"] if link.assumed else [])])
    show([record], [table], json_file)


def _size_bytes(text: str) -> int:
    try:
        size = parse(text, "bytes")
    except ValueError as error:
        raise ConfigError(Fault(str(error), path="--bytes")) from None
    if not 1 <= size <= 2**64 or not size.is_integer():
        raise ConfigError(Fault("out of range", path="--bytes", value=repr(text), allowed="whole numbers from 1 to 2^64"))
    return int(size)
