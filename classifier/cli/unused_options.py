"""Options that would have no effect beside others, which are refused instead of ignored."""

from __future__ import annotations

from collections.abc import Sequence

import typer


def refuse_unused(context: typer.Context, names: Sequence[str], *, reason: str) -> None:
    """Refuse options that were given and would have no effect, each by the name of its parameter.

    Parameters
    ----------
    reason : str
        Why, and what to do, as after the option: ``is used with --settle only; ...``.
    """
    for name in names:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = next(parameter.opts[0] for parameter in context.command.params if parameter.name == name)
            raise typer.BadParameter(f"{option} {reason}")
