"""Which organizations a refusal names.

Akooda answers 400 "with details of the error" and documents no form of them (Ingestion API
Guide, read 2026-11-21). So every form that APIs of its kind use is understood, wherever it
stands in the JSON:

- entries with the `domain` (also `key`, `id`, `entity`) or the `index` (also `position`,
  `row`) of an organization: `{"errors": [{"index": 3, "message": "…"}]}`
- entries with a path into the batch: `{"instancePath": "/3/properties/phone"}`,
  `{"path": [3, "properties"]}`, `"[3].properties.phone must be …"`
- objects by domain or index: `{"errors": {"acme.com": ["…"]}}`

A domain that is in the batch is certain. An index is too where an entry gives both and so
tells whether it counts from 0 or 1; else 0 is taken for the first, as a guess. Plain text
names nobody: it gives the reason alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

import orjson

from crmsync.patterns import later
from crmsync.transport.redaction import excerpt, safe

NO_REASON: Final = "it gave no reason"
_MAX_DEPTH: Final = 5
_DOMAINS: Final = ("domain", "key", "id", "entity", "organization")
_INNER: Final = ("entity", "organization", "value", "target")
_INDEXES: Final = ("index", "position", "row", "entityIndex")
_PATHS: Final = ("path", "instancePath", "dataPath", "field", "property", "loc")
_WORDS: Final = ("message", "error", "reason", "msg", "detail", "details", "description", "errors")
# "[3].properties.phone", "/3/properties", "3.properties", "body.3", "organizations[3]".
_PATH: Final = later(r"[\"'$/]?(?:[A-Za-z]+[./\[]|\[)?(\d{1,6})(?:\]|/|\.(?=[A-Za-z])|$)")


class Refusals(NamedTuple):
    """What a refusal says.

    Attributes:
        reason: Its words, on one line and shortened; never empty.
        named: Words by position in the batch, 0-based; empty where it names nobody.
        certain: Whether these positions are sure.
    """

    reason: str
    named: Mapping[int, str]
    certain: bool


class _Finding(NamedTuple):
    """One refusal, found in an answer. `at` is an index as it was written."""

    at: int | None
    domain: str | None
    words: str


def read_refusals(answer: bytes, domains: Sequence[str]) -> Refusals:
    """Read the body of a refusal of a batch with these domains. Never raises."""
    try:
        document = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return Refusals(excerpt(answer) or NO_REASON, {}, certain=True)
    positions = {domain: position for position, domain in enumerate(domains)}
    named, certain = _resolve(tuple(_findings(document, positions, 0)), positions)
    reason = _words(document) or next(iter(named.values()), "") or excerpt(answer)
    return Refusals(reason, named, certain)


def _findings(node: object, domains: Mapping[str, int], depth: int) -> Iterator[_Finding]:
    if isinstance(node, str):
        at = _index_in(node)
        if at is not None:
            yield _Finding(at, None, _line(node))
    elif isinstance(node, dict) and (entry := _entry(node, domains)):
        yield entry
    elif isinstance(node, dict | list) and depth < _MAX_DEPTH:
        members = node.items() if isinstance(node, dict) else (("", child) for child in node)
        for name, child in members:
            yield from _member(name, child, domains, depth)


def _member(name: str, child: object, domains: Mapping[str, int], depth: int) -> Iterator[_Finding]:
    """What stands under a name: words where that is a domain or an index, else more to see."""
    if name in domains:
        yield _Finding(None, name, _words(child))
    elif name.isdecimal() and len(name) <= len(str(len(domains))):
        yield _Finding(int(name), None, _words(child))
    else:
        yield from _findings(child, domains, depth + 1)


def _entry(node: Mapping[str, object], domains: Mapping[str, int]) -> _Finding | None:
    """An object that is one refusal; None where it is not about one organization."""
    inner = (one.get("domain") for one in map(node.get, _INNER) if isinstance(one, dict))
    texts = (*map(node.get, _DOMAINS), *inner)
    domain = next((text for text in texts if isinstance(text, str) and text in domains), None)
    numbers = (number for number in map(node.get, _INDEXES) if type(number) is int)
    paths = (at for name in _PATHS if (at := _index_in(node.get(name))) is not None)
    at = next(chain(numbers, paths), None)
    if domain is None and at is None:
        return None
    return _Finding(at, domain, _words(node))


def _resolve(
    findings: Sequence[_Finding], positions: Mapping[str, int]
) -> tuple[dict[int, str], bool]:
    """Words by position, and whether the positions are sure."""
    start = _first_index(findings, positions)
    certain: list[tuple[int, str]] = []
    guessed: list[tuple[int, str]] = []
    for at, domain, words in findings:
        if domain is not None:
            certain.append((positions[domain], words))
        elif at is not None and start is not None:
            certain.append((at - start, words))
        elif at is not None:
            guessed.append((at, words))
    return _joined(certain or guessed, len(positions)), bool(certain)


def _first_index(findings: Sequence[_Finding], positions: Mapping[str, int]) -> int | None:
    """What the indexes count from, where entries with a domain too agree on it."""
    starts = {
        at - positions[domain]
        for at, domain, _ in findings
        if at is not None and domain is not None
    }
    return starts.pop() if len(starts) == 1 else None


def _joined(named: Sequence[tuple[int, str]], count: int) -> dict[int, str]:
    joined: dict[int, list[str]] = {}
    for position, words in named:
        if 0 <= position < count:
            joined.setdefault(position, []).append(words)
    return {
        position: _line("; ".join(filter(None, dict.fromkeys(words)))) or "refused"
        for position, words in joined.items()
    }


def _words(node: object, depth: int = 0) -> str:
    """The words for people in a piece of an answer."""
    if isinstance(node, str):
        return _line(node)
    if depth > _MAX_DEPTH:
        return ""
    if isinstance(node, list):
        return _line("; ".join(filter(None, (_words(child, depth + 1) for child in node[:5]))))
    if not isinstance(node, dict):
        return ""
    found = next(filter(None, (_words(node.get(name), depth + 1) for name in _WORDS)), "")
    where = next((text for text in map(node.get, _PATHS) if isinstance(text, str)), "")
    return _line(f"{where}: {found}") if where and where not in found else found


def _index_in(path: object) -> int | None:
    if isinstance(path, list) and path:
        first = path[1] if path[0] in ("body", "organizations") and len(path) > 1 else path[0]
        path = f"[{first}]"
    if not isinstance(path, str):
        return None
    match = _PATH.match(path)
    return int(match[1]) if match else None


def _line(text: str) -> str:
    return safe(" ".join(text.split()))
