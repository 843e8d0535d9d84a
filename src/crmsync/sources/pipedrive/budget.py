"""The company's daily budget of tokens: what was spent, what is left, and when to stop.

30,000 tokens x plan x seats a day, shared by all programs of the company:
pipedrive.readme.io/docs/core-api-concepts-rate-limiting, read 2026-11-21.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from crmsync.sources.pipedrive.endpoints import ALL, Endpoint

_LEFT: Final = "x-daily-ratelimit-token-remaining"
_REQUESTS_LEFT: Final = "x-daily-requests-left"
"""What companies that are not on tokens yet are told instead."""
_LONGEST: Final = 16


class Budget:
    """Counts tokens. Safe to use from several threads.

    Attributes:
        reserve: Tokens that are left to other programs.
    """

    def __init__(self, reserve: int) -> None:
        self.reserve = reserve
        self._lock = threading.Lock()
        self._spent = 0
        self._left: int | None = None

    @property
    def spent(self) -> int:
        """Tokens that this run's requests took, as documented."""
        return self._spent

    @property
    def left(self) -> int | None:
        """What the company has left today, as the last answer told; None where it did not."""
        return self._left

    def allows(self, endpoint: Endpoint) -> bool:
        """Whether what is left, without the reserve, suffices for one more request."""
        return self._left is None or self._left - self.reserve >= endpoint.cost

    def note(self, endpoint: Endpoint, headers: Mapping[str, str]) -> None:
        """Count an answered request."""
        left = left_today(headers)
        with self._lock:
            self._spent += endpoint.cost
            if left is not None:
                self._left = left


def left_today(headers: Mapping[str, str]) -> int | None:
    """What an answer tells of today's budget; None where it tells nothing.

    The older header counts requests. It counts here only where none is left.
    """
    left = number(headers.get(_LEFT))
    if left is None and number(headers.get(_REQUESTS_LEFT)) == 0:
        return 0
    return left


def cost_of(url: str) -> int:
    """Tokens that a request to an address costs, 0 where that is not known."""
    path = urlsplit(url).path
    found = [one.cost for one in ALL if path.endswith(one.path)]
    return found[0] if found else 0


def number(text: str | None) -> int | None:
    """A header's whole number; None where it has none."""
    return int(text) if text and text.isdecimal() and len(text) < _LONGEST else None
