"""The mark in a note by which an event is known again, and what is done where it is missing."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from crmsync.destinations.atoka.events import Event, LeadEvent, LeadType, moment_of

# 48 bits: among a million events, two tags are equal with a chance of 1 in 563.
_DIGITS: Final = 12
_TAG: Final = re.compile(r"\[cs:([0-9a-f]{12})\]", re.IGNORECASE)
_DELETED: Final = "(deleted) sha256:"
_DIGEST: Final = re.compile(rf"{re.escape(_DELETED)}[0-9a-f]{{64}}")
_ELLIPSIS: Final = "…"
_MARGIN: Final = timedelta(days=2)
"""How far the platform's clock, and the zone of its dates, may be from ours."""


class Identity(NamedTuple):
    """What makes an event that event and no other, whenever it is found again.

    Attributes:
        source: The account's name in the configuration.
        object: The CRM's object: another one may give its records the same ids.
        record_id: The CRM's id.
        key: What the mapping calls the record. Two syncs that read one object may keep what they
            note apart by it; those that call a record alike have its events made once. A sync's
            own name is no part, so that one can be renamed.
        changed_at: The CRM's own timestamp of the change, as text.
        kind: What happened (`stage`, `owner` …).
    """

    source: str
    object: str
    record_id: str
    key: str
    lead: str
    type: LeadType
    status: str | None
    assignee: str | None
    changed_at: str
    kind: str


class Sighting(NamedTuple):
    """What was found of an event.

    Attributes:
        ids: The ids of what is it, ascending; several are duplicates.
        doubt: Why it can neither be told that it is there nor that it is not; empty where it
            can.
    """

    ids: tuple[int, ...] = ()
    doubt: str = ""


def tag_of(identity: Identity) -> str:
    """The event's tag: equal for equal identities, on every machine and in every run."""
    text = json.dumps(list(identity), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def tagged(note: str, tag: str | None, *, limit: int) -> str:
    """The note with its tag at the end, at most *limit* UTF-16 code units long.

    The note is cut between graphemes, the tag never. What looks like a tag in the note itself
    is made to look like none. Without a tag (None), the note alone is fitted.
    """
    text = _TAG.sub(r"(cs:\1)", note)
    if tag is None:
        return _clipped(text, limit)
    mark = f"[cs:{tag}]"
    text = _clipped(text, limit - len(mark) - 1)
    return f"{text} {mark}" if text else mark


def retagged(note: str, old: str | None, *, limit: int) -> str:
    """A person's new text for a note, with the tags that the old note has, each once.

    As `tagged`, but tags of the old note that stand in the text as well are taken out of it.
    """
    kept = tuple(dict.fromkeys(tags_in(old)))
    marks = " ".join(f"[cs:{tag}]" for tag in kept)
    text = _TAG.sub(lambda found: "" if found[1].lower() in kept else found[0], note).strip()
    text = tagged(text, None, limit=limit - len(marks) - bool(marks))
    return f"{text} {marks}".strip()


def tags_in(note: str | None) -> tuple[str, ...]:
    """The tags in a note, in order."""
    return tuple(found.lower() for found in _TAG.findall(note or ""))


def bare(note: str | None) -> str:
    """The note without its tags, on one line."""
    return " ".join(_TAG.sub("", note or "").split())


def digest_of(note: str) -> str:
    """What is kept of a note, without its tags, when its text is not: equal for equal ones.

    A digest is its own.
    """
    text = bare(note)
    if not text or _DIGEST.fullmatch(text):
        return text
    return f"{_DELETED}{hashlib.sha256(text.encode()).hexdigest()}"


def sight(
    event: Event,
    found: Iterable[LeadEvent],
    *,
    since: datetime,
    taken: Collection[int] = (),
    application: str | None = None,
) -> Sighting:
    """Look for an event among what a list gave.

    By its tag; where no event has that, by all that was sent. An event that has everything but
    our note, and was edited, may be ours: a person may have taken the tag out.

    Args:
        event: What was sent.
        found: What the platform has of the lead, others' events too.
        since: When it was first sent, at the earliest.
        taken: Ids that are known to be other events of ours.
        application: Ours, as `owner.application` tells it; None where it is not known.
    """
    others = [one for one in found if one.id not in taken]
    hits = {one.id for one in others if event.tag in tags_in(one.note)}
    if hits:
        return Sighting(tuple(sorted(hits)))
    return _weak(event, [one for one in others if _alike(event, one, application)], since)


def _weak(event: Event, alike: Sequence[LeadEvent], since: datetime) -> Sighting:
    recent = [one for one in alike if _is_since(one, since)]
    same = [one.id for one in recent if bare(one.note) == bare(event.note)]
    if len(same) == 1:
        return Sighting(tuple(same))
    if same:
        return Sighting(doubt=f"{len(same)} events without a tag are all that was sent")
    # How far our clock is from the platform's is not known: to be older proves nothing.
    older = [one.id for one in alike if bare(one.note) == bare(event.note)]
    if older:
        return Sighting(
            doubt=f"event {max(older)} is all that was sent, but looks older than it: is this "
            "machine's clock right?"
        )
    tagged_ours = bool(tags_in(event.note))
    edited = [one.id for one in recent if tagged_ours and one.update_time != one.created]
    if edited:
        return Sighting(doubt=f"event {min(edited)} may be it: its note was edited")
    return Sighting()


def _is_since(one: LeadEvent, since: datetime) -> bool:
    created = moment_of(one.created)
    return created is None or created >= since - _MARGIN


def _alike(event: Event, one: LeadEvent, application: str | None) -> bool:
    """Whether an untagged event has all that was sent, but for the note."""
    if tags_in(one.note) or one.lead not in (event.lead, *event.aliases):
        return False
    wanted = None if event.unassign else event.assignee
    return (
        one.type == event.type
        and (event.status is None or one.status == event.status)
        and (one.assignee == wanted or (wanted is None and not event.unassign))
        and (application is None or one.application in (None, application))
    )


def _clipped(text: str, limit: int) -> str:
    if _units(text) <= limit:
        return text
    room, end = limit - len(_ELLIPSIS), 0
    # Imported here: it takes a while, and few notes are too long.
    for grapheme in importlib.import_module("regex").finditer(r"\X", text[: limit + 1]):
        room -= _units(grapheme.group())
        if room < 0:
            break
        end = grapheme.end()
    return text[:end].rstrip() + _ELLIPSIS if limit > 0 else ""


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
