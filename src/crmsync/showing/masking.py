"""Hides most of e-mail addresses and telephone numbers in what is shown of records.

Enough stays to know one again: `j***@acme.com`, `+46***67`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

MASKED: Final = "***"

_BETWEEN: Final = re.compile(r"""([\s<>"'(),;\[\]{}|]+)""")
"""What stands between words; an address has none of it."""

# Bounded, so that no text takes long. Of other numbers nobody can tell whose they are: ids and
# amounts have as many digits.
# Blanks and dashes of every width stand between digits, as pages and word processors write them.
_IN_NUMBER: Final = r"[\d \t\xa0\u2000-\u200b\u202f\u2010-\u2015\u2212\xb7()./\-]"
_WITH_PREFIX: Final = re.compile(rf"(?<![\w+])(?:\+|00)\d{_IN_NUMBER}{{4,30}}\d")
_NUMBER: Final = re.compile(rf"\+?\d{_IN_NUMBER}{{3,30}}\d")
_OF_PHONES: Final = re.compile(
    r"phone|mobile|telefon|(?<![a-z])(?:tel|fax|cell)(?![a-z])", re.IGNORECASE
)
_FIRST, _LAST = 3, 2
_SHORT: Final = 8
"""Digits of a number of which too little is left when both ends are shown."""


def masked_text(text: str, *, field: str = "") -> str:
    """A text without whole addresses and numbers. In a *field* of telephone numbers all are."""
    if "@" in text:
        text = "".join(map(_masked_word, _BETWEEN.split(text)))
    numbers = _NUMBER if _OF_PHONES.search(field) else _WITH_PREFIX
    return numbers.sub(_masked_number, text)


def masked(value: Any, *, field: str = "") -> Any:
    """A JSON value with every text in it masked, the names in its objects too."""
    if isinstance(value, str):
        return masked_text(value, field=field)
    if isinstance(value, Mapping):
        return _masked_object(value, field)
    if isinstance(value, Sequence):
        return [masked(one, field=field) for one in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return MASKED if is_number and _OF_PHONES.search(field) else value


def masked_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A quarantined record, as `quarantine show` tells it, masked: key, reasons, payload."""
    problems = [
        {**one, "message": masked_text(one["message"], field=one["field"])}
        for one in record["problems"]
    ]
    key, payload = masked(record["key"]), masked(record["payload"])
    return {**record, "key": key, "problems": problems, "payload": payload}


def _masked_object(value: Mapping[str, Any], field: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, one in value.items():
        shown = told = masked_text(name)
        again = 2
        while shown in found:  # two addresses may look alike now
            shown, again = f"{told} ({again})", again + 1
        found[shown] = masked(one, field=f"{field}.{name}")
    return found


def _masked_word(word: str) -> str:
    local, _, host = word.rpartition("@")
    return f"{local[:1]}{MASKED}@{host}" if local and host else word


def _masked_number(found: re.Match[str]) -> str:
    text = found[0]
    first = _FIRST if sum(map(str.isdigit, text)) >= _SHORT else 0
    return f"{text[:first]}{MASKED}{text[-_LAST:]}"
