"""Sessions: which access tokens are alive, and for how many more calls."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Final

from crmsync.sandbox.salesforce import ids

ORGANIZATION: Final = ids.setting("00D", 0)
"""The organization's id. Tokens begin with it, as real ones do."""


class Sessions:
    """All sessions that were opened.

    Args:
        calls: So many calls end a session; None for never.
    """

    def __init__(self, calls: int | None) -> None:
        self._calls = calls
        self._left: dict[str, int | None] = {}

    def open(self) -> str:
        """Begin a session; gives its access token."""
        token = f"{ORGANIZATION[:15]}!AQ{secrets.token_urlsafe(48)}"
        self._left[token] = self._calls
        return token

    def use(self, token: str) -> bool:
        """Count a call; False where the session has ended or never was."""
        if token not in self._left:
            return False
        left = self._left[token]
        if left is not None:
            if left <= 0:
                del self._left[token]
                return False
            self._left[token] = left - 1
        return True

    def expire(self) -> int:
        """End all sessions; gives how many."""
        ended = len(self._left)
        self._left.clear()
        return ended


def signature(*parts: str) -> str:
    """What a token answer is signed with."""
    return base64.b64encode(hashlib.sha256("".join(parts).encode()).digest()).decode()
