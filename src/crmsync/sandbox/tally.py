"""Counts what was asked and answered."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus

from crmsync.sandbox.exchange import JSONObject


class Tally:
    """Counts by system; requests to the control interface are not counted."""

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

    def struck(self, system: str, fault: str) -> None:
        """Count an injected fault."""
        self._faults[f"{system}.{fault}"] += 1

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
