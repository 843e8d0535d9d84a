"""What the body of an answer says: whether it was taken, in which words, under which id.

Version 2 answers `success`, `messages` and `requestId`; what version 1 answers is documented
nowhere (https://datatalks.atlassian.net, space PI, read 2026-11-21), so what is missing is
nothing to complain of. The gateway before it says `message` (or `Message`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from crmsync.interfaces import Response
from crmsync.transport.redaction import excerpt, safe
from crmsync.transport.strict import loads

NO_REASON: Final = "it gave no reason"
_WORDS: Final = ("messages", "message", "Message", "errors", "error", "detail", "msg")
_IDS: Final = ("requestId", "requestid", "request_id")
_MAX_DEPTH: Final = 4


class Reply(NamedTuple):
    """What an answer says.

    Attributes:
        success: What it says of itself, None where it does not.
        reason: Its words, on one line and shortened; empty where there are none.
        request_id: What Data Talks' people ask for; empty where it names none.
    """

    success: bool | None
    reason: str
    request_id: str

    @property
    def words(self) -> str:
        """The reason, with the id to ask Data Talks about."""
        told = self.reason or NO_REASON
        # In quotes: what differs from refusal to refusal is then seen not to be the reason.
        return f'{told} (requestId "{self.request_id}")' if self.request_id else told


def read_reply(response: Response) -> Reply:
    """Read an answer whose body may be anything or nothing. A status decides more than it.

    Raises:
        MalformedError: There is a body, and it is no JSON.
    """
    given = response.headers.get("x-amzn-requestid", "")
    if not response.body.strip():
        return Reply(None, "", safe(given, limit=80))
    document = loads(response.body)
    if not isinstance(document, dict):
        return Reply(None, excerpt(response.body), safe(given, limit=80))
    named = (document[name] for name in _IDS if isinstance(document.get(name), str))
    return Reply(
        success=_success(document),
        reason=safe("; ".join(dict.fromkeys(_words(document, 0)))),
        request_id=safe(next(named, given), limit=80),
    )


def _success(document: Mapping[str, object]) -> bool | None:
    """False for whatever is there and is not true: a refusal must not pass for a receipt."""
    if "success" in document:
        return document["success"] is True
    return False if document.get("errors") or document.get("error") else None


def _words(node: object, depth: int) -> Iterator[str]:
    if isinstance(node, str):
        if text := " ".join(node.split()):
            yield text
    elif isinstance(node, list) and depth < _MAX_DEPTH:
        for child in node:
            yield from _words(child, depth + 1)
    elif isinstance(node, dict) and depth < _MAX_DEPTH:
        for name in _WORDS:
            yield from _words(node.get(name), depth + 1)
