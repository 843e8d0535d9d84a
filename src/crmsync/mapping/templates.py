"""Templates: text with source paths in braces, `{dealname}: {stage.label?}`."""

from __future__ import annotations

import re
from typing import NamedTuple

MOST_SLOTS = 100
"""A field of 65,536 characters a hundred times is memory enough for one value."""

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class Slot(NamedTuple):
    """A path in a template; without *optional*, the whole is empty where it is."""

    path: str
    optional: bool


def parse_template(text: str) -> tuple[str | Slot, ...]:
    """The template's literal texts and slots, in order. `{{` and `}}` are braces.

    Raises:
        ValueError: A brace has no partner, nothing is in braces, or too much is; it says which.
    """
    parts: list[str | Slot] = []
    position = 0
    for match in _PART.finditer(text):
        parts.append(text[position : match.start()])
        parts.append(_part(match))
        position = match.end()
    parts.append(text[position:])
    slots = sum(isinstance(part, Slot) for part in parts)
    if slots > MOST_SLOTS:
        raise ValueError(f"{slots:,} paths stand in it; {MOST_SLOTS} are the most")
    if not slots:
        raise ValueError("no path stands in braces: {name}; a fixed text is a const")
    return tuple(part for part in parts if part)


def _part(match: re.Match[str]) -> str | Slot:
    token, path = match.group(), match.group(1)
    if token in ("{{", "}}"):
        return token[0]
    if path is None:
        raise ValueError(f'"{token}" at {match.start()} has no partner; a plain one is doubled')
    optional = path.endswith("?")
    return Slot(path.removesuffix("?").strip(), optional)
