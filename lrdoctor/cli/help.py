"""The help of commands: arguments as manuals write them, and a group without a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from typer.core import TyperArgument, TyperCommand

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter


class Command(TyperCommand):
    """A command whose help has ``PATH...``, not ``{PATH}... <list[str]>``."""

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        arguments = [one for one in self.get_params(ctx) if isinstance(one, TyperArgument)]
        named = (_name(one) if one.required else f"[{_name(one)}]" for one in arguments)
        return ["[OPTIONS]", *named]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        arguments, options = [], []
        for one in self.get_params(ctx):
            record = one.get_help_record(ctx)
            if isinstance(one, TyperArgument) and record is not None:
                arguments.append((_name(one), record[1]))
            elif record is not None:
                options.append(record)
        for title, records in (("Arguments", arguments), ("Options", options)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def help_alone(context: typer.Context) -> int:
    """Of a group without a command: its help, and the exit code of wrong usage."""
    if context.invoked_subcommand is None:
        print(context.get_help())
        return 2
    return 0


def _name(argument: TyperArgument) -> str:
    return argument.display_name_raw + ("..." if argument.nargs != 1 else "")
