"""Writes what happens to a file, as the lines of `crmsync.history`.

No query stands in it, for a query may hold a token; keys do: domains, internal ids, leads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from time import time
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from crmsync.history import Entry, HistoryFile, Item, What, digest_of, meaning
from crmsync.sandbox.akooda.validation import Validator
from crmsync.sandbox.exchange import Answer, Request
from crmsync.sandbox.faults import Fault
from crmsync.sandbox.options import SandboxOptions

SPOILED: Final = frozenset({"reset", "lost", "hang", "midreset", "short", "cut"})
"""Faults after which no whole answer arrives, but for answers that have no body."""
_BODY_SPOILED: Final = frozenset({"midreset", "short", "cut"})
_TAG: Final = re.compile(r"\[cs:([0-9a-f]{12})\]")
_TAKEN: Final = 300


class Recorder:
    """Appends what happens at every simulated system to the options' file; else does nothing."""

    def __init__(self, options: SandboxOptions) -> None:
        path = options.history
        self._file = None if path is None else HistoryFile(Path(path))
        self._numbers = count(1)
        self._organizations = Validator(options.akooda_chars)

    def asked(self, system: str, request: Request) -> int:
        """A request arrived; gives the number that its effect and its answer are noted by."""
        number = next(self._numbers)
        if self._file is not None:
            body = request.body
            items = _items(system, request)
            self._write(What.ASKED, system, number, request, items=items, body=digest_of(body))
        return number

    def done(self, system: str, number: int, request: Request, answer: Answer) -> None:
        """It was handled: note what took effect, if anything did."""
        if self._file is None or not 0 < answer.status < _TAKEN:
            return
        if items := self._taken(system, request, answer):
            self._write(What.DONE, system, number, request, items=items)

    def answered(
        self, system: str, number: int, request: Request, answer: Answer, fault: Fault | None
    ) -> None:
        """Note whether a whole answer left, and which."""
        if self._file is None:
            return
        kind = fault.kind if fault else ""
        if kind in SPOILED and not (kind in _BODY_SPOILED and not answer.body and answer.status):
            self._write(What.CUT, system, number, request, note=kind)
            return
        wait = dict(answer.headers).get(b"retry-after", b"")
        seconds = float(wait) if wait.isdigit() else None
        self._write(
            What.ANSWERED, system, number, request, status=answer.status, wait=seconds, note=kind
        )

    def cut(self, system: str, number: int, request: Request, note: str) -> None:
        """No answer left."""
        if self._file is not None:
            self._write(What.CUT, system, number, request, note=note)

    def _write(self, what: What, system: str, number: int, request: Request, **told: Any) -> None:
        call = f"{request.method} {request.path}"
        entry = Entry(time(), what, "", system, number, call, size=len(request.body), **told)
        if self._file is not None:
            self._file.write(entry)

    def _taken(self, system: str, request: Request, answer: Answer) -> tuple[Item, ...]:
        if system == "akooda":
            return self._organizations_taken(request)
        if system == "atoka":
            return _event_of(request, answer)
        return _items(system, request)

    def _organizations_taken(self, request: Request) -> tuple[Item, ...]:
        """Those of a batch that are sound: the others are left out without a word."""
        if request.method != "POST":
            return ()  # an update passes over those that are not there
        entities = orjson.loads(request.body)
        good, _ = self._organizations.batch(entities)
        sound = {one.domain for one in good}
        return tuple(item for item in _organizations(request) if item.key in sound)


def _items(system: str, request: Request) -> tuple[Item, ...]:
    """What a request that writes carries; nothing where its body cannot be read."""
    if request.method == "GET" or system not in _READ:
        return ()
    try:
        return _READ[system](request)
    except (ValueError, TypeError, AttributeError):
        return ()


def _organizations(request: Request) -> tuple[Item, ...]:
    entities = [one for one in orjson.loads(request.body) if isinstance(one, dict)]
    return tuple(
        Item(
            str(one.get("domain")),
            meaning(one),
            state="off" if one.get("isEnabled") is False else "",
        )
        for one in entities
    )


def _account(request: Request) -> tuple[Item, ...]:
    return (Item(str(orjson.loads(request.body).get("internal_id"))),)


def _contact(request: Request) -> tuple[Item, ...]:
    given = orjson.loads(request.body)
    data = given.get("data")
    return (Item(str(data.get("email", given.get("group_key"))), meaning(data)),)


def _event(request: Request) -> tuple[Item, ...]:
    if request.method != "POST":
        return ()
    given = parse_qs(request.body.decode("ascii"))
    note = given.get("note", [""])[0]
    tag = _TAG.search(note)
    return (Item(given.get("lead", [""])[0], tag=tag[1] if tag else ""),)


def _event_of(request: Request, answer: Answer) -> tuple[Item, ...]:
    """The event that was created; what is updated or deleted is no item."""
    if request.method != "POST":
        return ()
    told = orjson.loads(answer.body).get("item") or {}
    tag = _TAG.search(str(told.get("note")))
    return (
        Item(
            str(told.get("lead")),
            id=str(told.get("id")),
            tag=tag[1] if tag else "",
            date=str(told.get("date")),
        ),
    )


_READ: Final[Mapping[str, Callable[[Request], tuple[Item, ...]]]] = {
    "akooda": _organizations,
    "akita": _account,
    "atoka": _event,
    "datatalks": _contact,
}
