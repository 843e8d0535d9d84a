"""What waits for a person or a later run, and one record explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from crmsync.engine.explain import Explanation, event_json
from crmsync.engine.plans import SyncPlan
from crmsync.engine.retry import doubted
from crmsync.interfaces import Ledger
from crmsync.receipts import Problem, Severity
from crmsync.showing.masking import masked, masked_text
from crmsync.state import Phase, Quarantined
from crmsync.web.judging import Course
from crmsync.web.rendering import Frame

A_PAGE: Final = 25
"""Records of a sync on one page."""
LISTED: Final = 200
"""Keys, or events, of a sync that are listed."""
LONGEST: Final = 20_000
"""Characters of a payload or an explanation that are shown."""

_NEXT_RUN: Final = "The next run looks for it, and settles it as far as it can."
_A_PERSON: Final = (
    "A person decides: look whether the platform has it. If not, it can be tried again in "
    "quarantine; if it does, `crmsync quarantine drop` with the record's id takes it for arrived."
)
_GOES_OUT: Final = "What is owed goes out with the next run that ends well; nothing of it is lost."
_WAITS: Final = "What is parked waits for a person, all else for the next run that ends well."


def quarantined(plan: SyncPlan, ledger: Ledger, page: int, frame: Frame) -> dict[str, Any] | None:
    """A sync's records in quarantine, and those that may have arrived; None where there are none.

    *page* is 0-based. No more than one page is decoded.
    """
    refused = ledger.count_quarantined(plan.name)
    maybe = list(doubted(plan, ledger))
    if not refused and not maybe:
        return None
    first = page * A_PAGE
    found = islice(chain(ledger.quarantine(plan.name), maybe), first, first + A_PAGE)
    known = {one.record_id for one in maybe}
    left = max(refused + len(maybe) - first - A_PAGE, 0)
    return {
        "name": plan.name,
        "total": refused,
        "told": _told(refused, len(maybe)),
        "records": [_record(one, plan, frame, known) for one in found],
        "before": _address(plan.name, page - 1) if page else "",
        "after": _address(plan.name, page + 1) if left else "",
        "next_count": min(left, A_PAGE),
    }


def owed(plan: SyncPlan, ledger: Ledger, course: Course, frame: Frame) -> dict[str, Any] | None:
    """What a sync owes; None where its last run left nothing."""
    keys = ledger.uncertain(plan.name, plan.destination)
    lines = [event_json(line) for line in ledger.uncertain_events(plan.name)]
    if not course.owed and not keys and not lines:
        return None
    return {
        "name": plan.name,
        "told": f"{course.owed:,} when its last run ended",
        "error": course.last["error"] if course.last is not None else None,
        "next": _WAITS if any(line["phase"] == Phase.PARKED for line in lines) else _GOES_OUT,
        "lost": keys[:LISTED],
        "more_keys": max(len(keys) - LISTED, 0),
        "events": [_event(line, frame) for line in lines[:LISTED]],
        "more_events": max(len(lines) - LISTED, 0),
    }


def explained(found: Explanation) -> dict[str, object]:
    """An explanation, for its template."""
    facts = found.to_json()
    fields: Any = facts["fields"]
    return {
        "key": found.key,
        "facts": list(_around(found)),
        "fields": [_field(one) for one in fields],
        "text": _cut("\n".join(found.lines())),
    }


def _told(refused: int, maybe: int) -> str:
    told = [f"{refused:,} refused"] if refused else []
    return ", ".join(told + ([f"{maybe:,} may have arrived"] if maybe else []))


def _address(sync: str, page: int) -> str:
    return f"/quarantine?{urlencode({'sync': sync, 'page': page})}"


def _record(one: Quarantined, plan: SyncPlan, frame: Frame, maybe: set[str]) -> dict[str, object]:
    payload, key = masked(_payload(one, plan)), masked(one.key)
    return {
        "id": one.record_id,
        "key": key,
        "name": _name(payload) or key or f"Record {one.record_id}",
        "outcome": one.outcome.value,
        "last_at": frame.moment(one.last_at),
        "tries": one.tries,
        "doubted": one.record_id in maybe,
        "problems": [_problem(problem, one.key) for problem in _ordered(one.problems)],
        "payload": _cut(orjson.dumps(payload, option=orjson.OPT_INDENT_2).decode())
        if payload
        else "",
    }


def _payload(one: Quarantined, plan: SyncPlan) -> dict[str, object] | None:
    """What was refused; None where it could not be made, or another platform's code made it."""
    try:
        return dict(plan.plugin.decode(one.body)) if one.body else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _name(payload: Mapping[str, Any] | None) -> str:
    """What people call it, where its platform takes a name."""
    names = ("properties.displayName", "name", "displayName")
    found = ((payload or {}).get(name) for name in names)
    return next((name for name in found if isinstance(name, str) and name), "")


def _ordered(problems: Sequence[Problem]) -> list[Problem]:
    """The faults first; what was only mended comes after."""
    return sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)


def _problem(problem: Problem, key: str | None) -> dict[str, str]:
    # What is wrong with a payload as a whole is said of its key, which stands above.
    return {
        "severity": problem.severity.value,
        "place": "" if problem.field == key else problem.field,
        "message": masked_text(problem.message, field=problem.field),
        "code": problem.code,
    }


def _event(line: Mapping[str, Any], frame: Frame) -> dict[str, object]:
    parked = line["phase"] == Phase.PARKED
    at = frame.moment(datetime.fromisoformat(line["at"]))
    return {**line, "at": at, "advice": _A_PERSON if parked else _NEXT_RUN}


def _around(found: Explanation) -> list[tuple[str, str]]:
    others = [f"{sync} {record}" for sync, record in found.contributors]
    facts = [("Gives to the key, too", ", ".join(others))] if len(others) > 1 else []
    if found.delivery is not None and found.delivery.delivered_at is not None:
        facts.append(("Delivered", f"batch {found.delivery.batch_id}"))
        facts.append(("Answer", found.delivery.answer))
    if found.spares:
        facts.append(("Would be sent now", ", ".join(found.goes_out or ["nothing"])))
    return facts


def _field(one: Mapping[str, Any]) -> dict[str, object]:
    differs = one["delivered"] is not None and one["delivered"] != one["value"]
    return {
        "field": one["field"],
        "rule": one["rule"],
        "value": _value(one["value"]),
        "raw": [(path, _value(value)) for path, value in one["raw"].items()],
        "steps": [(step["name"], _value(step["value"])) for step in one["steps"]],
        "delivered": _value(one["delivered"]) if differs else None,
        "problems": [
            {"severity": str(p["severity"]), "message": p["message"]} for p in one["problems"]
        ],
    }


def _value(value: object) -> str:
    return "nothing" if value is None else _cut(value if isinstance(value, str) else repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"
