"""Commands that are imported when they are called: the help of all needs none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


class Later(TyperCommand):
    """Stands for a command of which only the name and what it does are known yet."""

    def __init__(self, name: str, does: str, home: str) -> None:
        super().__init__(name, callback=None, help=does, rich_markup_mode=None)
        self._home = home

    @cached_property
    def whole(self) -> Any:
        """The command itself: its module's `app` where it is a group, else the function."""
        own = (self.name or "").replace("-", "_")
        module = import_module(f"{self._home}.{own}")
        group: typer.Typer | None = getattr(module, "app", None)
        return typer.main.get_command(group or alone(getattr(module, own)))


class LazyGroup(TyperGroup):
    """A group whose commands are modules beside each other."""

    home: ClassVar[str]
    """The package that they are in."""

    listed: ClassVar[Mapping[str, str]]
    """By name, the first sentence of a command's docstring; in the order of the help."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, does in self.listed.items():
            self.add_command(Later(name, does, self.home))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, now with all that it has."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, found.whole if isinstance(found, Later) else found, rest


def group(does: str) -> typer.Typer:
    """An application of several commands, to be a part of crmsync's."""
    return typer.Typer(
        help=does,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def alone(command: Callable[..., object]) -> typer.Typer:
    """An application of one command."""
    app = group("")
    app.command()(command)
    return app
