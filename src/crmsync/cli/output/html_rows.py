"""A dry run's records as the rows of its page, and as the compact JSON that the page holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeGuard

from crmsync.cli.output.outcomes import ATTENTION, MEANINGS
from crmsync.cli.output.reasons import Found

_NAMED_FIELDS: Final = 4
_GLIMPSES: Final = 3
_FEW_CHARACTERS: Final = 48
_QUIET: Final = {
    "unchanged": "already there, exactly so",
    "merged": "goes out with another record of this key",
    "filtered": "left out by the sync's filter",
}


class Row(NamedTuple):
    """One record, as its row tells it.

    Attributes:
        name: What people call it; its key or its id where it sends no name.
        what: What would happen to it, or why nothing would.
        aside: The first thing to warn about that `what` does not say, else empty.
        diff: (number of the field, old, new), without new where the payload has it there.
        problems: (number of the reason, message).
    """

    id: str
    name: str
    key: str | None
    action: str
    what: str
    aside: str
    payload: object
    diff: tuple[tuple[object, ...], ...]
    problems: tuple[tuple[int, str], ...]

    @property
    def label(self) -> str:
        """Its action, for people."""
        return MEANINGS.get(self.action, (self.action, ""))[0]


class Rows:
    """The rows of one sync, in the order a person wants them, and what they are counted by.

    Attributes:
        fields: By field, how often it is added, changed and removed; in the order that
            the rows number them by.
        reasons: By kind of problem, how many records have it; likewise in order.
        faulty: How many records have a problem.
    """

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        self.fields: dict[str, Counter[str]] = {}
        self.reasons: Counter[Found] = Counter()
        self.faulty = 0
        self._field_numbers: dict[str, int] = {}
        self._reason_numbers: dict[Found, int] = {}
        places = {action: place for place, action in enumerate(ATTENTION)}
        ordered = sorted(records, key=lambda one: places.get(one["action"], 0))
        self.rows = tuple(map(self._row, ordered))

    def to_json(self) -> dict[str, object]:
        """All that the page's script needs, each fact once."""
        return {
            "fields": list(self.fields),
            "reasons": list(map(tuple, self.reasons)),  # orjson takes no named tuples
            "rows": list(map(tuple, self.rows)),
        }

    def _row(self, record: Mapping[str, Any]) -> Row:
        problems = record["problems"]
        what, told = _what(record)
        return Row(
            id=record["id"],
            name=_name(record),
            key=record["key"],
            action=record["action"],
            what=what,
            aside=_aside([problem for problem in problems if problem is not told]),
            payload=record["payload"],
            diff=tuple(
                self._written(name, old, new, record["payload"])
                for name, (old, new) in record["diff"].items()
            ),
            problems=self._numbered(problems),
        )

    def _written(self, name: str, old: object, new: object, payload: object) -> tuple[object, ...]:
        number = self._field_numbers.setdefault(name, len(self._field_numbers))
        self.fields.setdefault(name, Counter())[_mark(old, new)] += 1
        if _same(_at(payload, name), new):
            return (number, old)
        return (number, old, new)

    def _numbered(self, problems: Sequence[Mapping[str, str]]) -> tuple[tuple[int, str], ...]:
        kinds = [Found(one["field"], one["code"], one["severity"]) for one in problems]
        self.reasons.update(dict.fromkeys(kinds, 1))
        self.faulty += bool(kinds)
        numbers = self._reason_numbers
        return tuple(
            (numbers.setdefault(kind, len(numbers)), one["message"])
            for kind, one in zip(kinds, problems, strict=True)
        )


def _name(record: Mapping[str, Any]) -> str:
    name = _at(record["payload"], "properties.displayName")
    return str(name or record["key"] or record["id"])


def _what(record: Mapping[str, Any]) -> tuple[str, object]:
    """What happens, and the problem that says so where one does."""
    action, diff = record["action"], record["diff"]
    if action == "create":
        return _glimpse(record), None
    if action == "change":
        return _named(diff), None
    if action in _QUIET:
        return _QUIET[action], None
    problems = record["problems"]
    errors = [one for one in problems if one["severity"] == "error"] or problems
    return (errors[0]["message"], errors[0]) if errors else ("no reason was given", None)


def _glimpse(record: Mapping[str, Any]) -> str:
    """How much is new, and the values by which a person knows a company again."""
    known = {record["id"], record["key"], _name(record)}
    news = (new for _, new in record["diff"].values())
    texts = (new[0] if isinstance(new, list) and new else new for new in news)
    telling = [text for text in texts if _is_telling(text) and text not in known]
    count = len(record["diff"])
    fields = f"{count} field{'' if count == 1 else 's'}"
    return " · ".join([fields, *telling[:_GLIMPSES]])


def _is_telling(value: object) -> TypeGuard[str]:
    """Whether it is a few words: no long text, address, phone number or time."""
    if not isinstance(value, str) or len(value) > _FEW_CHARACTERS or "://" in value:
        return False
    return value[:1].isalpha() and "@" not in value


def _named(diff: Mapping[str, object]) -> str:
    names = list(map(_short, diff))
    more = len(names) - _NAMED_FIELDS
    return ", ".join(names[:_NAMED_FIELDS]) + (f" and {more} more" if more > 0 else "")


def _aside(problems: Sequence[Mapping[str, str]]) -> str:
    if not problems:
        return ""
    first, more = problems[0], len(problems) - 1
    return f"{_short(first['field'])}: {first['message']}" + (f" (and {more} more)" if more else "")


def _short(field: str) -> str:
    return field.rpartition(".")[2]


def _mark(old: object, new: object) -> str:
    if old is None:
        return "added"
    return "removed" if new is None else "changed"


def _at(payload: object, path: str) -> object:
    """The value at a dotted path; None where there is none."""
    value = payload
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _same(one: object, other: object) -> bool:
    """Equal in JSON, where true is not 1; a wrong "no" only costs room."""
    return one is not None and type(one) is type(other) and one == other
