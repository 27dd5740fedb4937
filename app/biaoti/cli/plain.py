"""Options read without pydantic, through which typer passes each one: 0.1 s of every start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

_PENDING = "_runtime_param"


class PlainCommand(TyperCommand):
    """A command whose texts, paths and absent options are taken as they are.

    A value that takes more (a number as text) is left to typer. So is everything with a typer that
    keeps its readers elsewhere: then a start is slower, and nothing else changes.
    """

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - click's, which typer carries
        """Return the options, spared."""
        return _spared(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """The same for a group of commands, whose own options are help and completion."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - click's, which typer carries
        """Return the options, spared."""
        return _spared(super().get_params(ctx))


def _spared(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if getattr(parameter, _PENDING, parameter) is None:
            setattr(parameter, _PENDING, _Plain())
    return parameters


class _Plain:
    """What typer calls a runtime parameter: reads the value of one option."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401 - of any type
        """Return `value` as the option's type."""
        is_list = param.multiple or param.nargs == -1
        if value is None:
            return () if is_list else None
        wanted = param.type_descriptor.annotation
        if isinstance(wanted, type) and type(value) is wanted:
            return value
        if wanted is Path and isinstance(value, str):
            return Path(value)
        if wanted == list[Path] and isinstance(value, list | tuple):
            return [Path(item) for item in value]
        setattr(param, _PENDING, None)
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)
