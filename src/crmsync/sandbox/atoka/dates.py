"""The rules on dates: what is one, in whose day, and in what order."""

from __future__ import annotations

import re
from typing import Final

from crmsync.sandbox import instants
from crmsync.sandbox.atoka.clock import Clock
from crmsync.sandbox.atoka.refusals import wrong
from crmsync.sandbox.options import SandboxOptions

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
_HOUR_MS: Final = 3_600_000


class Dates:
    """Reads and writes the platform's dates, epoch milliseconds inside.

    The document's examples of dates are days. A day is kept as its midnight where the platform
    is, so an event dated today comes before one that was made today without a date.
    """

    def __init__(self, options: SandboxOptions, clock: Clock) -> None:
        self._clock = clock
        self._enforced = options.atoka_dates == "enforced"
        self._days_only = options.atoka_date_form == "day"
        self._offset = round(options.atoka_utc_offset_h * _HOUR_MS)

    def text(self, ms: int) -> str:
        """As answers have it: ISO 8601 with the platform's own offset."""
        if not self._offset:
            return instants.iso(ms)
        hours, minutes = divmod(abs(self._offset) // 60_000, 60)
        sign = "-" if self._offset < 0 else "+"
        return f"{instants.iso(ms + self._offset)[:-1]}{sign}{hours:02d}:{minutes:02d}"

    def of_event(self, given: str | None, latest: int | None) -> int:
        """The date of an event whose lead's most recent other one has the date *latest*.

        It must be after the most recent event and not in the future; it defaults to now: "Atoka
        API User Reference", Lead Events, read 2026-11-21. An event without a date is never
        refused: where the clock went back, it comes a millisecond after the most recent.

        Raises:
            RefusedError: It is no date, or breaks a rule that is enforced.
        """
        now = self._clock.now()
        if given is None:
            return now if latest is None or not self._enforced else max(now, latest + 1)
        date = self._day(given) if self._days_only else self.moment("date", given)
        if self._enforced and date > now:
            raise wrong("date", f"{given} is in the future; it is {self.text(now)} now")
        if self._enforced and latest is not None and date <= latest:
            raise wrong(
                "date", f"{given} is not after the most recent event, of {self.text(latest)}"
            )
        return date

    def moment(self, name: str, given: str) -> int:
        """Read a day or an instant with an offset.

        Raises:
            RefusedError: It is neither.
        """
        if not _INSTANT.fullmatch(given):
            return self._day(given, name)
        return _parsed(name, given)

    def _day(self, given: str, name: str = "date") -> int:
        if not _DAY.fullmatch(given):
            raise wrong(name, f"{given!r} is not a date such as 2015-10-21")
        return _parsed(name, given) - self._offset


def _parsed(name: str, given: str) -> int:
    try:
        return instants.parse(given)
    except ValueError as error:
        raise wrong(name, f"{given!r} is no day of any calendar") from error
