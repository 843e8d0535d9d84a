"""What each simulated platform holds, in a form in which two worlds can be compared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from crmsync.sandbox.asking import ask

State = dict[str, Any]
"""What a platform holds by key, as it was told last."""

_AKITAS_OWN: Final = ("id", "created_at", "updated_at")


def state(system: str, url: str) -> State:
    """What a platform holds by key; nothing where it takes events alone."""
    return dict(_STATES[system](url)) if system in _STATES else {}


def events(system: str, url: str) -> Counter[str]:
    """How often a platform was told each event; nothing where it takes none.

    A lead event is known by its lead and its status: of the same stage of a deal, a run that saw
    it change tells in other words than one that sees it first.
    """
    return Counter(_EVENTS[system](url)) if system in _EVENTS else Counter()


def told_twice(system: str, url: str) -> int:
    """Events that a platform was told more than once."""
    if system == "atoka":
        return len(ask(url, "/atoka/tags", {})["twice"])
    return sum(times > 1 for times in events(system, url).values())


def in_disorder(system: str, url: str) -> int:
    """Lead events that are dated before one that was created earlier."""
    latest: dict[str, int] = {}
    wrong = 0
    for event in _lead_events(url) if system == "atoka" else ():
        wrong += event["date"] < latest.get(event["lead"], event["date"])
        latest[event["lead"]] = max(event["date"], latest.get(event["lead"], 0))
    return wrong


def _organizations(url: str) -> Iterator[tuple[str, Any]]:
    for domain, entity in ask(url, "/akooda/organizations").items():
        yield domain, _present(entity)


def _accounts(url: str) -> Iterator[tuple[str, Any]]:
    for key, account in ask(url, "/akita/accounts").items():
        yield key, _present({k: v for k, v in account.items() if k not in _AKITAS_OWN})


def _contacts(url: str) -> Iterator[tuple[str, Any]]:
    for group, contacts in ask(url, "/datatalks/contacts").items():
        for key, contact in contacts.items():
            yield f"{group} {key}", _present(contact)


def _records(url: str) -> Iterator[str]:
    for group, records in ask(url, "/datatalks/events").items():
        for record in records:
            yield f"{group} {json.dumps(record, sort_keys=True)}"


def _statuses(url: str) -> Iterator[str]:
    for event in _lead_events(url):
        if not event["deleted"]:
            yield f"{event['lead']} {event['status']}"


def _lead_events(url: str) -> list[dict[str, Any]]:
    return list(ask(url, "/atoka/events")["events"])


def _present(value: Any) -> Any:
    """A document without what counts as absent: null, an empty text, list or object."""
    if isinstance(value, Mapping):
        return {k: _present(v) for k, v in value.items() if v not in (None, "", [], {})}
    return value


_STATES: Final[Mapping[str, Callable[[str], Iterator[tuple[str, Any]]]]] = {
    "akooda": _organizations,
    "akita": _accounts,
    "datatalks": _contacts,
}
_EVENTS: Final[Mapping[str, Callable[[str], Iterator[str]]]] = {
    "datatalks": _records,
    "atoka": _statuses,
}
