"""What a sync's end means for its next run: nothing, sooner than planned, or not so soon. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NamedTuple

from crmsync.exit_codes import ExitCode

BASE: Final = timedelta(minutes=1)
"""The wait after a first failure. What passes sooner, the run's own retries have waited for."""

LONGEST: Final = timedelta(hours=1)
"""The longest wait: so long a sync that was mended may have to wait, where nobody sends SIGHUP."""

BUSY: Final = timedelta(minutes=1)
"""How soon a sync is tried again that another process was running."""

_WELL: Final = frozenset({ExitCode.OK, ExitCode.OWED})
_HIGHEST: Final = 16


class Consequence(NamedTuple):
    """What follows from how a sync ended.

    Attributes:
        failures: In a row, this one included.
        wait: Until then no schedule counts; None where the schedule goes on as it is.
        again: Whether the sync is due once when the wait is over, whatever its schedule.
    """

    failures: int
    wait: timedelta | None = None
    again: bool = False


def consequence(code: ExitCode, failures: int) -> Consequence:
    """What follows when a sync ends with *code* after so many failures in a row.

    A passing failure is tried again when the wait is over, be it long before the next time of
    the schedule. For any other a person must act: it only waits, so that a schedule of every
    few seconds does not knock at a closed door. That another process runs the sync is no
    failure; what that process leaves undone is ours, so it is tried again.
    """
    if code in _WELL:
        return Consequence(0)
    if code is ExitCode.RUNNING:
        return Consequence(failures, BUSY, again=True)
    return Consequence(failures + 1, delay(failures + 1), again=code is ExitCode.TEMPORARY)


def delay(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: twice as long each time, to a bound."""
    return min(BASE * (1 << min(failures - 1, _HIGHEST)), LONGEST)
