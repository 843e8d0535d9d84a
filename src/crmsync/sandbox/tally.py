"""Counts what was asked and answered."""

from __future__ import annotations

from collections import Counter, deque
from http import HTTPStatus
from typing import Final

from crmsync.sandbox.exchange import JSONObject

_KEPT: Final = 10_000
_KEPT_BYTES: Final = 2_000


class Tally:
    """Counts by system; requests to the control interface are not counted.

    Of requests that a fault struck it keeps the last few thousand, with the start of each body.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start again from nothing."""
        self._requests: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._bytes_in: Counter[str] = Counter()
        self._bytes_out: Counter[str] = Counter()
        self._rate_limited: Counter[str] = Counter()
        self._struck: deque[JSONObject] = deque(maxlen=_KEPT)

    def asked(self, system: str, kind: str, size: int) -> None:
        """Count a request and its body."""
        self._requests[f"{system}.{kind}"] += 1
        self._bytes_in[system] += size

    def answered(self, system: str, status: int, size: int) -> None:
        """Count an answer and its body, before compression, sent or not."""
        self._statuses[f"{system}.{status}"] += 1
        self._bytes_out[system] += size
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._rate_limited[system] += 1

    def struck(self, asked: str, fault: str, body: bytes) -> None:
        """Count an injected fault, and keep which request (`atoka.create`) it struck."""
        self._faults[f"{asked.partition('.')[0]}.{fault}"] += 1
        text = body[:_KEPT_BYTES].decode(errors="replace")
        self._struck.append({"request": asked, "fault": fault, "body": text})

    def history(self) -> JSONObject:
        """The requests that a fault struck, in their order."""
        return {"struck": list(self._struck)}

    def report(self) -> JSONObject:
        """All counts."""
        return {
            "total": self._requests.total(),
            "requests": dict(self._requests),
            "statuses": dict(self._statuses),
            "faults": dict(self._faults),
            "rate_limited": dict(self._rate_limited),
            "bytes_in": dict(self._bytes_in),
            "bytes_out": dict(self._bytes_out),
        }
