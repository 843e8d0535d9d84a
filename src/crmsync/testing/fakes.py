"""In-memory doubles behind the seams: a source of given records, a destination that keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

import orjson

from crmsync.interfaces import Answer, CheckResult, Traffic
from crmsync.records import Drift, Page, Query, Record, SourceField

_STILL = Drift(0, 0)


@dataclass
class ListSource:
    """A CRM that is a list. Records may be changed between reads.

    Attributes:
        records: In order of id; those with `deleted` are given only when asked for.
        page_size: Records a page.
        total: The CRM's own count; None counts the live records truly.
        moved: What `drift` answers.
        fail_after: Raise `error` once so many pages have been given; None never.
        changed: Ids that an incremental read gives; None gives all.
        anew: Whether a full read that is resumed has to begin from the start.
    """

    records: list[Record] = field(default_factory=list)
    page_size: int = 2
    total: int | None = None
    account: str = "1"
    moved: Drift = _STILL
    fail_after: int | None = None
    error: Exception | None = None
    changed: set[str] | None = None
    anew: bool = False
    queries: list[Query] = field(default_factory=list)
    closed: bool = False

    @property
    def traffic(self) -> Traffic:
        """One request a read."""
        return Traffic(requests=len(self.queries))

    def check(self, query: Query) -> Iterator[CheckResult]:
        """Always well."""
        yield CheckResult("list", passed=True, message=f"{len(self.records)} records")

    def describe(self, object_name: str) -> Sequence[SourceField]:
        """The names that occur."""
        names = sorted({name for record in self.records for name in record.fields})
        return [SourceField(name=name, label=name, type="string") for name in names]

    def read(self, query: Query) -> Iterator[Page]:
        """Pages by position; the cursor is `full:N` in a full pass, then `since:N`."""
        self.queries.append(query)
        chosen, start, full = self._chosen(query)
        live = sum(not record.deleted for record in chosen)
        total = live if self.total is None else self.total
        stretches = [
            chosen[i : i + self.page_size] for i in range(0, len(chosen), self.page_size)
        ] or [[]]
        position = start
        for number, stretch in enumerate(stretches):
            if self.fail_after is not None and number >= self.fail_after and self.error:
                raise self.error
            position += len(stretch)
            last = number == len(stretches) - 1
            yield Page(
                tuple(stretch),
                cursor=f"since:{len(self.queries)}" if last else f"full:{position}",
                total=total if number == 0 else None,
                last=last,
                full=full,
                account=self.account,
                anew=self.anew and full and query.cursor is not None and number == 0,
            )

    def _chosen(self, query: Query) -> tuple[list[Record], int, bool]:
        if query.ids:
            return [r for r in self.records if r.id in query.ids], 0, True
        records = [r for r in self.records if query.deleted or not r.deleted]
        mode, _, position = (query.cursor or "full:0").partition(":")
        if mode == "full":
            start = 0 if self.anew else int(position)
            return records[start:][: query.limit], start, True
        wanted = self.changed
        changed = [r for r in records if wanted is None or r.id in wanted]
        return changed[: query.limit], 0, False

    def drift(self, query: Query, since: datetime) -> Drift:
        """What `moved` says."""
        return self.moved

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


class KeepingDestination:
    """A platform that keeps payloads by key, and may be told to refuse or fail.

    Attributes:
        kept: What it holds by key; a null takes an attribute away.
        pushes: Every request's payloads, decoded, in the order of arrival.
        respond: Called with a request's payloads before they are kept; it may raise.
        answer: What it answers.
    """

    def __init__(self, key: str = "domain") -> None:
        self.kept: dict[str, dict[str, object]] = {}
        self.pushes: list[list[dict[str, object]]] = []
        self.respond: Callable[[list[dict[str, object]]], None] = lambda _: None
        self.answer = Answer(verified=False, status="204")
        self._key = key
        self._lock = Lock()

    @property
    def traffic(self) -> Traffic:
        """One request a push."""
        return Traffic(requests=len(self.pushes))

    @property
    def sent_keys(self) -> list[str]:
        """The keys of every payload sent, in order."""
        return [str(payload[self._key]) for push in self.pushes for payload in push]

    def check(self) -> Iterator[CheckResult]:
        """Always well."""
        yield CheckResult("keeping", passed=True, message="not verified")

    def push(self, bodies: Sequence[bytes], *, method: str) -> Answer:
        """Keep the payloads, as an upsert does."""
        payloads = [orjson.loads(body) for body in bodies]
        with self._lock:
            self.pushes.append(payloads)
        self.respond(payloads)
        with self._lock:
            for payload in payloads:
                _merge(self.kept.setdefault(str(payload[self._key]), {}), payload)
        return self.answer

    def close(self) -> None:
        """Nothing to close."""


def _merge(kept: dict[str, object], payload: Mapping[str, object]) -> None:
    for name, value in payload.items():
        if value is None or value == []:
            kept.pop(name, None)
        elif name == "properties" and isinstance(value, dict):
            inner = kept.setdefault(name, {})
            if isinstance(inner, dict):
                _merge(inner, value)
        else:
            kept[name] = value
