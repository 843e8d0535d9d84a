"""Makes text from elsewhere safe to show."""

from __future__ import annotations

from typing import Final
from unicodedata import category

# Controls, formats (bidi, zero-width), surrogates, line and paragraph separators: a terminal or a
# browser obeys them or hides them, so they are shown by their code instead.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe(value: object, *, limit: int = 0) -> str:
    """Any value as one line without anything that a terminal would obey.

    With *limit*, no more than so many characters, the last of them an ellipsis.
    """
    text = "" if value is None else str(value)
    if limit and len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def number(value: object) -> str:
    """A count with its thousands set apart; a dash for None."""
    return "-" if value is None else f"{value:,}"


def _visible(char: str) -> str:
    return char.encode("unicode_escape").decode() if category(char) in _HIDDEN else char
