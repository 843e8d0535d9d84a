"""Lines of `crmsync check`, as every source makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from crmsync.errors import CrmsyncError, StoppedError
from crmsync.exit_codes import ExitCode, of_error
from crmsync.interfaces import CheckResult
from crmsync.records import SourceField


def tried(name: str, attempt: Callable[[], str]) -> CheckResult:
    """What came of an attempt: its own words, or the error's."""
    try:
        return CheckResult(name, passed=True, message=attempt())
    except StoppedError:
        raise
    except CrmsyncError as error:
        return failed(name, error)


def failed(name: str, error: CrmsyncError) -> CheckResult:
    """An error as a line."""
    return CheckResult(
        name, passed=False, message=error.message, hint=error.hint, code=of_error(error)
    )


TOO_MUCH: Final = "it may do more than crmsync needs"
"""How the message of `too_much` begins, which `crmsync check` marks by it."""


def too_much(name: str, found: Iterable[str], advice: str) -> CheckResult:
    """A credential that works, and that may do harm where it is stolen: a warning, no fault."""
    return CheckResult(name, passed=True, message=f"{TOO_MUCH}: {', '.join(found)}. {advice}")


def wrong(name: str, message: str, hint: str) -> CheckResult:
    """A fault of the mapping: a person must change the configuration."""
    return CheckResult(name, passed=False, message=message, hint=hint, code=ExitCode.USAGE)


def did_you_mean(field: str, known: Mapping[str, SourceField]) -> str:
    """The field that a wrong name or label comes closest to, as a question; or nothing."""
    by_label = {one.label.lower(): one.name for one in known.values()}
    found = get_close_matches(field.lower(), [*known, *by_label], n=1)
    return f'did you mean "{by_label.get(found[0], found[0])}"? ' if found else ""


def closest(part: str, parts: Iterable[str]) -> str:
    """The one of some words that comes closest, whatever its case; empty where none does."""
    by_case = {one.lower(): one for one in parts}
    found = get_close_matches(part.lower(), by_case, n=1)
    return by_case[found[0]] if found else ""
