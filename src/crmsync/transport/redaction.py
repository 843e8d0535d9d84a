"""What leaves for people's eyes: secrets scrubbed, terminals kept safe."""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus

from typing_extensions import override

from crmsync.patterns import later
from crmsync.secrets import MASK, Secret

SHORTEST: Final = 6
"""A shorter value is not scrubbed: it would tear words apart, and protects nothing."""

EXCERPT: Final = 300
"""Characters of somebody else's text that an error message quotes."""

# What stays as it is however often a text is quoted within another; shorter parts may be words.
_ENCODED_ALIKE: Final = re.compile(r"[A-Za-z0-9_-]{16,}")

# C0 and C1 controls, soft hyphen, zero width, line and paragraph separators, bidi controls,
# word joiners, byte order mark, interlinear marks, lone surrogates, tags.
_UNSAFE: Final = later(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


class _Registry:
    """The values revealed so far, in every form that they may turn up in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: frozenset[str] = frozenset()
        self._longest_first: tuple[str, ...] = ()

    def add(self, values: Iterable[str]) -> None:
        new = {form for value in values for form in _forms(value)} - self._forms
        if new:
            with self._lock:
                self._forms |= new
                self._longest_first = tuple(sorted(self._forms, key=len, reverse=True))

    def scrub(self, text: str) -> str:
        # Not by one pattern of all forms: each new token would have it compiled anew, for longer.
        for form in self._longest_first:
            if form in text:
                text = text.replace(form, MASK)
        return text


_REGISTRY: Final = _Registry()


def reveal(secret: Secret) -> str:
    """Give a secret's value and scrub it from every text from now on.

    Raises:
        ConfigError: It cannot be looked up; the message names the reference.
    """
    value = secret.reveal()
    _REGISTRY.add([value])
    return value


def register(value: str) -> None:
    """Scrub a value from every text from now on: a token that was fetched, say."""
    _REGISTRY.add([value])


def redact(text: str, *secrets: str) -> str:
    """Scrub every registered value, and *secrets*, from a text.

    Also their percent-encoded, JSON-escaped and base64 forms, inside longer base64 too
    (Basic authentication). Values shorter than `SHORTEST` are left.
    """
    _REGISTRY.add(secrets)
    return _REGISTRY.scrub(text)


def safe(text: str, *, limit: int = EXCERPT) -> str:
    """Somebody else's text for one line of a terminal: redacted, visible, shortened.

    Control characters, bidi and zero-width characters show as the escapes that Python writes.
    """
    scrubbed = redact(text)
    kept = scrubbed if len(scrubbed) <= limit else scrubbed[:limit]
    shown = _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), kept)
    return shown if kept is scrubbed else f"{shown}… ({len(scrubbed):,} characters)"


def excerpt(body: bytes) -> str:
    """The beginning of a body, for an error message; empty for an empty body."""
    return safe(" ".join(body[: 8 * EXCERPT].decode("utf-8", "replace").split()))


class RedactingFilter(logging.Filter):
    """Scrubs what a handler is about to write: message, traceback and structured values.

    For the handler of the root logger, so that every library's records pass it.
    """

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _REGISTRY.scrub(_message(record)), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text, record.exc_info = _REGISTRY.scrub(record.exc_text), None
        if record.stack_info:
            record.stack_info = _REGISTRY.scrub(record.stack_info)
        if "values" in record.__dict__:
            record.__dict__["values"] = _scrubbed(record.__dict__["values"])
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # a wrong call of a logger must not stop a run
        return f"{record.msg} {record.args!r}"


def _scrubbed(value: object) -> object:
    if isinstance(value, str):
        return _REGISTRY.scrub(value)
    if isinstance(value, dict):
        return {key: _scrubbed(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _REGISTRY.scrub(str(value))


def _forms(value: str) -> set[str]:
    if len(value) < SHORTEST:
        return set()
    encoded = {quote(value, safe=""), quote(value), quote_plus(value)}
    lower = {re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), form) for form in encoded}
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    # Parts of an address may be words, such as a sync's own name: it is scrubbed whole.
    plain = [] if value.startswith("/") or "://" in value else _ENCODED_ALIKE.findall(value)
    forms = {value, *encoded, *lower, *escaped, *plain, value.replace("/", "\\/")}
    return forms | _base64_cores(value)


def _base64_cores(value: str) -> set[str]:
    """What base64 of any text around the value must contain, at each of three alignments."""
    data, cores = value.encode(), set()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        first = -(-offset * 8 // 6)  # characters that the bytes before have a part in
        last = (offset + len(data)) * 8 // 6  # and those after
        core = whole[first:last]
        if len(core) >= SHORTEST:
            cores |= {core, core.replace("+", "-").replace("/", "_")}
    return cores
