"""The commands, each loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module

import click

from ... import __version__

COMMANDS = ("run", "compare", "transcripts", "check", "describe", "schema", "init", "backtest")


class Commands(click.Group):
    """The group of all commands, in the order in which people meet them."""

    def __init__(self, name: str, **settings: object) -> None:
        super().__init__(name, no_args_is_help=True, **settings)  # type: ignore[arg-type]  # what click takes
        click.version_option(__version__, message="deskdrill %(version)s")(self)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, which is `command` in the module of the same name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f".{cmd_name}", __package__).command
        return command
