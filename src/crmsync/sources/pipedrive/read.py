"""The read itself: one page a step, from any position to the end, and rows to records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from crmsync.errors import FatalError
from crmsync.records import Query, Record
from crmsync.reports import JSONObject
from crmsync.sources.gathering import Gathering
from crmsync.sources.incremental import Mode, Position, iso, window_start
from crmsync.sources.paging import Tokens
from crmsync.sources.pipedrive.api import Listing, PipedriveApi
from crmsync.sources.pipedrive.contacts import Contacts
from crmsync.sources.pipedrive.endpoints import (
    IDS_AT_ONCE,
    PAGE,
    Asked,
    Endpoint,
    Parameter,
    before,
    earliest,
)
from crmsync.sources.pipedrive.failures import BadRequestError
from crmsync.sources.pipedrive.joins import NOTHING, Joiner, Plan
from crmsync.sources.pipedrive.objects import CONTACTS, OPEN_STATUSES, UPDATED, ObjectType
from crmsync.sources.pipedrive.values import Found, is_id, text_id

ARCHIVE: Final = "archive"
"""A position's part that says that it is in the list of archived records."""
_PAGES_HELD: Final = 20
"""Pages that may wait for a full batch of what they point to: 10,000 records, of which only
what is reached is kept."""
_BY_ID: Final = {Parameter.SORT_BY: "id", Parameter.SORT_DIRECTION: "asc"}


class Stretch(NamedTuple):
    """One page's rows, not yet made into records.

    Attributes:
        rows: As Pipedrive gave them.
        position: Right after this page.
        last: Whether nothing comes after.
        deleted: Whether the rows are deleted records.
        found: What the rows point to.
        anew: Whether a full pass had to begin again here: its place is no more.
    """

    rows: Sequence[JSONObject]
    position: Position
    last: bool = False
    deleted: bool = False
    found: Found = NOTHING
    anew: bool = False


class Walk:
    """Reads on from a position, page by page.

    A page depends on the position alone, so a resumed read equals one that was never cut.
    """

    def __init__(self, api: PipedriveApi, kind: ObjectType, query: Query, fields: Asked) -> None:
        self._api = api
        self._kind = kind
        self._query = query
        self._fields = fields
        self._filter = pushed_filter(kind, query.filter)
        self._left = query.limit
        self._tokens = Tokens(api.name)
        self._begun = api.time.monotonic()

    def stretches(self, start: Position) -> Iterator[Stretch]:
        """Every page from *start* on; the last one, or the one that meets the limit, is last.

        A place in a list that Pipedrive does not know any more is left for the list's start;
        nobody says how long it keeps them.
        """
        position = start
        while True:
            try:
                step = self._step(position)
            except BadRequestError:
                if not (position is start and start.after):
                    raise
                position = _rewound(start)
                step = self._step(position)
                step = step._replace(anew=start.mode is Mode.FULL)
            if self._left is not None:
                step = step._replace(rows=step.rows[: self._left])
                self._left -= len(step.rows)
                step = step._replace(last=step.last or self._left <= 0)
            yield step
            if step.last:
                return
            position = step.position

    def _step(self, position: Position) -> Stretch:
        return self._gone(position) if position.mode is Mode.GONE else self._live(position)

    def _live(self, position: Position) -> Stretch:
        """A page of the live records. The archived ones follow on the list's last page."""
        kind, taken = self._kind, 0
        rows: list[JSONObject] = []
        if position.part != ARCHIVE:
            page = self._page(kind.records, position, position.after, taken)
            rows, position = [*page.rows], position._replace(after=page.cursor)
            taken = len(rows)
            if page.cursor or kind.archive is None or self._full(taken):
                return self._after(position, Stretch(rows, position))
        if kind.archive is not None:
            page = self._page(kind.archive, position, position.after, taken)
            rows.extend(page.rows)
            position = position._replace(part=ARCHIVE, after=page.cursor)
        return self._after(position, Stretch(rows, position))

    def _page(self, endpoint: Endpoint, position: Position, after: str, taken: int) -> Listing:
        asked = {**_BY_ID, **self._fields, **self._filter, Parameter.LIMIT: self._size(taken)}
        since: datetime | None = None
        if position.mode is Mode.WINDOW:
            since = window_start(position, self._api.overlap).replace(microsecond=0)
            asked[Parameter.UPDATED_SINCE] = earliest(since)
            asked[Parameter.UPDATED_UNTIL] = before(datetime.fromisoformat(position.until))
        page = self._turn(endpoint, asked, after)
        if since is not None:
            check_window(self._api.name, page.rows, since)
        return page

    def _gone(self, position: Position) -> Stretch:
        asked = {
            **_BY_ID,
            Parameter.STATUS: "deleted",
            Parameter.LIMIT: self._size(0),
        }
        page = self._turn(self._kind.records, asked, position.after)
        check_deleted(self._api.name, page.rows)
        position = position._replace(after=page.cursor)
        return self._after(position, Stretch(page.rows, position, deleted=True))

    def _turn(self, endpoint: Endpoint, asked: dict[Parameter, str], after: str) -> Listing:
        if after:
            asked[Parameter.CURSOR] = after
        page = self._api.list(endpoint, asked)
        check_ids(self._api.name, page.rows)
        if page.cursor:
            self._tokens.add(f"{endpoint.path} {asked.get(Parameter.STATUS, '')} {page.cursor}")
        return page

    def _after(self, onward: Position, step: Stretch) -> Stretch:
        if not onward.since:  # a full read's first page: its start is when the next one begins
            onward = onward._replace(since=iso(self._api.time.at(self._begun)))
        if onward.after:
            return step._replace(position=onward)
        lists_deleted = self._query.deleted and self._kind.lists_deleted
        if lists_deleted and onward.mode is not Mode.GONE:
            return step._replace(position=onward.gone)
        return step._replace(position=onward.complete, last=True)

    def _full(self, taken: int) -> bool:
        return self._left is not None and taken >= self._left

    def _size(self, taken: int) -> str:
        return str(PAGE if self._left is None else max(1, min(PAGE, self._left - taken)))


def _rewound(start: Position) -> Position:
    """Where a walk begins again: a full one and a window at their first list."""
    return start._replace(after="", part="")


def read_ids(api: PipedriveApi, kind: ObjectType, query: Query, fields: Asked) -> Iterator[Stretch]:
    """The records with certain ids, at most 100 a page; those that are deleted if asked for.

    Each list is asked only for the ids that those before did not have.
    """
    ids = tuple(one for one in dict.fromkeys(query.ids) if is_id(one))[: query.limit]
    nowhere = Position(Mode.SINCE)
    for start in range(0, max(len(ids), 1), IDS_AT_ONCE):
        missing = ids[start : start + IDS_AT_ONCE]
        last = start + IDS_AT_ONCE >= len(ids)
        rows: list[JSONObject] = []
        for endpoint in filter(None, (kind.records, kind.archive)):
            rows.extend(by_ids(api, endpoint, missing, fields))
            held = {text_id(row.get("id")) for row in rows}
            missing = tuple(one for one in missing if one not in held)
        if not (missing and query.deleted and kind.lists_deleted):
            yield Stretch(rows, nowhere, last=last)
            continue
        yield Stretch(rows, nowhere)
        gone = by_ids(api, kind.records, missing, {Parameter.STATUS: "deleted"})
        check_deleted(api.name, gone)
        yield Stretch(gone, nowhere, last=last, deleted=True)


def by_ids(
    api: PipedriveApi, endpoint: Endpoint, ids: Sequence[str], fields: Asked
) -> Sequence[JSONObject]:
    """The rows with these ids, at most 100; those that are not there are left out.

    Raises:
        FatalError: Others came: the list ignores `ids`.
    """
    if not ids:
        return ()
    asked = {**fields, Parameter.IDS: ",".join(ids), Parameter.LIMIT: str(IDS_AT_ONCE)}
    rows = api.list(endpoint, asked).rows
    if any(text_id(row.get("id")) not in ids for row in rows):
        raise _ignored(api.name, Parameter.IDS, "records that were not asked for")
    return rows


def enriched(
    steps: Iterator[Stretch],
    api: PipedriveApi,
    plan: Plan,
    targets: Mapping[str, Plan],
    users: Callable[[], Mapping[str, Mapping[str, object]]],
) -> Iterator[Stretch]:
    """Each stretch with what its rows point to, in batches as full as can be.

    Args:
        steps: The read's pages.
        api: Asked for what they point to.
        plan: Of the records that are read.
        targets: By object, of the records that they point to.
        users: Every user by id; called where one is reached.
    """
    steps = (step._replace(rows=[*map(plan.trimmer(), step.rows)]) for step in steps)
    for target, wanted in targets.items():
        steps = _gathered(steps, api, plan, (target, wanted), users)
    if CONTACTS in plan.wanted.joined:
        steps = _with_contacts(steps, Contacts(api))
    return steps


def _gathered(
    steps: Iterator[Stretch],
    api: PipedriveApi,
    plan: Plan,
    target: tuple[str, Plan],
    users: Callable[[], Mapping[str, Mapping[str, object]]],
) -> Iterator[Stretch]:
    name, wanted = target
    heads = [head for head, one in plan.kind.records_joined.items() if one == name]
    fields = [plan.kind.joined[head] for head in heads if head in plan.wanted.joined]

    def needs(step: Stretch) -> Iterator[str]:
        for row in () if step.deleted else step.rows:
            yield from [text_id(row.get(one)) for one in fields]
            yield from plan.layout.ids(name, row)

    def fetch(ids: Sequence[str]) -> Mapping[str, JSONObject]:
        rows = by_ids(api, wanted.kind.records, ids, wanted.asked)
        known = users() if wanted.users else {}
        return {text_id(row.get("id")): wanted.shape(row, known) for row in rows}

    gathering = Gathering(needs=needs, fetch=fetch, size=IDS_AT_ONCE, held=_PAGES_HELD)
    for step, found in gathering.gather(steps):
        yield step._replace(found={**step.found, name: found})


def _with_contacts(steps: Iterator[Stretch], contacts: Contacts) -> Iterator[Stretch]:
    for step in steps:
        ids = [] if step.deleted else [text_id(row.get("id")) for row in step.rows]
        yield step._replace(found={**step.found, CONTACTS: contacts.of(ids)})


def builder(plan: Plan, join: Joiner, url_prefix: str) -> Callable[[Stretch], tuple[Record, ...]]:
    """A function from rows to records. It runs for every record: no copies, one date."""
    fill = plan.layout.fill if plan.layout.fillings else None
    users = {"users": join.users}

    def record(row: JSONObject, stretch: Stretch, found: Found) -> Record:
        key = text_id(row.get("id"))
        if fill is not None and not stretch.deleted:
            fill(row, found)
        return Record(
            key,
            row,
            join(row, stretch.found),
            parse_moment(row.get(UPDATED)),
            url_prefix + key if url_prefix else "",
            stretch.deleted or row.get("is_deleted") is True,
        )

    def build(stretch: Stretch) -> tuple[Record, ...]:
        found = {**stretch.found, **users}
        return tuple([record(row, stretch, found) for row in stretch.rows])

    return build


def pushed_filter(kind: ObjectType, wanted: Mapping[str, tuple[str, ...]]) -> Asked:
    """The part of a filter that Pipedrive can apply; all of it is applied here again.

    It takes one id a parameter, and several statuses.
    """
    asked: dict[Parameter, str] = {}
    for parameter in kind.pushed:
        values = wanted.get(parameter.value, ())
        if parameter is Parameter.STATUS:
            statuses = [value.strip().lower() for value in values]
            if statuses and OPEN_STATUSES.issuperset(statuses):
                asked[parameter] = ",".join(statuses)
        elif len(values) == 1 and values[0].strip().isdecimal():
            asked[parameter] = values[0].strip()
    return asked


def check_window(account: str, rows: Sequence[JSONObject], since: datetime) -> None:
    """See that a page of changes holds changes alone.

    Pipedrive ignores parameters that it does not know, or no longer knows: then every record
    would come as changed.

    Raises:
        FatalError: A row was changed earlier, or never.
    """
    for row in rows:
        at = parse_moment(row.get(UPDATED))
        if at is None or at < since:
            raise _ignored(account, Parameter.UPDATED_SINCE, "records that changed earlier")


def check_ids(account: str, rows: Sequence[JSONObject]) -> None:
    """See that each row has an id: those without would be taken for one and the same record.

    Raises:
        FatalError: One has none.
    """
    if not all(is_id(text_id(row.get("id"))) for row in rows):
        raise FatalError(
            f"{account}: Pipedrive gave a record without an id",
            hint="nothing of that page was used. Run again; if it comes again, check base_url, "
            "and what stands between (a proxy)",
        )


def check_deleted(account: str, rows: Sequence[JSONObject]) -> None:
    """See that a page of deleted records holds no live one, which would be disabled.

    Raises:
        FatalError: It does.
    """
    for row in rows:
        if row.get("is_deleted") is not True and row.get("status") != "deleted":
            raise _ignored(account, Parameter.STATUS, "records that are not deleted")


def _ignored(account: str, parameter: Parameter, what: str) -> FatalError:
    return FatalError(
        f"{account}: Pipedrive ignores the parameter {parameter}: it gave {what}",
        hint="nothing of that page was used. Run again; if it comes again, report it to crmsync",
    )


def parse_moment(value: object) -> datetime | None:
    """A moment as Pipedrive writes it: RFC 3339; version 1 had a blank and no zone."""
    try:
        at = datetime.fromisoformat(value)  # type: ignore[arg-type]  # whatever it is, see below
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
