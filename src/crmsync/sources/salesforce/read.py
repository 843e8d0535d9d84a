"""The read itself: from any position to the end, by REST where it is small and by Bulk else."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from crmsync.errors import FatalError
from crmsync.records import Query
from crmsync.sources.incremental import Mode, Position, iso, moment, window_start
from crmsync.sources.paging import Tokens
from crmsync.sources.salesforce import soql
from crmsync.sources.salesforce.api import SalesforceApi
from crmsync.sources.salesforce.bulk import Place, Results, goes_parallel, place
from crmsync.sources.salesforce.failures import LocatorError
from crmsync.sources.salesforce.filters import pushed
from crmsync.sources.salesforce.joins import Wanted
from crmsync.sources.salesforce.objects import DELETED, ID, PAGE, REST_PAGE, Described
from crmsync.sources.salesforce.rows import Table, of_json
from crmsync.sources.salesforce.settings import SalesforceSettings


class Stretch(NamedTuple):
    """One page's rows, not yet made into records.

    Attributes:
        position: Right after this page.
        total: The count of all that match what was asked, on a walk's first page.
        last: Whether nothing comes after.
        deleted: Whether the rows are deleted records.
        anew: Whether a full pass had to begin again: its job was gone.
    """

    table: Table
    position: Position
    total: int | None = None
    last: bool = False
    deleted: bool = False
    anew: bool = False


class Walk:
    """Reads on from a position.

    A REST page depends on the position alone; a Bulk page on a result that does not change.
    So a resumed read equals one that was never cut.
    """

    def __init__(
        self,
        api: SalesforceApi,
        settings: SalesforceSettings,
        kind: Described,
        query: Query,
        wanted: Wanted,
    ) -> None:
        self._api = api
        self._settings = settings
        self._kind = kind
        self._query = query
        self._wanted = wanted
        self._filters = pushed(kind, query.filter)
        self._left = query.limit
        self._tokens = Tokens(api.name)
        self._begun = api.time.monotonic()
        self._parallel = goes_parallel(settings.api_version, settings.bulk_parallel)

    def stretches(self, start: Position) -> Generator[Stretch, None, None]:
        """Every page from *start* on; the last one, or the one that meets the limit, is last."""
        with closing(self._steps(start)) as steps:
            for step in steps:
                yield self._cut(step)
                if step.last or (self._left is not None and self._left <= 0):
                    return

    def _cut(self, step: Stretch) -> Stretch:
        if self._left is None:
            return step
        table = step.table.cut(self._left)
        self._left -= table.size
        return step._replace(table=table, last=step.last or self._left <= 0)

    def _steps(self, start: Position) -> Generator[Stretch, None, None]:
        position, last = start, False
        if position.mode is not Mode.GONE:
            with closing(self._live(position)) as steps:
                for step in steps:
                    yield step
                    position, last = step.position, step.last
        if not last:
            yield from self._gone(position, total=0 if start.mode is Mode.GONE else None)

    # What is live: counted, then read by REST or by Bulk.

    def _live(self, position: Position) -> Generator[Stretch, None, None]:
        anew = begun = False
        if position.after:
            try:
                with closing(self._resumed(position)) as steps:
                    for step in steps:
                        yield step
                        begun = True
            except LocatorError:
                if begun:  # this read has given some of it: the next one begins again
                    raise
                # The job is gone after seven days, and its rows were in no order: begin again,
                # from the same moment on. What is unchanged is not sent twice.
                anew = position.mode is Mode.FULL
                position = position._replace(after="", last="" if anew else position.last)
            else:
                return
        if not position.since:  # a full read: its start is when the next one begins
            position = position._replace(since=iso(self._api.time.at(self._begun)))
        conditions = self._conditions(position)
        total = self._total(conditions)
        by_bulk = self._goes_by_bulk(total, conditions)
        steps = self._bulk(position, conditions) if by_bulk else self._rest(position)
        with closing(steps):
            for number, step in enumerate(steps):
                yield step if number else step._replace(total=total, anew=anew)

    def _total(self, conditions: Sequence[str]) -> int | None:
        """Salesforce's own count; none where the filter is too long for an address."""
        text = soql.count(self._kind.name, where=conditions)
        return self._api.count(text) if self._api.fits(text) else None

    def _goes_by_bulk(self, total: int | None, conditions: Sequence[str]) -> bool:
        if total is None or not self._api.fits(self._select(conditions, limit=REST_PAGE)):
            return True  # a job's query is in its body
        return self._left is None and total >= self._settings.bulk_threshold

    def _rest(self, position: Position) -> Generator[Stretch, None, None]:
        """By keyset: each query asks for what comes after the last record."""
        more = True
        while more:
            text = self._select(
                self._conditions(position), order=self._order(position), limit=self._size()
            )
            read = 0
            for table, ends in self._tables(text, self._wanted.columns):
                position = self._advanced(position, table)
                read += table.size
                more = not ends
                yield self._after(position, Stretch(table, position), more=more)
                if read >= REST_PAGE:
                    break
            self._note(position, more=more)

    def _tables(
        self, text: str, columns: Mapping[str, str], *, deleted: bool = False
    ) -> Iterator[tuple[Table, bool]]:
        """A query's rows, a page's worth at once, and whether they are its last.

        Where rows are wide Salesforce cuts a page into several.
        """
        page = self._api.query(text, deleted=deleted)
        while True:
            for start in range(0, max(len(page.rows), 1), PAGE):
                part = page.rows[start : start + PAGE]
                ends = not page.more and start + PAGE >= len(page.rows)
                yield of_json(part, columns), ends
            if not page.more:
                return
            try:
                page = self._api.more(page.more)
            except LocatorError:  # too old: the next query goes on after the last record
                return

    def _advanced(self, position: Position, table: Table) -> Position:
        if not table.size:
            return position
        last = str(table.columns[ID][-1])
        if position.mode is Mode.WINDOW:
            at = str(table.columns[self._kind.stamp][-1])
            return position._replace(last=last, at=at)
        return position._replace(last=last)

    def _note(self, position: Position, *, more: bool) -> None:
        if more:
            self._tokens.add(f"{position.mode} {position.at} {position.last}")

    # By Bulk.

    def _bulk(
        self, position: Position, conditions: Sequence[str]
    ) -> Generator[Stretch, None, None]:
        job = self._api.create_job(self._select(conditions, limit=self._left))
        try:
            self._api.wait(job)
        except BaseException:
            self._api.abort(job)  # no cursor knows it yet: nobody would ever take its result
            raise
        try:
            yield from self._pieces(position, Place(job, parallel=self._parallel))
        finally:
            if self._query.limit is not None:  # a sample, which no later read goes on with
                self._api.delete_job(job)

    def _resumed(self, position: Position) -> Generator[Stretch, None, None]:
        start = self._place(position)
        total = self._api.wait(start.job).rows - start.read
        with closing(self._pieces(position, start)) as steps:
            for number, step in enumerate(steps):
                yield step if number else step._replace(total=total)

    def _pieces(self, position: Position, start: Place) -> Generator[Stretch, None, None]:
        results = Results(
            self._api,
            self._wanted.columns,
            rows=self._settings.bulk_rows,
            parallel=self._settings.bulk_parallel,
        )
        with closing(results.pieces(start)) as pieces:
            for piece in pieces:
                onward = position._replace(after=piece.after.encode())
                yield self._after(onward, Stretch(piece.table, onward), more=not piece.last)

    def _place(self, position: Position) -> Place:
        try:
            return place(position.after)
        except ValueError as error:
            raise FatalError(
                f"{self._api.name}: the stored cursor is none that this version knows",
                hint="run with --full to read everything anew",
            ) from error

    # What is gone.

    def _gone(self, position: Position, *, total: int | None) -> Generator[Stretch, None, None]:
        """Deleted records, losers of merges among them, as long as the recycle bin holds them."""
        columns = {
            name: type_ for name, type_ in self._wanted.columns.items() if name in self._kind.always
        }
        more = DELETED in self._kind.fields
        if not more:
            yield self._nothing(position)._replace(total=total)
        while more:
            read = 0
            text = soql.select(
                columns,
                self._kind.name,
                where=gone_conditions(self._kind, position),
                order=(ID,),
                limit=self._size(),
            )
            for table, ends in self._tables(text, columns, deleted=True):
                position = self._advanced(position, table)
                read += table.size
                more = not ends
                step = Stretch(table, position, total, deleted=True)
                yield self._after(position, step, more=more)
                total = None
                if read >= REST_PAGE:
                    break
            self._note(position, more=more)

    def _nothing(self, position: Position) -> Stretch:
        table = Table(dict.fromkeys(self._wanted.columns, ()), 0)
        return Stretch(table, self._complete(position), last=True, deleted=True)

    # Shared by all ways.

    def _after(self, onward: Position, step: Stretch, *, more: bool) -> Stretch:
        if more:
            return step._replace(position=onward)
        if self._query.deleted and onward.mode is not Mode.GONE:
            return step._replace(position=self._before_gone(onward))
        return step._replace(position=self._complete(onward), last=True)

    def _before_gone(self, position: Position) -> Position:
        gone = position.gone._replace(after=job_of(position))
        if position.mode is Mode.FULL:
            return gone
        return gone._replace(at=iso(window_start(position, self._api.overlap)))

    def _complete(self, position: Position) -> Position:
        """Where the next read begins. It deletes the job: until then this one may be resumed."""
        return position.complete._replace(after=job_of(position))

    def _select(
        self, conditions: Sequence[str], *, order: Sequence[str] = (), limit: int | None
    ) -> str:
        return soql.select(
            self._wanted.columns, self._kind.name, where=conditions, order=order, limit=limit
        )

    def _conditions(self, position: Position) -> list[str]:
        stamp, last = self._kind.stamp, position.last
        if position.mode is not Mode.WINDOW:
            return [*([soql.compare(ID, ">", last)] if last else []), *self._filters]
        until = soql.compare(stamp, "<", moment(position.until))
        if not last:
            begin = window_start(position, self._api.overlap)
            return [soql.compare(stamp, ">=", begin), until, *self._filters]
        at = moment(position.at)
        tied = f"{soql.compare(stamp, '=', at)} AND {soql.compare(ID, '>', last)}"
        return [soql.either(tied, soql.compare(stamp, ">", at)), until, *self._filters]

    def _order(self, position: Position) -> Sequence[str]:
        return (self._kind.stamp, ID) if position.mode is Mode.WINDOW else (ID,)

    def _size(self) -> int:
        """What a query is limited to: a row after a page that is full tells that more comes."""
        return 1 + (REST_PAGE if self._left is None else min(REST_PAGE, self._left))


def job_of(position: Position) -> str:
    """The Bulk job that a position is about: in it, or after it; empty where there is none."""
    return position.after.partition(" ")[0]


def gone_conditions(kind: Described, position: Position) -> list[str]:
    """What holds for the deleted records that come after a position."""
    conditions = [soql.compare(DELETED, "=", True)]  # noqa: FBT003 - the value compared with
    if position.at and kind.stamp:
        conditions.append(soql.compare(kind.stamp, ">=", moment(position.at)))
    if position.last:
        conditions.append(soql.compare(ID, ">", position.last))
    return conditions
