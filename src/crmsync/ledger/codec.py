"""Values to what the columns hold, and back."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, cast

import orjson

from crmsync.errors import LedgerError
from crmsync.receipts import Outcome, Problem, Severity

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FASTEST: Final = 1
_LENGTH: Final = 8

OUTCOMES: Final[Mapping[str, Outcome]] = {outcome.value: outcome for outcome in Outcome}
WORDS: Final[Mapping[Outcome, str]] = {outcome: outcome.value for outcome in Outcome}
"""What an enum's `value` gives, in a fifth of the time: it is asked once a record."""


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970; the moment must be aware."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment, UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def moment_or_none(micros: int | None) -> datetime | None:
    """The moment, where there is one."""
    return None if micros is None else from_micros(micros)


def text_list(texts: Sequence[str]) -> str:
    """Texts as the JSON array that `json_each` takes.

    Raises:
        LedgerError: A text has a NUL, at which SQLite would cut it, or a lone surrogate.
    """
    try:
        encoded = orjson.dumps(texts if isinstance(texts, list) else list(texts)).decode()
    except orjson.JSONEncodeError as error:
        raise LedgerError("an id or a key holds text that is not Unicode") from error
    if "\\u0000" in encoded:
        refuse_nul("".join(texts))
    return encoded


def refuse_nul(text: str) -> None:
    """Raise LedgerError where a text has a NUL."""
    if "\0" in text:
        raise LedgerError("an id or a key holds a NUL character, which cannot be stored")


def pack_problems(problems: Sequence[Problem]) -> str | None:
    """Problems as JSON, None for none."""
    return orjson.dumps(problems, default=tuple).decode() if problems else None


def unpack_problems(packed: str | None) -> tuple[Problem, ...]:
    """The reverse of `pack_problems`."""
    if packed is None:
        return ()
    rows = cast("list[list[str]]", orjson.loads(packed))
    return tuple(Problem(field, code, says, Severity(grave)) for field, code, says, grave in rows)


def pack_body(body: bytes) -> bytes:
    """One body, compressed."""
    return zlib.compress(body, _FASTEST)


def unpack_body(packed: bytes) -> bytes:
    """The reverse of `pack_body`."""
    return zlib.decompress(packed)


def pack_payloads(payloads: Sequence[tuple[str, bytes]]) -> bytes:
    """A batch as one value: the keys and lengths, then the bodies.

    Plain: it is deleted seconds later, and compressing cost 5 µs a payload for no less time.
    """
    head = orjson.dumps([[key, len(body)] for key, body in payloads])
    size = len(head).to_bytes(_LENGTH, "big")
    return b"".join([size, head, *(body for _, body in payloads)])


def unpack_payloads(packed: bytes) -> list[tuple[str, bytes]]:
    """The reverse of `pack_payloads`."""
    start = _LENGTH + int.from_bytes(packed[:_LENGTH], "big")
    head = cast("list[tuple[str, int]]", orjson.loads(packed[_LENGTH:start]))
    payloads = []
    for key, length in head:
        payloads.append((key, packed[start : start + length]))
        start += length
    return payloads


def union(older: bytes, newer: bytes) -> bytes:
    """Every field that either body has; the newer value where both have it.

    A field that the newer clears (null or an empty list) stays with its older value, since
    the clearing may not have arrived. Fields are looked for one object deep
    (`properties.stage`). Where a body is no JSON object, the newer is taken whole.
    """
    try:
        before, after = orjson.loads(older or b"{}"), orjson.loads(newer)
    except orjson.JSONDecodeError:
        return newer
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return newer
    return orjson.dumps(_united(before, after, deeper=True))


def _united(
    before: Mapping[str, object], after: Mapping[str, object], *, deeper: bool
) -> dict[str, object]:
    united = dict(before)
    for name, value in after.items():
        held = united.get(name)
        if value is None or value == []:
            continue
        if deeper and isinstance(value, dict):
            held = held if isinstance(held, dict) else {}
            united[name] = _united(held, value, deeper=False)
        else:
            united[name] = value
    return united
