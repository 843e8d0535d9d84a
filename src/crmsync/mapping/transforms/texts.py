"""Transforms of text: letters, trimming, replacing, clipping."""

from __future__ import annotations

import re
from typing import Final

from crmsync.mapping.transforms.clipping import clip_text
from crmsync.mapping.transforms.definitions import Option, transform
from crmsync.mapping.transforms.options import positive, replacements, text
from crmsync.mapping.values import Code, dropped, shown

_LONGEST: Final = 1_000_000
"""Characters; no request takes more, and replacing can make a text as long as memory is."""
_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SHORT_ID: Final = re.compile(r"[A-Za-z0-9]{15}")
_LONG_ID: Final = re.compile(r"[A-Za-z0-9]{18}")
_CHECK_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@transform(
    "clip",
    Option(
        name="length", parse=positive, required=True, about="the most UTF-16 code units to keep"
    ),
)
def clip(value: str, *, length: int) -> object:
    """The text, shortened to a length with an ellipsis, never inside a visible character.

    Input: text. Output: text in Unicode's composed form (NFC). Lengths count as JavaScript
    counts them: most letters 1, most emoji 2 or more. Since a person asked for it there is no
    warning.

    Examples:
        {"length": 6}: "Acme Corporation" -> "Acme…"
        {"length": 4}: "Acme" -> "Acme"
    """
    return clip_text(value.strip(), length) or None


@transform("lower")
def lower(value: str) -> object:
    """The text in lower case.

    Examples:
        "ACME" -> "acme"
    """
    return value.lower() or None


@transform("upper")
def upper(value: str) -> object:
    """The text in upper case.

    Examples:
        "acme" -> "ACME"
    """
    return value.upper() or None


@transform("title")
def title(value: str) -> object:
    """Every word with a capital first letter and small others.

    Examples:
        "JOHN o'neil-smith" -> "John O'neil-Smith"
    """
    return _WORD.sub(lambda word: word.group().capitalize(), value) or None


@transform(
    "trim",
    Option(name="characters", parse=text, about="what goes at both ends; white space by default"),
)
def trim(value: str, *, characters: str | None = None) -> object:
    """The text without white space, or other characters, at its ends.

    Examples:
        "  Acme " -> "Acme"
        {"characters": "-"}: "-Acme-" -> "Acme"
        "   " -> null
    """
    return value.strip(characters) or None


@transform(
    "replace",
    Option(
        name="table",
        parse=replacements,
        required=True,
        about="what is looked for, and what stands there instead; applied in order",
    ),
    whole_table=True,
)
def replace(value: str, *, table: tuple[tuple[str, str], ...]) -> object:
    """The text with parts replaced, exactly as written.

    Examples:
        {"_": " ", "Inc.": "Inc"}: "Acme_Inc." -> "Acme Inc"
    """
    for old, new in table:
        if len(value) + value.count(old) * (len(new) - len(old)) > _LONGEST:
            message = f"too long ({_LONGEST:,} characters) once {shown(old)} is replaced"
            return dropped(Code.DROPPED_TOO_LONG, message)
        value = value.replace(old, new)
    return value or None


@transform("prefix", Option(name="text", parse=text, required=True, about="what is put before"))
def prefix(value: str, *, text: str) -> object:
    """The text with something before it. What is empty stays empty.

    Examples:
        {"text": "crm-"}: 17 -> "crm-17"
        {"text": "crm-"}: "" -> null
    """
    return text + value if value else None


@transform("suffix", Option(name="text", parse=text, required=True, about="what is put behind"))
def suffix(value: str, *, text: str) -> object:
    """The text with something behind it. What is empty stays empty.

    Examples:
        {"text": " %"}: 17 -> "17 %"
    """
    return value + text if value else None


@transform("digits")
def digits(value: str) -> object:
    """The digits 0 to 9 of the text, and nothing else.

    Examples:
        "SE 556677-8899" -> "5566778899"
        "none" -> null
    """
    return "".join(filter("0123456789".__contains__, value)) or None


@transform("salesforce_id")
def salesforce_id(value: str) -> object:
    """A Salesforce id in its long form, which does not depend on capitals.

    Input: 15 or 18 letters and digits. Output: 18. Dropped: what is neither.

    Examples:
        "0019000000DmehK" -> "0019000000DmehKAAR"
        "0019000000DmehKAAR" -> "0019000000DmehKAAR"
        "4711" -> null
    """
    value = value.strip()
    if not value or _LONG_ID.fullmatch(value):
        return value or None
    if not _SHORT_ID.fullmatch(value):
        return dropped(Code.BAD_TYPE, f"{shown(value)} is no Salesforce id; left out")
    # Each of the three letters says which of five characters are capitals, lowest bit first:
    # https://codebycody.com/salesforces-algorithm-for-converting-ids-from-15-to-18-characters,
    # read 2026-11-21.
    groups = (value[start : start + 5] for start in (0, 5, 10))
    return value + "".join(_check_letter(group) for group in groups)


def _check_letter(group: str) -> str:
    capitals = sum("A" <= letter <= "Z" and 1 << place for place, letter in enumerate(group))
    return _CHECK_LETTERS[capitals]
