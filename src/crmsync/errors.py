"""Every error of crmsync, by what its catcher does next.

CrmsyncError
├── ConfigError            a person changes the configuration (all faults at once)
├── RecordError            this record is refused, the rest goes on
├── RetryableError         the same request may be sent again, later
│   └── MalformedError     its answer is no JSON: `transport.strict`, which reads it, has the class
├── BatchRejectedError     split the batch, or refuse the payload where it is alone
├── GuardError             a person looks, then raises a limit or mends the source
├── StoppedError           a signal asked to stop; the next run goes on from here
├── FatalError             this sync ends: the answer is not one that the protocol has
│   └── CredentialsError   this account ends: a person mends a token or a scope
└── LedgerError            the state cannot be used: corrupt, newer, full disk
    ├── LockedError        another run holds it
    └── UnreachableError   its server is away, its file kept locked: run again later
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from crmsync.receipts import Problem


class CrmsyncError(Exception):
    """The root: every error that crmsync raises on purpose.

    Attributes:
        message: What happened, to what. One line, without secrets.
        hint: What to do next. Empty where the message says it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(CrmsyncError):
    """The configuration is wrong. A person changes it; nothing was sent.

    Attributes:
        problems: Every fault found, each `field` a path in the file.
    """

    def __init__(self, problems: Sequence[Problem], *, hint: str = "") -> None:
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in problems), hint=hint)
        self.problems = tuple(problems)


class RecordError(CrmsyncError):
    """One record cannot be used. It is quarantined, the others go on."""


class RetryableError(CrmsyncError):
    """A passing failure. The same request may be sent again.

    Attributes:
        retry_after: Seconds that the other side asked to wait, None where it did not say.
        maybe_delivered: Whether the request may have taken effect (an upsert is sent
            again all the same, an event is not).
        throttled: Whether the other side said "too many" (429): the whole account pauses.
        final: Whether waiting inside this run is useless (a daily quota).
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        retry_after: float | None = None,
        maybe_delivered: bool = False,
        throttled: bool = False,
        final: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        self.maybe_delivered = maybe_delivered
        self.throttled = throttled
        self.final = final


class BatchRejectedError(CrmsyncError):
    """A platform refused a batch. Split it, or quarantine the payload where it is alone.

    Attributes:
        refusals: The platform's words by position in the batch, where it named positions.
        too_large: Whether the size was refused (413) and not the content.
        reason: The platform's own words, shortened. Equal reasons mean one fault.
        certain: Whether the positions are sure; False where how they count is a guess.
        maybe_delivered: Whether an earlier try of the same request, of which the answer was
            lost, may have taken effect all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        refusals: Mapping[int, str] | None = None,
        too_large: bool = False,
        certain: bool = True,
    ) -> None:
        super().__init__(message)
        self.certain = certain
        self.reason = reason
        self.refusals = dict(refusals or {})
        self.too_large = too_large
        self.maybe_delivered = False


class Guard(StrEnum):
    """The guards, by the names by which a person lets one pass for a run."""

    EMPTY = "empty"
    """The CRM shows no records, where there were some."""
    SHORTFALL = "shortfall"
    """The CRM shows far fewer records than before."""
    BLANK = "blank"
    """A field that had values has none in many records."""
    DISABLE = "disable"
    """Many delivered records are gone, and would be disabled."""
    CHANGE = "change"
    """Another mapping gives other values to many keys."""
    ACCOUNT = "account"
    """The credential opens another CRM account."""
    TENANT = "tenant"
    """The destination is another account of the platform."""
    RESTORED = "restored"
    """The ledger is a backup, older than the sync's last run: events would be sent again."""


class GuardError(CrmsyncError):
    """A guard stopped the sync before it wrote something suspicious.

    Attributes:
        guard: Which one.
    """

    def __init__(self, message: str, *, hint: str = "", guard: Guard | None = None) -> None:
        super().__init__(message, hint=hint)
        self.guard = guard


class StoppedError(CrmsyncError):
    """A signal asked the run to stop. What is settled stays settled.

    Attributes:
        maybe_delivered: Whether a request that was being waited for may have taken effect.
            Whoever knows that none had left says so.
    """

    def __init__(self, message: str, *, hint: str = "", maybe_delivered: bool = True) -> None:
        super().__init__(message, hint=hint)
        self.maybe_delivered = maybe_delivered


class FatalError(CrmsyncError):
    """This sync ends here: an answer that retrying cannot mend. Nothing is lost.

    Attributes:
        maybe_delivered: Whether the request may have taken effect all the same; False where
            the answer says that it has not (404).
    """

    def __init__(self, message: str, *, hint: str = "", maybe_delivered: bool = True) -> None:
        super().__init__(message, hint=hint)
        self.maybe_delivered = maybe_delivered


class CredentialsError(FatalError):
    """The account refuses our credentials, or they lack a scope."""


class LedgerError(CrmsyncError):
    """The ledger cannot be used. It is never recreated silently."""


class LockedError(LedgerError):
    """Another run holds this lock."""


class UnreachableError(LedgerError):
    """The ledger cannot be reached now. Nothing is lost; run again later.

    Its server is away, or another program keeps its file locked.
    """


def out_of_memory() -> FatalError:
    """What a MemoryError is told as: no bug, but a limit of the machine."""
    return FatalError(
        "there was not enough memory",
        hint="give the process more (ulimit -v, its container, its unit), then run again: "
        "what is settled stays settled",
    )
