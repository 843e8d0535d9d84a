"""What a refusal says, whatever form it has: Atoka documents none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, NamedTuple

import orjson

from crmsync.errors import RecordError
from crmsync.transport.redaction import excerpt, safe

NO_REASON: Final = "it gave no reason"
_WORDS: Final = ("message", "error_description", "reason", "detail", "error", "errors")
_NAMES: Final = ("parameter", "field", "param")
_DATE: Final = re.compile(r"\bdates?\b", re.IGNORECASE)
_MAX_DEPTH: Final = 4


class Refusal(NamedTuple):
    """What a refusal says.

    Attributes:
        reason: Its words, on one line and shortened; never empty.
        parameter: The parameter that it names, empty where it names none.
    """

    reason: str
    parameter: str = ""


class RefusedError(RecordError):
    """Atoka read a request and refused it: it surely had no effect.

    Attributes:
        status: The answer's.
        refusal: What it says.
    """

    def __init__(self, message: str, *, status: int, refusal: Refusal, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.refusal = refusal

    @property
    def about_date(self) -> bool:
        """Whether it is about the date, as far as its words tell."""
        parameter, reason = self.refusal.parameter, self.refusal.reason
        return parameter == "date" or (not parameter and bool(_DATE.search(reason)))

    @property
    def missing(self) -> bool:
        """Whether what the request is about is not there: the lead, or the event."""
        return self.status == HTTPStatus.NOT_FOUND or self.refusal.parameter == "lead"


def read_refusal(body: bytes) -> Refusal:
    """Read the body of a refusal. Never raises."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Refusal(excerpt(body) or NO_REASON)
    words = safe(" ".join(_words(document, 0).split()))
    return Refusal(words or excerpt(body) or NO_REASON, safe(_parameter(document, 0)))


def _words(node: object, depth: int) -> str:
    if isinstance(node, str):
        return node
    if depth > _MAX_DEPTH:
        return ""
    if isinstance(node, list):
        return "; ".join(filter(None, (_words(one, depth + 1) for one in node[:5])))
    if not isinstance(node, dict):
        return ""
    known = (_words(node.get(name), depth + 1) for name in _WORDS)
    return next(filter(None, known), "") or _by_field(node, depth)


def _by_field(node: Mapping[str, object], depth: int) -> str:
    """`{"date": ["must be …"]}` as a line."""
    lines = ((name, _words(value, depth + 1)) for name, value in list(node.items())[:5])
    return "; ".join(f"{name}: {words}" for name, words in lines if words)


def _parameter(node: object, depth: int) -> str:
    if not isinstance(node, dict) or depth > _MAX_DEPTH:
        return ""
    named = [node.get(name) for name in _NAMES]
    inner = [_parameter(value, depth + 1) for value in node.values()]
    return next((name for name in (*named, *inner) if isinstance(name, str) and name), "")
