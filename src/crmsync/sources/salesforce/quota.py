"""The org's daily API requests: what is spent, as each answer tells, and what is left to others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from crmsync.errors import RetryableError

# `Sforce-Limit-Info: api-usage=18/100000`: REST API Developer Guide, "Limit Info Header", read
# 2026-11-21. What one connected app used may follow, as `per-app-api-usage=…`.
_USAGE: Final = re.compile(r"(?:^|[\s,;])api-usage=(\d{1,12})/(\d{1,12})", re.ASCII)


class Quota:
    """The day's requests of one org.

    Args:
        account: Its name, for messages.
        reserve: What other programs keep: a share where it is below 1, else a number.
    """

    def __init__(self, account: str, reserve: float) -> None:
        self._account = account
        self._reserve = reserve
        self._told = (0, 0)

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember what an answer tells."""
        if found := _USAGE.search(headers.get("sforce-limit-info", "")):
            self._told = (int(found[1]), int(found[2]))

    def check(self) -> None:
        """Call it before a request.

        Raises:
            RetryableError: Only what is reserved is left; the run ends here with exit code 5.
        """
        used, most = self._told
        kept = self._reserve if self._reserve >= 1 else most * self._reserve
        if most and used >= most - kept:
            raise RetryableError(
                f"{self._account}: {used:,} of the org's {most:,} API requests in 24 hours are "
                f"used, and {kept:,.0f} are left to its other programs (daily_reserve)",
                hint="run again in some hours: the 24 hours are a rolling window. What is "
                "pending goes on from here",
                final=True,
            )
