"""Reads a request's parameters, form-encoded to the letter, from its query and its body."""

from __future__ import annotations

import re
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from crmsync.sandbox.atoka.refusals import refused
from crmsync.sandbox.exchange import Request

Given: TypeAlias = dict[str, list[str]]
"""Parameters by name; values of a repeated one in order."""

_FORM: Final = "application/x-www-form-urlencoded"
# What an encoder leaves: no blank, no control character, nothing beyond ASCII, whole escapes.
_ENCODED: Final = re.compile(rb"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*")


def given(request: Request) -> Given:
    """All parameters, those of the query first.

    Atoka's examples send them by curl's `-d`, by `-G` where they read: so a body is a form, and
    JSON is none ("Atoka API User Reference", Lead Events, read 2026-11-21).

    Raises:
        RefusedError: The body is no form, or one of the two is not encoded as forms are.
    """
    found: Given = {}
    _read(request.query, "the query", found)
    if request.body:
        _check_body(request)
        _read(request.body, "the body", found)
    return found


def _check_body(request: Request) -> None:
    if request.method == "GET":
        raise refused(400, "a GET has its parameters in the query, not in a body")
    media = request.headers.get(b"content-type", b"").decode("latin-1").lower()
    kind, _, parameter = (part.strip() for part in media.partition(";"))
    if kind != _FORM or parameter not in ("", "charset=utf-8"):
        raise refused(415, f"Content-Type must be {_FORM}, not {media or 'absent'}")


def _read(encoded: bytes, where: str, found: Given) -> None:
    if not encoded:
        return
    if not _ENCODED.fullmatch(encoded):
        raise refused(400, f"{where} is not {_FORM}: a character or an escape is not allowed")
    for pair in encoded.split(b"&"):
        name, equals, value = pair.partition(b"=")
        if not equals or not name:
            raise refused(400, f"{where} is not {_FORM}: every parameter is NAME=VALUE")
        found.setdefault(_decoded(name, where), []).append(_decoded(value, where))


def _decoded(text: bytes, where: str) -> str:
    """Plus signs to blanks, then escapes, once."""
    try:
        return unquote_to_bytes(text.replace(b"+", b" ")).decode()
    except UnicodeDecodeError as error:
        raise refused(400, f"{where} is not UTF-8") from error
