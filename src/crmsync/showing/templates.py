"""Templates of pages, whose values are text and never markup, and the hash that allows a style."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from crmsync.showing.text import number, safe

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment


def environment(loader: BaseLoader | None = None) -> Environment:
    """Where templates are made: every value is escaped, a missing one is an error.

    What a browser obeys or hides (bidi overrides, lone surrogates) is made visible.
    """
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - for who makes pages only

    made = Environment(
        autoescape=True,
        loader=loader,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = number
    return made


def house_style() -> str:
    """The style that all pages share: colours by day and by night, letters, marks, notices."""
    return files("crmsync.showing").joinpath("house.css").read_text(encoding="utf-8")


def policy_hash(text: str) -> str:
    """What a content security policy allows this very style, or script, by."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _shown(value: object) -> object:
    if type(value) is not str or value.isprintable():  # Markup is not meant: it is ours.
        return value
    return "\n".join(map(safe, value.split("\n")))
