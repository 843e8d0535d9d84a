"""Problems and changed fields, counted, in the words of a person who keeps the CRM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from crmsync.cli.output.text import number

MARKS: Final = ("changed", "added", "removed")
"""What can happen to a field of a payload."""
_WORDS: Final = {
    "ALIASED": "in another spelling, translated",
    "BAD_BOOLEAN": "neither true nor false",
    "BAD_DOMAIN": "with something that is no domain",
    "BAD_EMAIL": "with something that is no e-mail address",
    "BAD_NUMBER": "with something that is no number",
    "BAD_PHONE": "with something that is no phone number",
    "BAD_PROFILE": "with something that is no profile address",
    "BAD_TIMESTAMP": "with something that is no date",
    "BAD_TYPE": "with another kind of value than the platform takes",
    "BAD_URL": "with something that is no web address",
    "BARE_SUFFIX": "with a suffix that everybody shares",
    "CLIPPED": "shortened to what the platform takes",
    "DROPPED_TOO_LONG": "longer than the platform takes, left out",
    "DUPLICATE": "with the same entry twice",
    "ENTITY_TOO_LARGE": "larger than one request may be",
    "FIRST_OF_SEVERAL": "with several values, the first taken",
    "FREEMAIL": "with a free-mail provider's domain",
    "INTERNAL_ID_COLLISION": "with an internal id that other records have too",
    "IN_FUTURE": "with a day that has not come yet",
    "KEY_COLLISION": "with two values for one name",
    "LEAD_AMBIGUOUS": "whose company is several at the platform",
    "LEAD_MISSING": "that do not tell whose event it would be",
    "LEAD_UNKNOWN": "whose company the platform does not know",
    "LOOKUP_FAILED": "whose company the platform was asked for in vain",
    "NESTED": "with values inside of values, where the platform takes flat ones",
    "IP": "with an IP address for a domain",
    "NO_GROUP_KEY": "that no rule gives a group key",
    "NO_PUBLIC_SUFFIX": "with a local name for a domain",
    "NOT_ANSWERED": "with a value that the CRM did not give",
    "NOT_IN_ENUM": "with a value that the platform does not know",
    "REJECTED": "refused by the platform",
    "REPAIRED": "with a malformed part, set right",
    "REQUIRED_EMPTY": "without a value that is required",
    "RULE_FAILED": "where the mapping's own code failed",
    "SEVERAL_GROUP_KEYS": "that rules give different group keys",
    "SOCIAL_HOST": "with a social network's domain",
    "STATUS_HIDDEN": "with a status that the platform hides",
    "STATUS_UNKNOWN": "with a status that the platform does not have",
    "TOO_MANY": "with more entries than the platform takes",
    "UNMAPPED_VALUE": "with a value that the mapping does not list",
}
# Per cent of a bar: less could not be seen.
_VISIBLE: Final = 4.0


class Found(NamedTuple):
    """A kind of problem as records have it: what they are counted by."""

    field: str
    code: str
    severity: str


class Reason(NamedTuple):
    """A kind of problem, for people.

    Attributes:
        number: Its place in the rows' own numbering.
        records: How many have it.
        share: Of the most frequent one, in per cent.
        words: What is true of these records, to be read after their number.
    """

    number: int
    records: int
    share: float
    words: str
    field: str
    code: str
    severity: str


class FieldChange(NamedTuple):
    """How often a destination's field would be written.

    Attributes:
        number: Its place in the rows' own numbering.
        records: How many would write it.
        share: Of the field written most often, in per cent.
        told: How it is written, in words.
    """

    number: int
    records: int
    share: float
    field: str
    told: str


def words(code: str, field: str) -> str:
    """What is true of records with this problem; a code that is new here speaks for itself."""
    if code in _WORDS:
        return _WORDS[code]
    kind, _, rest = code.partition("_")
    what = rest.replace("_", " ").lower()
    if kind == "MISSING" and what:
        return f"without a usable {what}"
    if kind == "UNKNOWN" and what:
        return f"whose {what} the CRM does not list"
    return f"{code.replace('_', ' ').lower()} in {field}"


def reasons_of(counts: Mapping[Found, int]) -> tuple[Reason, ...]:
    """Errors before warnings, the most frequent first. *counts* is in the rows' numbering."""
    most = max(counts.values(), default=1)
    found = [
        Reason(index, count, _share(count, most), words(one.code, one.field), *one)
        for index, (one, count) in enumerate(counts.items())
    ]
    return tuple(sorted(found, key=lambda one: (one.severity != "error", -one.records, one.words)))


def fields_of(marks: Mapping[str, Counter[str]]) -> tuple[FieldChange, ...]:
    """The most written first.

    *marks*, in the rows' numbering, counts how often a field is added, changed, removed.
    """
    most = max((tally.total() for tally in marks.values()), default=1)
    found = [
        FieldChange(index, tally.total(), _share(tally.total(), most), field, _told(tally))
        for index, (field, tally) in enumerate(marks.items())
    ]
    return tuple(sorted(found, key=lambda one: (-one.records, one.field)))


def _share(count: int, most: int) -> float:
    return max(_VISIBLE, 100 * count / most)


def _told(tally: Counter[str]) -> str:
    marks = [mark for mark in MARKS if tally[mark]]
    if len(marks) == 1:
        return marks[0]
    return ", ".join(f"{number(tally[mark])} {mark}" for mark in marks)
