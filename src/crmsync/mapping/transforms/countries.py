"""The transform `country_name`: countries under the names people use."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

from crmsync.mapping.memory import Memory
from crmsync.mapping.transforms.country_table import TABLE
from crmsync.mapping.transforms.definitions import transform


def _named(text: str) -> str | None:
    text = " ".join(text.split())
    return _names().get(_spelling(text), text) or None


# A CRM has few countries, in few spellings.
_FOUND: Final = Memory[str, str | None](_named)


@transform("country_name", at_once=lambda texts: [*map(_FOUND.__getitem__, texts)])
def country_name(text: str) -> object:
    """A country's common English name.

    Input: an ISO 3166 code of two or three letters, or a name in a common language. Output:
    its English name. Nothing is dropped: what is unknown or ambiguous stays as it is.

    Examples:
        "US" -> "United States"
        "SVERIGE" -> "Sweden"
        "Korea" -> "Korea"
    """
    return _FOUND[text]


def _spelling(text: str) -> str:
    if text.isascii():
        return text.lower().replace(".", "")
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = (letter for letter in letters if not unicodedata.combining(letter) and letter != ".")
    return "".join(kept)


@cache
def _names() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for row in TABLE.strip().splitlines():
        two, three, spellings = row.split(" ", 2)
        name, *others = spellings.split("|")
        names |= dict.fromkeys(map(_spelling, (two, three, name, *others)), name)
    return names
