"""SOQL cut into words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from crmsync.sandbox.salesforce import refusals
from crmsync.sandbox.salesforce.syntax import Literal

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)(?!T)
    | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])
    | (?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)
    | (?P<sign><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
# Escape sequences of SOQL strings: SOQL and SOSL Reference, "Quoted string escape sequences",
# read 2026-11-21.
_ESCAPED: Final = {
    "n": "\n", "N": "\n", "r": "\r", "R": "\r", "t": "\t", "T": "\t", "b": "\b", "B": "\b",
    "f": "\f", "F": "\f", '"': '"', "'": "'", "\\": "\\", "_": "\\_", "%": "\\%",
}  # fmt: skip
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Token(NamedTuple):
    """A word, sign or literal.

    Attributes:
        kind: `name`, `sign`, `end`, or the kind of literal.
        column: 1-based place in the text, for messages.
    """

    kind: str
    text: str
    column: int


def tokens(text: str) -> list[Token]:
    """Cut the text; the last token is the end.

    Raises:
        RefusedError: There is a character that begins no word.
    """
    found: list[Token] = []
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise unexpected(text[place:].strip()[:1], place + 1)
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        place = match.end()
    return [*found, Token("end", "<EOF>", len(text) + 1)]


def unexpected(text: str, column: int) -> Exception:
    """What is raised for a word that does not fit."""
    return refusals.malformed(f"ERROR at Row:1:Column:{column}\nunexpected token: '{text}'")


def literal(token: Token) -> Literal:
    """The value that a token stands for.

    Raises:
        RefusedError: It stands for none.
    """
    word = token.text
    match token.kind:
        case "string":
            return Literal("string", _ESCAPE.sub(_unescaped, word[1:-1]))
        case "number":
            return Literal("number", float(word) if set(word) & set(".eE") else int(word))
        case "datetime":
            return Literal("datetime", _moment(token))
        case "date":
            return Literal("date", word)
        case "name" if word.lower() in ("true", "false"):
            return Literal("boolean", word.lower() == "true")
        case "name" if word.lower() == "null":
            return Literal("null", None)
    raise unexpected(word, token.column)


def _unescaped(match: re.Match[str]) -> str:
    sign = match[1]
    if len(sign) > 1:
        return chr(int(sign[1:], 16))
    if sign not in _ESCAPED:
        raise refusals.malformed(f"Illegal string literal: invalid escape \\{sign}")
    return _ESCAPED[sign]


def _moment(token: Token) -> int:
    try:
        moment = datetime.fromisoformat(token.text)
    except ValueError as error:
        raise refusals.malformed(f"unexpected datetime: {token.text}") from error
    return (moment - _EPOCH) // timedelta(milliseconds=1)
