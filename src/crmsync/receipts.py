"""What became of a record, and what was found wrong with it."""

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """The one end that each record read comes to (spec: guarantee 1)."""

    ACCEPTED = "accepted"
    """The platform said so, for this payload."""
    UNVERIFIED = "unverified"
    """Accepted by a reply that cannot name refusals."""
    UNCHANGED = "unchanged"
    """The platform already holds exactly this; nothing was sent."""
    MERGED = "merged"
    """Its values went out under another record's key."""
    FILTERED = "filtered"
    """The sync's filter leaves it out, or it was never delivered and is gone."""
    SKIPPED = "skipped"
    """It lacks what the platform identifies by."""
    INVALID = "invalid"
    """Our own validation refused it; quarantined."""
    REJECTED = "rejected"
    """The platform refused it; quarantined."""
    UNKNOWN = "unknown"
    """Sent, and the answer was lost."""
    PENDING = "pending"
    """Not delivered yet; the next run goes on with it."""

    __hash__ = str.__hash__  # outcomes are counted and looked up once a record: not in Python


class Severity(StrEnum):
    """How much a problem weighs."""

    ERROR = "error"
    """The record, or the configuration, cannot be used."""
    WARNING = "warning"
    """Something was mended or left out; the record goes."""


class Problem(NamedTuple):
    """One fault, found in a configuration or in a record.

    Attributes:
        field: Where: a destination's dotted field, or a path in the configuration file.
        code: Which, from a closed list (`CLIPPED`, `NOT_IN_ENUM`, `unknown_key` …).
        message: What is wrong and what would be right, for a person.
        severity: Whether it stops the record.
    """

    field: str
    code: str
    message: str
    severity: Severity = Severity.ERROR
