"""What a CRM's clock shows, by the Date headers of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from crmsync.interfaces import Clock


class ServerTime:
    """A CRM's clock. Windows of changes end by it: this machine's own may be wrong."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._dated = ("", 0.0)

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember when an answer says that it was made. Call it as soon as it came."""
        if date := headers.get("date"):
            self._dated = (date, self._clock.monotonic())

    def monotonic(self) -> float:
        """Seconds, for `at`."""
        return self._clock.monotonic()

    def at(self, monotonic: float) -> datetime:
        """What the CRM's clock showed at a monotonic moment, whole seconds, never later.

        By the last answer's Date header; by this machine's clock where there was none.
        """
        text, answered = self._dated
        date = _http_date(text)
        if date is None:
            return self._clock.now() - timedelta(seconds=self._clock.monotonic() - monotonic)
        return date - timedelta(seconds=answered - monotonic)

    def now(self) -> datetime:
        """What the CRM's clock shows."""
        return self.at(self._clock.monotonic())


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
