"""What may happen to the JSON in an answer: bytes that are no strict JSON, and other values."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from benchmarks.relay import Mutant, Reply

_IDS: Final = frozenset({"id", "Id", "internal_id", "hs_object_id", "tag", "lead", "_id"})
_TOKENS: Final = frozenset(
    {"after", "next", "next_cursor", "nextRecordsUrl", "link", "next_start", "nextLink"}
)
_ELSEWHERE: Final[tuple[Any, ...]] = (
    *("https://evil.example/next", "http://127.0.0.1:9/next", "file:///etc/passwd", "//evil/x"),
    *("", "same", "🦊", None, 7, [], "../../x"),
)
_OTHERS: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 7, 2**53 + 1, 1.5, "", "x", "0", [], {}, [None], {"a": 1}, [[]]),
    *("2999-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "not a date", "\u202e", "a" * 70_000),
)
_ODD: Final[tuple[bytes, ...]] = (
    *(b"1e999", b"9223372036854775808", b"-9223372036854775809", b"9" * 5_000, b"1e-999", b"-0.0"),
    *(rb'"\u0000"', rb'"\u202e\u200b"', b'{"a":1,"a":2}', b"[" * 500 + b"]" * 500),
)
"""What is strict JSON, or nearly, and hard to bear."""

_HERE: Final = "@here@"
_BYTES: Final[tuple[bytes, ...]] = (
    *(b"NaN", b"Infinity", b"-Infinity", b"01", b"+1", b"'x'", b"tru", b"", b"1,,2", b"/* x */ 1"),
    *(rb'"\ud800"', b'"\xff\xfe"', b'"\x00"', b"[" * 100_000, b'{"a":' * 100_000),
)
_ROOTS: Final = (b"null", b"[]", b"{}", b'"ok"', b"1", b"true", b"[{}]", b'{"data":null}')


class Place(NamedTuple):
    """A value in a document, by what holds it."""

    holder: Any
    name: Any

    @property
    def value(self) -> Any:
        """The value."""
        return self.holder[self.name]

    def becomes(self, value: Any) -> None:
        """Put another in its place."""
        self.holder[self.name] = value


Change = Callable[[list[Place], random.Random], None]


def places(node: Any) -> Iterator[Place]:
    """Every value in a document but the document itself."""
    names = list(node) if isinstance(node, dict) else range(len(node))
    for name in names:
        yield Place(node, name)
        if isinstance(node[name], dict | list):
            yield from places(node[name])


def _another_type(found: list[Place], chance: random.Random) -> None:
    for place in chance.sample(found, min(len(found), chance.randint(1, 3))):
        place.becomes(chance.choice(_OTHERS))


def _removed(found: list[Place], chance: random.Random) -> None:
    named = [place for place in found if isinstance(place.holder, dict)]
    for place in chance.sample(named, min(len(named), chance.randint(1, 3))):
        place.holder.pop(place.name, None)


def _null(found: list[Place], chance: random.Random) -> None:
    for place in chance.sample(found, min(len(found), chance.randint(1, 3))):
        place.becomes(None)


def _lists(found: list[Place], chance: random.Random) -> None:
    lists = [place for place in found if isinstance(place.value, list) and place.value]
    for place in lists[:2] if lists else []:
        items = list(place.value)
        done = chance.choice((items[::-1], [], items + items, items[1:], items[:1], [None, *items]))
        place.becomes(done)


def _swapped_ids(found: list[Place], chance: random.Random) -> None:
    ids = [place for place in found if place.name in _IDS]
    if len(ids) > 1 and chance.choice((True, False)):
        one, other = chance.sample(ids, 2)
        first, second = one.value, other.value
        one.becomes(second)
        other.becomes(first)
    elif ids:
        chance.choice(ids).becomes(chance.choice((None, "other", 7, "", {}, "0", True)))


def _tokens(found: list[Place], chance: random.Random) -> None:
    tokens = [place for place in found if place.name in _TOKENS]
    for place in tokens:
        place.becomes(chance.choice(_ELSEWHERE))
    roots = [place.holder for place in found[:1] if isinstance(place.holder, dict)]
    if not tokens and roots:
        paging = {"next": {"after": "1", "link": chance.choice(_ELSEWHERE)}}
        roots[0]["paging"] = paging
        roots[0]["additional_data"] = {"next_cursor": "same"}
        roots[0]["nextRecordsUrl"] = chance.choice(_ELSEWHERE)
        roots[0]["done"] = False


def _flags(found: list[Place], chance: random.Random) -> None:
    flags = [place for place in found if isinstance(place.value, bool)]
    for place in chance.sample(flags, min(len(flags), chance.randint(1, 3))):
        place.becomes(not place.value)


def _odd(found: list[Place], chance: random.Random) -> None:
    chance.choice(found).becomes(_HERE)


CHANGES: Final[Mapping[str, tuple[Change, int]]] = {
    "type changed": (_another_type, 8),
    "key removed": (_removed, 6),
    "null": (_null, 5),
    "list changed": (_lists, 5),
    "ids swapped": (_swapped_ids, 5),
    "paging token": (_tokens, 5),
    "flag turned": (_flags, 4),
    "odd value": (_odd, 5),
}
"""What leaves it JSON that one may well believe, with how often."""


def changed(kind: str, reply: Reply, chance: random.Random) -> Mutant | None:
    """The answer with other values in it; None where it is no JSON, or has none to change."""
    document = _document(reply)
    found = list(places(document)) if isinstance(document, dict | list) else []
    if not found:
        return None
    CHANGES[kind][0](found, chance)
    body = json.dumps(document).encode().replace(b'"@here@"', chance.choice(_ODD))
    other = reply._replace(body=body)
    return Mutant(kind, other.wire(), other)


def no_json(reply: Reply, chance: random.Random) -> Mutant | None:
    """The answer with something in it that strict JSON has not, or with another root."""
    document = _document(reply)
    if document is None:
        return None
    body = chance.choice((_in_it, _around_it))(document, reply.body, chance)
    other = reply._replace(body=body)
    return Mutant("no strict JSON", other.wire(), other)


def _in_it(document: Any, body: bytes, chance: random.Random) -> bytes:
    found = list(places(document)) if isinstance(document, dict | list) else []
    if not found:
        return chance.choice(_BYTES)
    chance.choice(found).becomes(_HERE)
    del body
    return json.dumps(document).encode().replace(b'"@here@"', chance.choice(_BYTES))


def _around_it(document: Any, body: bytes, chance: random.Random) -> bytes:
    del document
    text = body.decode("utf-8", "replace")
    return chance.choice(
        (
            b"\xef\xbb\xbf" + body,
            text.encode("utf-16"),
            text.encode("utf-32-le"),
            body + body,
            body + b"}",
            b")]}',\n" + body,
            *_ROOTS,
        )
    )


def _document(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except ValueError:
        return None
