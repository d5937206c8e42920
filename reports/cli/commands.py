"""The commands, each loaded when it is asked for."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import click

from ... import __version__
from ..telling import tell
from .workers import ClusterAt

COMMANDS = (
    "run", "compare", "rank", "sweep", "sensitivity", "gate", "staff", "transcripts", "query", "runs", "test",
    "explain", "coverage", "mutate", "fuzz", "diff", "accept", "score", "check", "fmt", "describe", "schema", "init",
    "backtest", "recogniser", "validate",
)  # fmt: skip


class Command(click.Command):
    r"""A command whose help, in a raw docstring, keeps the lines that follow a `\b`."""

    def __init__(self, name: str, **settings: Any) -> None:
        settings["help"] = unfolded(settings.get("help") or "")
        settings["params"] = [*settings.get("params", ()), *_telling_options()]
        super().__init__(name, **settings)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the values of `Several` options spread over as many."""
        names = {name for param in self.params if isinstance(param, Several) for name in param.opts}
        spread: list[str] = []
        option = None
        for number, arg in enumerate(args):
            if arg == "--":
                spread += args[number:]
                break
            if arg in names:
                option = arg
            elif option is not None and Several.is_value(arg):
                if spread[-1] != option:
                    spread.append(option)
            else:
                option = None
            spread.append(arg)
        return super().parse_args(ctx, spread)


    def invoke(self, ctx: click.Context) -> Any:
        """As click does, with a `--cluster` in the place of `--workers`; what all commands have is dealt with here."""
        quiet, verbose = ctx.params.pop("quiet"), ctx.params.pop("verbose")
        if quiet and verbose:
            raise click.UsageError("`--quiet` and `--verbose` exclude each other", ctx)
        tell("quiet" if quiet else "all" if verbose else "notes")
        address = ctx.params.pop("cluster", None)
        if address is not None:
            if ctx.params["workers"] is not None:
                raise click.UsageError("`--cluster` has workers of its own; leave `--workers` out", ctx)
            ctx.params["workers"] = ClusterAt(address)
        elif _has_processes(ctx):
            from ...simulator.executors import get_ready

            get_ready()
        return super().invoke(ctx)


def _has_processes(ctx: click.Context) -> bool:
    """Whether a command is done by processes."""
    from ...simulator.executors import default_workers

    return "workers" in ctx.params and (ctx.params["workers"] or default_workers()) > 1


def _telling_options() -> tuple[click.Option, ...]:
    return (
        click.Option(["--quiet", "-q"], is_flag=True, help="No progress and no notes on stderr."),
        click.Option(["--verbose", "-v"], is_flag=True, help="Log on stderr what is done, and how long it takes."),
    )


class Several(click.Option):
    """An option of `NAME=VALUE` that may be followed by several of them, or be given several times."""

    @staticmethod
    def is_value(text: str) -> bool:
        """Whether a word belongs to the option before it."""
        return re.fullmatch(r"[^=/\\-][^=/\\]*=\S.*", text) is not None


class Commands(click.Group):
    """The group of all commands, in the order in which people meet them."""

    def __init__(self, name: str, help: str, **settings: Any) -> None:  # noqa: A002 - click's name for it
        super().__init__(name, help=unfolded(help), no_args_is_help=True, **settings)
        click.version_option(__version__, message="deskdrill %(version)s")(self)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks so
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click asks so
        """The command of this name, which is `command` in the module of the same name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f".{cmd_name}", __package__).command
        return command


def unfolded(text: str) -> str:
    r"""Help with click's mark for lines that stay as they are, written `\b` in the source."""
    return text.replace("\\b\n", "\b\n")
