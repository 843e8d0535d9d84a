"""What requests cost: tokens of the day, places in the burst window, and what comes after.

Costs, windows and headers are from Pipedrive's "Rate limiting", read 2026-11-21.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import Final

from crmsync.sandbox.exchange import Answer, Headers, JSONObject
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.pipedrive import refusals

COSTS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "deals": 10, "organizations": 10, "persons": 10, "deals_archived": 20,
        "deal": 1, "organization": 1, "person": 1,
        "fields": 10, "field": 1, "pipelines": 5, "stages": 5, "pipeline": 1, "stage": 1,
        "users": 20, "currencies": 20, "user": 2, "me": 2,
    }
)  # fmt: skip
"""Kind of request to its tokens; other requests cost none."""

WINDOW: Final = 2.0
"""Seconds that a burst is counted over."""
UNLIMITED_BURST: Final = 10_000
UNLIMITED_DAY: Final = 10_000_000
"""What the headers announce where there is no limit."""


class Budget:
    """Counts the whole company's tokens, and each credential's requests in the window."""

    def __init__(self, options: SandboxOptions) -> None:
        self._burst = options.pipedrive_burst
        self._daily = options.pipedrive_daily_tokens
        self._tells_day = options.pipedrive_daily_headers
        self._patience = options.pipedrive_block_after
        self._taken: dict[str, deque[float]] = {}
        self._ignored: Counter[str] = Counter()
        self._spent: Counter[str] = Counter()
        self._today = 0

    def refuse(self, credential: str, kind: str, now: float) -> Answer | None:
        """Count a request; an answer where it is one too many, which costs nothing.

        The daily budget may be overdrawn by the last request: whether it may is not documented.
        """
        taken = self._taken.setdefault(credential, deque())
        while taken and taken[0] <= now - WINDOW:
            taken.popleft()
        if self._patience is not None and self._ignored[credential] >= self._patience:
            return refusals.blocked()
        exhausted = self._daily is not None and self._today >= self._daily
        if exhausted or (self._burst is not None and len(taken) >= self._burst):
            self._ignored[credential] += 1
            return refusals.failure(429, headers=self.headers(credential, now))
        self._ignored[credential] = 0
        taken.append(now)
        cost = COSTS.get(kind, 0)
        self._today += cost
        self._spent[kind] += cost
        return None

    def headers(self, credential: str, now: float) -> Headers:
        """What every answer to a known credential carries."""
        taken = self._taken.get(credential, ())
        burst = self._burst or UNLIMITED_BURST
        reset = ceil(max(taken[0] + WINDOW - now, 0)) if taken else 0
        numbers = {
            b"x-ratelimit-limit": burst,
            b"x-ratelimit-remaining": max(burst - len(taken), 0),
            b"x-ratelimit-reset": reset,
        }
        if self._tells_day:
            daily = self._daily or UNLIMITED_DAY
            numbers[b"x-daily-ratelimit-token-limit"] = daily
            numbers[b"x-daily-ratelimit-token-remaining"] = max(daily - self._today, 0)
        return tuple((name, b"%d" % value) for name, value in numbers.items())

    def report(self) -> JSONObject:
        """Tokens spent since the start, in all and by kind of request, and those of today."""
        spent = {kind: tokens for kind, tokens in self._spent.items() if tokens}
        return {"spent": sum(spent.values()), "by_kind": spent, "today": self._today}

    def new_day(self) -> None:
        """Midnight: the day's tokens are back, and a blocked caller is let in again."""
        self._today = 0
        self._ignored.clear()
        self._taken.clear()
