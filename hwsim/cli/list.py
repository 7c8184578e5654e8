"""hwsim list: what there is to run, and what to run it on."""

from __future__ import annotations

import textwrap

import click

from hwsim.cli.options import OnceCommand, debug_option

FIDELITIES = (
    ("analytic", "closed forms, vectorised over kernels and design points"),
    ("event", "tiles and bursts in queues"),
    ("cycle", "register-level array stepper, for small cases"),
)


@click.command("list", cls=OnceCommand)
@click.argument("kind", type=click.Choice(["templates", "workloads", "fidelities"]), required=False)
@debug_option
def command(kind: str | None) -> None:
    """List templates, workloads and fidelities, or one KIND of them."""
    for title, section in (("templates", _templates), ("workloads", _workloads), ("fidelities", _fidelities)):
        if kind in (None, title):
            click.echo(title)
            click.echo(section())


def _templates() -> str:
    from hwsim.arch.load import load_accelerator
    from hwsim.datafiles import names
    from hwsim.result.table import aligned

    found = [(name, load_accelerator(name)) for name in names("arch_templates")]
    rows = [(name, acc.kind, str(acc.year or ""), acc.description) for name, acc in found]
    return aligned(("name", "kind", "year", "description"), rows, left=(0, 1, 3), widest=None)


def _workloads() -> str:
    from hwsim.datafiles import names

    return textwrap.fill("  ".join(names("workloads")), 100, initial_indent="  ", subsequent_indent="  ",
                         break_on_hyphens=False)


def _fidelities() -> str:
    from hwsim.machines import MACHINES
    from hwsim.result.table import aligned

    rows = [(name, meaning, ", ".join(kind for kind in MACHINES if name in MACHINES[kind].fidelities) or "none yet")
            for name, meaning in FIDELITIES]
    return aligned(("name", "meaning", "machine kinds"), rows, left=(0, 1, 2), widest=None)
