"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hwsim.errors import ConfigError, Fault

F = TypeVar("F", bound=Callable[..., Any])


class OnceCommand(click.Command):
    """A command that refuses an option given twice, unless it is repeatable; click would take the last one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse ``args``; ConfigError names every option that came too often."""
        order = self.make_parser(ctx).parse_args(list(args))[2]
        once = [p for p in order if isinstance(p, click.Option) and not (p.multiple or p.is_flag)]
        again = dict.fromkeys(max(p.opts, key=len) for p in once if once.count(p) > 1)
        if again:
            raise ConfigError([Fault("given twice", path=option) for option in again])
        return super().parse_args(ctx, args)


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
