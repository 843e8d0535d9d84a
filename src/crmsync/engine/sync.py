"""One sync, from the lock to its report: reading, planning and sending overlap.

Decisions are made by the planner, the batcher, the delivery and the guards; this driver
owns the threads, the time and the order in which things are stored.
"""

from __future__ import annotations

import logging
from collections import deque
from queue import SimpleQueue
from typing import TypeAlias

from crmsync import logs
from crmsync.engine.batching import Batch, Batcher, OversizedError
from crmsync.engine.books import TAKEN, Books
from crmsync.engine.estimating import Estimate
from crmsync.engine.guards import Guards
from crmsync.engine.heeding import Heeding, heard
from crmsync.engine.intents import Intents
from crmsync.engine.lookback import departed, vanished
from crmsync.engine.owing import plan_uncertain, settle_gone
from crmsync.engine.planning import Planner
from crmsync.engine.plans import Progress, RunOptions, SyncPlan
from crmsync.engine.reading import PageRead, ReadEnded, Reader
from crmsync.engine.resuming import Start, stored_cursor, where_to_start
from crmsync.engine.sending import Courier, Landed
from crmsync.engine.shelf import refused
from crmsync.engine.slots import Slot
from crmsync.engine.watching import ValueWatch
from crmsync.errors import CrmsyncError, GuardError
from crmsync.interfaces import Clock, Destination, Ledger, Source
from crmsync.receipts import Outcome, Problem
from crmsync.records import Page, Query
from crmsync.state import SyncState

Event: TypeAlias = PageRead | ReadEnded | Landed
COMMIT_EVERY = 1_000
"""Records that need nothing sent are stored at least so often."""
VANISHED_AT_ONCE = 100


class SyncRun:
    """One execution of one sync. Call `execute` once.

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
        self._estimate = Estimate(plan, progress, self._log)
        self._inbox: SimpleQueue[Event] = SimpleQueue()
        self._waiting_pages: deque[Page] = deque()
        self._intents = Intents(plan, ledger, clock, run_id=run_id)
        self._batcher = Batcher(plan.limits)
        self.guards = Guards(plan, options.allowed)
        self._watch = ValueWatch(self.guards, plan)
        self._planner = Planner(plan, ledger, watch=self._watch, force=options.force)
        self._listen()
        self._reading = True
        self._judged = self._guarded = self._in_pass = False
        self._live_before = self._tracked = 0
        self._cursor = ""
        self._page = -1
        self._error: BaseException | None = None
        self._failed_reading: BaseException | None = None
        self._state = SyncState()

    def _listen(self) -> None:
        """Let the planner, the books and this driver know of one another."""
        planner, books = self._planner, self.books
        planner.shelf.on_slot = self._queue
        planner.shelf.on_drop = self._unqueue
        planner.shelf.on_settled = books.settle
        planner.on_opened = books.low_water.opened
        books.on_commit = planner.committed
        if self.plan.once:
            planner.shelf.doubts = self._intents.doubts
            planner.shelf.sends_doubted = self._options.doubted
            books.once = self._intents.ended
        if planner.contests is not None:
            planner.contests.on_restated = books.restate
            books.keeps_ends = True

    def execute(self, source: Heeding, destination: Destination) -> Query:
        """Read, plan, send and settle everything; gives the query that was read.

        Whatever ends it early is raised after what is in flight has landed and is stored.
        """
        self._state = self._ledger.sync_state(self.plan.name)
        self._intents.recover()
        options = self._options
        start = self._start()
        self._in_pass, self._live_before = start.in_pass, start.live
        query = self.plan.query(cursor=start.cursor, limit=options.limit, ids=options.ids)
        self._reader = Reader(source.unheeding, query, self._inbox.put)
        note = self._intents.note
        self._courier = Courier(self.plan, destination, note, self._inbox.put, self._log)
        self._reader.start()
        try:
            self._drive()
            self._look_back(source)
        except GuardError:
            # What was settled stays, but the next run must judge the same read again.
            self.books.store_cursor(self._state.cursor or "", self._clock.now())
            self.books.keeps_cursor = True
            self._guarded = True
            raise
        finally:
            self._wind_down()
        if self._error is not None:
            raise self._error
        self._finish_pass()
        return query

    def _start(self) -> Start:
        if self._options.full or self._options.partial:
            return Start()
        return where_to_start(self.plan, self._state, self._clock.now())

    def _begin(self, page: Page) -> None:
        """The first page tells what is being read: judge it before anything is sent."""
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
        if self._in_pass:
            self.books.full_pass = self._state.full_pass
        if fresh:
            self._in_pass = True
            self.books.full_pass = self._ledger.begin_full(self.plan.name)
            # Cut off before its first page has settled, it begins again.
            self.books.store_cursor("", self._clock.now())
        self.books.marks_seen = self._in_pass and (self.plan.disables or self.books.keeps_ends)
        if self.plan.disables:
            self._tracked = self._ledger.tracked(self.plan.name)
        self._progress.sync_started(self.plan.name, page.total)
        if page.full and self._state.full_at is None:  # else most of it is delivered already
            self._estimate.tell(self._options.of(page.total) - self._live_before)

    @property
    def _judges_totals(self) -> bool:
        """Whether this read's size can be held against the last full pass."""
        return not self._options.partial and self.plan.comparable(self._state)

    # The loop: pages and landed batches, in the order they come.

    def _drive(self) -> None:
        while self._reading or self._courier.in_flight or self._waiting_pages:
            if self._waiting_pages and not self._saturated:
                self._take_page(self._waiting_pages.popleft())
            else:
                self._handle(heard(self._inbox, self._clock))
            self._launch_full()
            if not self._reading and not self._waiting_pages and self._error is None:
                self._judge_read()
                self._flush()

    def _handle(self, event: Event) -> None:
        if isinstance(event, PageRead):
            self._waiting_pages.append(event.page)
        elif isinstance(event, Landed):
            self._land(event)
        else:
            # What was read before a failure is still sent: it is raised after that has landed.
            self._reading = False
            self._failed_reading = event.error
        self._clock.sleep(0)  # Last: a stop must not swallow the event that was just taken.

    @property
    def _saturated(self) -> bool:
        """Whether enough is in flight and waiting that reading should wait, too."""
        if self._planner.contests is not None:
            # After a failure nothing is launched any more: what was read would wait for ever.
            return self._error is None and len(self._batcher) >= self.plan.held
        full = self._courier.in_flight >= self.plan.plugin.limits.in_flight
        return full and len(self._batcher) >= self.plan.limits.max_payloads

    def _take_page(self, page: Page) -> None:
        if self._page < 0:
            self._begin(page)
        self._cursor = page.cursor
        self.live += len([None for record in page.records if not record.deleted])
        live = self._pass_live if self._in_pass else None
        cursor = stored_cursor(self.plan, page.cursor, live=live)
        number = self._page = self.books.low_water.begin(cursor, len(page.records))
        if page.last:
            self.books.low_water.opened(number)  # Until the whole read has been judged.
        self.read += len(page.records)
        self._planner.add(number, page.records)
        self._reader.done()
        self._log(logs.PAGE_READ, level=logging.DEBUG, records=len(page.records))
        self._progress.advanced(self.plan.name, self.read, self.sent)
        if self.books.due >= COMMIT_EVERY:
            self.books.commit(self._clock.now())

    def _judge_read(self) -> None:
        """The read is complete and planned: may its end be believed?"""
        if self._judged or self._failed_reading is not None:
            return
        self._judged = True
        self._watch.check()
        if self._in_pass and self._judges_totals:
            self.guards.total(self._state, self._pass_live)
        self.books.low_water.settled(self._page)
        self._estimate.tell(len(self._batcher) + self._courier.in_flight)

    @property
    def _pass_live(self) -> int:
        """Live records that this full pass has read, in earlier runs too."""
        return self._live_before + self.live

    # Sending.

    def _queue(self, slot: Slot) -> None:
        try:
            self._batcher.add(slot.key, slot.sent, self.read)
        except OversizedError as error:
            self._refuse(slot, error.message)

    def _unqueue(self, slot: Slot) -> None:
        if self._planner.shelf.slots.get(slot.key) is slot:
            self._batcher.remove(slot.key)

    def _refuse(self, slot: Slot, reason: str) -> None:
        """Our own limit refuses a payload: its records are invalid."""
        self._unqueue(slot)
        self._planner.shelf.rest(slot)
        problem = Problem(slot.key, "ENTITY_TOO_LARGE", reason)
        for waiting in slot.waiting:
            self.books.settle(refused(slot, waiting, problem, fresh=waiting.changed))

    def _launch_full(self) -> None:
        reads = not self._judged and self._failed_reading is None
        if reads and self._planner.contests is not None and len(self._batcher) < self.plan.held:
            return  # A record still to come may claim the key of one that waits.
        while self._error is None and self._courier.in_flight < self.plan.plugin.limits.in_flight:
            batch = self._batcher.take() or self._batcher.stale(self.read - self.plan.linger)
            if batch is None:
                return
            self._launch(batch)

    def _flush(self) -> None:
        """Nothing more will be read: send what waits, as far as there is room in flight.

        While a payload waits for its older one to land, the last batch waits for both.
        """
        in_flight = self._courier.in_flight
        if in_flight and self._planner.shelf.blocked:
            return
        for _ in range(in_flight, self.plan.plugin.limits.in_flight):
            batch = self._batcher.first()
            if batch is None:
                return
            self._launch(batch)

    def _launch(self, batch: Batch) -> None:
        self._watch.check()
        self.guards.leaving(self._planner.left, self._tracked)
        self._clock.sleep(0)
        slots = self._planner.shelf.slots
        self._courier.launch([slots[key] for key in batch.keys])

    def _land(self, landed: Landed) -> None:
        self._courier.landed()
        self.books.land(landed, self._clock.now())
        if landed.fits is not None:
            for key, _ in self._batcher.lower(landed.fits):
                slot = self._planner.shelf.slots[key]
                self._refuse(slot, f"the platform takes {landed.fits} bytes at most")
        if landed.error is not None:
            self._error = self._error or landed.error
            self._reader.stop()
            self._reading = False
        self.sent += len([None for verdict in landed.verdicts if verdict.outcome in TAKEN])
        if self._error is None:
            self._planner.shelf.landed(landed.slots)
        self._progress.advanced(self.plan.name, self.read, self.sent)

    # The end.

    def _look_back(self, source: Source) -> None:
        """After the read: what no page could show."""
        if self._error is not None or self._failed_reading is not None:
            return
        self.books.commit(self._clock.now())
        self.books.keeps_cursor = True
        if not self._options.partial:
            self._find_vanished(source)
            self._look_at_owed(source)
        self._find_departed(source)
        self._flush()
        self._drive()

    def _look_at_owed(self, source: Source) -> None:
        """Keys of which it is not known what the platform holds, and records gone meanwhile."""
        plan, ledger, shelf = self.plan, self._ledger, self._planner.shelf
        page = self.books.low_water.begin("", 0)

        def opened() -> int:
            self.books.low_water.opened(page)
            return page

        keys = ledger.uncertain(plan.name, plan.destination)
        settle_gone(plan, ledger, source, shelf, keys, opened)
        paid = plan_uncertain(plan, ledger, shelf, keys, opened)
        self.books.commit(self._clock.now(), paid)

    def _find_vanished(self, source: Source) -> None:
        """After a whole full pass: what the ledger has and the CRM did not show."""
        if not (self._in_pass and self.plan.disables):
            return
        gone = vanished(self.plan, self._ledger, source, self.books.full_pass)
        self.guards.leaving(len(gone), self._tracked)
        self._let_go(gone)

    def _find_departed(self, source: Source) -> None:
        """Records at keys that others claim, too, which the read did not show any more."""
        if self._planner.contests is not None:
            full_pass = self.books.full_pass if self._in_pass else None
            absent = self._planner.contests.absent(self._ledger, self.books.ends, full_pass)
            self._let_go(departed(self.plan, source, absent))

    def _let_go(self, gone: list[str]) -> None:
        for start in range(0, len(gone), VANISHED_AT_ONCE):
            page = self.books.low_water.begin("", 0)
            self._planner.vanished(page, gone[start : start + VANISHED_AT_ONCE])

    def _wind_down(self) -> None:
        """Whatever happened: let what is in flight land, and store what is settled.

        The locks are given up after this, so nothing may be in flight then.
        """
        self._reader.stop()
        try:
            while self._courier.in_flight:
                event = self._inbox.get()
                if isinstance(event, Landed):
                    self._land_late(event)
        finally:
            self._courier.close()
        self._error = self._error or self._failed_reading
        leftover = [slot for slot in self._planner.shelf.slots.values() if not slot.flying]
        self.books.abandon(leftover, Outcome.PENDING, stored=not self._guarded)
        self.books.commit(self._clock.now())
        self._intents.recover()

    def _land_late(self, landed: Landed) -> None:
        self._courier.landed()
        try:
            self.books.land(landed, self._clock.now())
        except CrmsyncError as error:
            self._error = self._error or error
        for slot in landed.slots:
            if self._planner.shelf.slots.get(slot.key) is slot:
                del self._planner.shelf.slots[slot.key]
        self._error = self._error or landed.error

    def _finish_pass(self) -> None:
        """The full pass is complete, and everything that it found is settled."""
        if not self._in_pass:
            return
        now = self._clock.now()
        self._ledger.finish_full(
            self.plan.name,
            at=now,
            total=self._pass_live,
            mapping=self.plan.stamp,
            disown=not self.plan.disables,
        )
        self.books.store_cursor(stored_cursor(self.plan, self._cursor, live=None), now)
