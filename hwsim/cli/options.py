"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def _remember_debug(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta["hwsim.debug"] = True


debug_option = click.option("--debug", is_flag=True, expose_value=False, is_eager=True, callback=_remember_debug,
                            help="Show the traceback of an error.")
set_option = click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE",
                          help="Override a template value, e.g. array.rows=128 (repeatable).")
fidelity_option = click.option("--fidelity", default="analytic", show_default=True, metavar="NAME",
                               help="analytic, event or cycle, as far as the machine supports it.")


def workload_options(command: F) -> F:
    """Add --batch, --param, --bits and --on-unsupported."""
    for option in (
        click.option("--on-unsupported", type=click.Choice(["error", "vector"]), default="error", show_default=True,
                     help="What to do with an operator that is not modelled."),
        click.option("--bits", type=click.IntRange(1, 64), help="Compute the network in this operand width."),
        click.option("--param", "params", multiple=True, metavar="KEY=VALUE", help="Builder parameter (repeatable)."),
        click.option("--batch", type=click.IntRange(min=1), help="Inputs processed together."),
    ):
        command = option(command)
    return command
