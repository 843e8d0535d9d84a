"""What `crmsync check` tells of an Atoka account. Nothing is changed by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from crmsync.destinations.atoka.settings import AtokaSettings
from crmsync.destinations.atoka.statuses import Status
from crmsync.errors import CrmsyncError, StoppedError
from crmsync.exit_codes import of_error
from crmsync.interfaces import CheckResult
from crmsync.transport.redaction import reveal

_SOME = 10


def checks(
    name: str, settings: AtokaSettings, statuses: Callable[[], Sequence[Status]]
) -> Iterator[CheckResult]:
    """A line for the token, and one for what Atoka answers to it: its statuses."""

    def token() -> str:
        reveal(settings.token)
        return "is there"

    here = _tried(f"destinations.{name}: token", token)
    yield here
    if here.passed:
        yield _tried(f"destinations.{name}: statuses", lambda: _told(statuses(), settings))


def _told(statuses: Sequence[Status], settings: AtokaSettings) -> str:
    usable = [one.label for one in statuses if settings.hidden_statuses or not one.hidden]
    named = ", ".join(map(repr, usable[:_SOME])) or "none"
    more = f" and {len(usable) - _SOME} more" if len(usable) > _SOME else ""
    return f"Atoka takes the token; there are {named}{more}"


def _tried(name: str, attempt: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name, passed=True, message=attempt())
    except StoppedError:
        raise
    except CrmsyncError as error:
        code = of_error(error)
        return CheckResult(name, passed=False, message=error.message, hint=error.hint, code=code)
