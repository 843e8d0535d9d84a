"""Lines of `crmsync check`, as every destination makes them."""

from __future__ import annotations

from typing import Final

from crmsync.errors import ConfigError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import CheckResult
from crmsync.secrets import Secret
from crmsync.transport.redaction import reveal

NOT_VERIFIED: Final = "not verified"
"""How the message of `not_verified` begins, which `crmsync check` marks by it."""


def not_verified(name: str, why: str) -> CheckResult:
    """What passes because nothing could be asked, shown as `--`: *why*, and what will tell.

    *name* is as every line's is: `destinations.ACCOUNT: KEY`, or what was not asked for a KEY.
    """
    return CheckResult(name, passed=True, message=f"{NOT_VERIFIED}: {why}")


def credential(name: str, secret: Secret) -> CheckResult:
    """Whether a credential can be looked up, and sent in a header. Nobody is asked."""
    try:
        reveal(secret)
    except ConfigError as error:
        return CheckResult(
            name,
            passed=False,
            message=error.problems[0].message,
            hint=error.hint,
            code=ExitCode.USAGE,
        )
    return CheckResult(name, passed=True, message="is there, and fit for a header")
