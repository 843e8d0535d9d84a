"""What a refusal of an account says, attribute by attribute.

Akita documents no error. Its answers resemble those of a Laravel API, whose refusals are
`{"message": …, "errors": {"roles.0.email": ["…"]}}`; that form is read attribute by attribute,
and of every other what looks like words for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import orjson

from crmsync.transport.redaction import excerpt, safe

NO_REASON: Final = "it gave no reason"
_WORDS: Final = ("message", "error", "reason", "detail", "msg", "errors")
_MOST: Final = 8


def read_refusal(answer: bytes) -> str:
    """The words of a refusal on one line, each attribute before what is wrong with it.

    Never empty, never raises.
    """
    try:
        document = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return excerpt(answer) or NO_REASON
    if not isinstance(document, dict):
        return excerpt(answer)
    said = list(dict.fromkeys(_faults(document.get("errors")))) or list(_words(document))
    rest = f" (and {len(said) - _MOST} more)" if len(said) > _MOST else ""
    return safe("; ".join(said[:_MOST]) + rest) or excerpt(answer) or NO_REASON


def _faults(errors: object) -> Iterator[str]:
    """Each fault, such as `tags.0: The selected tags.0 is invalid.`, in the answer's order."""
    if isinstance(errors, dict):
        for name, told in errors.items():
            for one in told if isinstance(told, list) else [told]:
                yield f"{name}: {_line(one)}"
    elif isinstance(errors, list):
        for one in errors:
            yield from _words(one) if isinstance(one, dict) else [_line(one)]


def _words(document: dict[str, object]) -> Iterator[str]:
    values = (document.get(name) for name in _WORDS)
    found = (_line(value) for value in values if isinstance(value, str))
    yield from [next(filter(None, found), "")]


def _line(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return " ".join(text.split())
