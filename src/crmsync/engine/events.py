"""One sync to a platform of events: what is news is journaled, page by page, then delivered.

Pages are held until the whole read is judged: what a guard stops is in no journal, where the next
run would find and send it. A read of more than `SyncPlan.held` events is stored as it goes on,
judged so far. A page's records, what is noted of them, their events and the cursor become durable
together.
So from the moment the cursor has passed a change, its event stands in the journal and is owed;
how it is created once, and never twice, is the destination's.
"""

from __future__ import annotations

from contextlib import closing

from crmsync import logs
from crmsync.engine.books import Books
from crmsync.engine.guards import Guards
from crmsync.engine.holding import HeldJournal, HeldPage, HeldPages, Judged
from crmsync.engine.news import News, Newsroom, beginning_of
from crmsync.engine.plans import Progress, RunOptions, SyncPlan
from crmsync.engine.resuming import Start, stored_cursor, where_to_start
from crmsync.engine.shelf import Settled
from crmsync.engine.watching import ValueWatch
from crmsync.errors import CrmsyncError, GuardError, StoppedError
from crmsync.interfaces import Clock, EventDestination, Ledger, Source
from crmsync.journal import Unsent
from crmsync.receipts import Outcome
from crmsync.records import Page, Query
from crmsync.state import OUTCOME_OF, EventLine, Phase, SyncState


class EventRun:
    """One execution of one sync to a platform of events. Call `execute` once.

    Attributes:
        books: What became of the records so far; true also after an error.
        read: Records read; `live` without those that are gone in the CRM.
        total: The CRM's own count, None where it has none.
    """

    def __init__(
        self,
        plan: SyncPlan,
        ledger: Ledger,
        clock: Clock,
        options: RunOptions,
        *,
        run_id: str,
        progress: Progress,
    ) -> None:
        self.plan = plan
        self.books = Books(ledger, sync=plan.name, destination=plan.destination, run_id=run_id)
        self.books.keeps_cursor = options.partial
        self.read = self.live = self.sent = 0
        self.total: int | None = None
        self._ledger = ledger
        self._clock = clock
        self._options = options
        self._progress = progress
        self._log = logs.bound(run_id=run_id, sync=plan.name)
        self.guards = Guards(plan, options.allowed)
        self._watch = ValueWatch(self.guards, plan)
        self._state = SyncState()
        self._in_pass = False
        self._live_before = 0
        self._cursor: str | None = None
        self._phases: dict[str, Phase] = {}
        self._told: list[tuple[str, str]] = []
        self._held = HeldPages(plan.held)
        self._journal = HeldJournal(ledger)

    def open(self) -> EventDestination:
        """Open the plan's destination; the caller closes it."""
        if self.plan.open_events is None:
            raise TypeError(f"{self.plan.name} does not go to a platform of events")
        return self.plan.open_events()

    def execute(self, source: Source, destination: EventDestination) -> Query:
        """Read and journal everything, then deliver; gives the query that was read.

        What was read before the CRM failed is journaled and still delivered; after a guard
        nothing more is journaled, and nothing sent; asked to stop, it sends nothing more.
        """
        self._state = self._ledger.sync_state(self.plan.name)
        newsroom = self._newsroom()
        start = self._start()
        self._in_pass, self._live_before = start.in_pass, start.live
        options = self._options
        query = self.plan.query(cursor=start.cursor, limit=options.limit, ids=options.ids)
        failed: CrmsyncError | None = None
        try:
            try:
                self._read_all(source, query, newsroom, destination)
                self._finish_pass()
            except (GuardError, StoppedError):
                raise
            except CrmsyncError as error:
                failed = error
            destination.deliver(self._ledger, self._hear)
            if failed is not None:
                raise failed
        finally:
            self._close_books()
        return query

    def _start(self) -> Start:
        if self._options.full or self._options.partial:
            return Start()
        return where_to_start(self.plan, self._state, self._clock.now())

    # Reading.

    def _newsroom(self) -> Newsroom:
        plan, rules = self.plan, self.plan.plugin.events
        if rules is None:
            raise TypeError(f"{plan.name} does not go to a platform of events")
        first = self._state.full_at is None
        name = beginning_of(plan.name)
        if first and not self._ledger.recall(plan.destination, [name]):
            self._ledger.note(plan.destination, {name: self._clock.now().isoformat()})
        return Newsroom(
            plan,
            self._ledger,
            rules,
            first_pass=first,
            force=self._options.force,
            journal=self._journal,
        )

    def _read_all(
        self, source: Source, query: Query, newsroom: Newsroom, destination: EventDestination
    ) -> None:
        try:
            self._read_pages(source, query, newsroom, destination)
        except GuardError:
            raise
        except CrmsyncError:
            self._store(newsroom)  # judged so far
            raise
        if self._in_pass and self._judges_totals:
            self.guards.total(self._state, self._live_before + self.live)
        self._store(newsroom)

    def _read_pages(
        self, source: Source, query: Query, newsroom: Newsroom, destination: EventDestination
    ) -> None:
        pages = source.read(query)
        with closing(pages):  # type: ignore[type-var]  # sources yield from generators
            for page in pages:
                if self._cursor is None:
                    self._begin(page)
                self._take(page, newsroom, destination)
                if self._held.full:
                    self._store(newsroom)
                self._clock.sleep(0)
                if page.last:
                    return

    def _begin(self, page: Page) -> None:
        """The first page tells what is being read: judge it before anything is journaled."""
        self.total = page.total
        pins = self.guards.account(self._state, page.account)
        self._watch.begin(self._state, partial=self._options.partial)
        if page.anew:
            self._in_pass, self._live_before = False, 0
        fresh = page.full and not self._in_pass and not self._options.partial
        if fresh and self._judges_totals and page.total is not None:
            self.guards.total(self._state, page.total)
        if pins:
            self._ledger.pin(self.plan.name, page.account)
        if fresh:
            self._in_pass = True
            self._ledger.begin_full(self.plan.name)
        self._progress.sync_started(self.plan.name, page.total)

    @property
    def _judges_totals(self) -> bool:
        return not self._options.partial and self.plan.comparable(self._state)

    def _take(self, page: Page, newsroom: Newsroom, destination: EventDestination) -> None:
        """Judge a page, and hold it."""
        self.read += len(page.records)
        self.live += sum(not record.deleted for record in page.records)
        judged: list[Judged] = []
        try:
            for news in newsroom.read(page.records):
                one = self._judged(news, destination)
                newsroom.became(one.settled.write, one.noted)
                if one.line is not None:
                    self._journal.hold(one.line)
                judged.append(one)
            self._watch.check()
        except CrmsyncError:
            for record in page.records:  # nothing of the page is stored: it is read again
                self.books.followed(record.id, Outcome.PENDING)
            raise
        live = self._live_before + self.live if self._in_pass else None
        self._held.add(HeldPage(stored_cursor(self.plan, page.cursor, live=live), judged))
        self._cursor = page.cursor
        self._progress.advanced(self.plan.name, self.read, self.sent)

    def _store(self, newsroom: Newsroom) -> None:
        """Journal what is held, page by page."""
        while self._held:
            self._store_page(self._held.first())
        newsroom.stored()
        self._journal.stored()

    def _store_page(self, page: HeldPage) -> None:
        """Its events, its records and the cursor become durable together."""
        number = self.books.low_water.begin(page.cursor, len(page.judged))
        for one in page.judged:
            self.books.settle(one.settled._replace(page=number))
        noted = [one.noted for one in page.judged if one.noted is not None]
        lines = [one.line for one in page.judged if one.line is not None]
        # Before they are durable: should the ledger fail now, they are pending.
        self._phases.update((line.tag, line.phase) for line in lines)
        self._told += [(one.settled.record_id, one.tag) for one in page.judged if one.tag]
        self.books.commit(self._clock.now(), noted, events=lines)

    def _give_up(self) -> None:
        """Count what is held and is not stored any more: the next run reads it again."""
        while self._held:
            for one in self._held.first().judged:
                phase = Phase.PLANNED if one.line else self._phases.get(one.tag, Phase.PLANNED)
                self.books.followed(one.settled.record_id, one.settled.outcome or OUTCOME_OF[phase])

    def _judged(self, news: News, destination: EventDestination) -> Judged:
        if news.old is not None:
            self._watch.kept(news.new)
            self._watch.cleared(news.old.keys() - news.new.keys())
            self._watch.told(news.old, news.new)
        if news.change is None:
            return self._quiet(news)
        return self._asked(news, destination.event(news.change, self._journal))

    def _quiet(self, news: News) -> Judged:
        """A record that is no event, or whose event was journaled before."""
        record_id = news.write.record_id
        write = news.write if news.changed else None
        settled = Settled(
            0, record_id, news.outcome, write=write, fresh=news.fresh, problems=news.problems
        )
        if news.line is None:
            return Judged(settled, noted=news.noted)
        self._phases.setdefault(news.line.tag, news.line.phase)
        return Judged(settled, noted=news.noted, tag=news.line.tag)

    def _asked(self, news: News, made: EventLine | Unsent) -> Judged:
        """A record that is an event, if the platform takes it for one."""
        record_id = news.write.record_id
        if isinstance(made, EventLine):
            settled = Settled(0, record_id, None, problems=news.problems)
            if self._is_earlier(made):  # let go once more: its record has come to more since
                return Judged(settled, line=made, tag=made.tag)
            write = news.write._replace(outcome=Outcome.PENDING)
            return Judged(settled._replace(write=write), made, news.noted, made.tag)
        outcome, problems = made
        write = news.write._replace(outcome=outcome, problems=problems)
        problems = news.problems + problems
        fresh = outcome is Outcome.INVALID
        settled = Settled(0, record_id, outcome, write=write, fresh=fresh, problems=problems)
        return Judged(settled, noted=news.noted if outcome is Outcome.UNCHANGED else None)

    def _is_earlier(self, line: EventLine) -> bool:
        """Whether it stands in the journal, and its record has later ones."""
        if line.phase is not Phase.PARKED:
            return False
        lines = self._journal.events_of(line.sync, line.record_id)
        return bool(lines) and lines[-1].tag != line.tag

    # The end.

    def _hear(self, line: EventLine) -> None:
        """A line came to another phase, and that is durable."""
        if line.tag in self._phases:
            self._phases[line.tag] = line.phase
        if line.phase is Phase.ACCEPTED:
            self.sent += 1
            self._progress.advanced(self.plan.name, self.read, self.sent)

    def _close_books(self) -> None:
        """Give each record that stands for an event the outcome that the event came to."""
        self._give_up()
        for record_id, tag in self._told:
            outcome = OUTCOME_OF[self._phases[tag]]
            self.books.followed(record_id, outcome)
        self._told.clear()

    def _finish_pass(self) -> None:
        """The full pass is complete; what it found is settled or journaled."""
        if not self._in_pass or self._cursor is None:
            return
        now = self._clock.now()
        self._ledger.finish_full(
            self.plan.name,
            at=now,
            total=self._live_before + self.live,
            mapping=self.plan.stamp,
            disown=False,
        )
        self.books.store_cursor(stored_cursor(self.plan, self._cursor, live=None), now)
