"""What must hold whatever became of an answer, judged without crmsync."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from benchmarks.relay import Exchange, Reply

_NEXT: Final = re.compile(
    r"\b(?:check|look|run|come back|raise|ask|mend|set|wait|tell|see|add|give|grant|allow|make|"
    r"change|choose|remove|lower|report|copy|install|take|have|connect|enable|update|drop|retry)\b",
    re.IGNORECASE,
)
"""A word that says what to do."""

_BUG: Final = re.compile(r"a bug in|Traceback|\bError\b:|0x[0-9a-f]{8}|<[a-z_.]+ object")
_RECORD: Final = ".properties.objectId"
_WORDS: Final = (b"", b"OK", b"Created", b"Accepted")
_TAKEN: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED})


def told_wrong(error: str) -> list[str]:
    """What is wrong with the words that a run ended with."""
    _, parted, hint = error.partition("; ")
    wrong = []
    if _BUG.search(error):
        wrong.append(f"nobody foresaw it: {error}")
    if not parted or not _NEXT.search(hint):
        wrong.append(f"it does not say what to do next: {error}")
    if re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", error):
        wrong.append(f"it could move a terminal: {error!r}")
    return wrong


def acknowledges(system: str, exchange: Exchange) -> bool:
    """Whether what came back says, by the platform's document, that the request was taken."""
    reply = exchange.arrives
    if reply is None:
        return False
    if reply.status == HTTPStatus.NO_CONTENT:
        return system in ("akooda", "datatalks")
    return reply.status in _TAKEN and _SAYS_SO[system](exchange, reply)


def carries(exchange: Exchange, key: str) -> bool:
    """Whether a request was about a key."""
    text = json.dumps(key).encode(), json.dumps(key, ensure_ascii=False).encode()
    request = exchange.request
    return any(one in request.body for one in text) or quote(key, safe="") in request.target


def _akooda(exchange: Exchange, reply: Reply) -> bool:
    del exchange
    if reply.body.strip() in _WORDS:
        return True
    document = _strict(reply.body)
    return document is not None and not _refuses(document)


def _akita(exchange: Exchange, reply: Reply) -> bool:
    data = (_strict(reply.body) or {}).get("data")
    wanted = json.loads(exchange.request.body).get("internal_id")
    found = data.get("internal_id") if isinstance(data, dict) else None
    return type(found) in (str, int) and str(found) == wanted


def _atoka(exchange: Exchange, reply: Reply) -> bool:
    del exchange
    item = (_strict(reply.body) or {}).get("item")
    return isinstance(item, dict) and type(item.get("id")) is int and item["id"] > 0


def _datatalks(exchange: Exchange, reply: Reply) -> bool:
    del exchange
    if not reply.body.strip():
        return True
    document = _strict(reply.body)
    return document is not None and not _refuses(document)


_SAYS_SO: Final = {"akooda": _akooda, "akita": _akita, "datatalks": _datatalks, "atoka": _atoka}


def _refuses(document: Mapping[str, Any]) -> bool:
    return bool(
        document.get("success", True) is not True or document.get("errors") or document.get("error")
    )


def _strict(body: bytes) -> dict[str, Any] | None:
    """A JSON object, or something that stands for other JSON; None where it is none."""
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else {}


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def damaged(before: Mapping[str, Any], after: Mapping[str, Any], true: frozenset[str]) -> list[str]:
    """Keys that were disabled, left or lost a value, though nothing like that was in the CRM.

    Where another record won, as the last one changed, its values are what they are. A path that is
    not among the *true* ones came of an answer that was flipped, and may go again.
    """
    wrong = []
    for key, record in before.items():
        old, new = flat(record), flat(after.get(key, {}))
        lost = (old.keys() & true) - new.keys()
        if old.get(_RECORD) == new.get(_RECORD, old.get(_RECORD)) and lost:
            wrong.append(f"{key} has lost {sorted(lost)}")
        elif enabled(record) and not enabled(after[key]):
            wrong.append(f"{key} was disabled")
    return wrong


def enabled(record: Mapping[str, Any]) -> bool:
    """Whether a platform's record is in use."""
    return record.get("isEnabled", record.get("is_tracked")) is not False


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """A document's values by their paths; a list is a value."""
    if not isinstance(value, dict):
        return {path: value}
    return {key: one for name in value for key, one in flat(value[name], f"{path}.{name}").items()}


def present(value: Any) -> Any:
    """A document without what counts as absent."""
    if isinstance(value, dict):
        return {k: present(v) for k, v in value.items() if v not in (None, [], {})}
    return value


def differing(held: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[str]:
    """Keys that are not alike, but those that a fresh run has not and that are disabled."""
    keys = sorted(held.keys() | fresh.keys())
    return [
        key
        for key in keys
        if held.get(key) != fresh.get(key) and (key in fresh or enabled(held[key]))
    ]
