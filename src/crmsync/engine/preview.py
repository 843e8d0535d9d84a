"""`dry-run`: what a run would do, field by field, without sending or storing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import orjson

from crmsync.engine.grouping import grouped, side_by_side
from crmsync.engine.guards import ShownGuards, passed_notes
from crmsync.engine.heeding import Heeding
from crmsync.engine.intents import doubts_of
from crmsync.engine.lookback import departed, vanished
from crmsync.engine.news import News, Newsroom
from crmsync.engine.planning import Planner
from crmsync.engine.plans import SyncPlan
from crmsync.engine.previews import ACTIONS, Preview, PreviewOptions, PreviewReport, SyncPreview
from crmsync.engine.reconciling import Reconciliation, reconcile
from crmsync.engine.resuming import Start, where_to_start
from crmsync.engine.run import guard_of, new_run_id, status_of, words_of
from crmsync.engine.shelf import Settled
from crmsync.engine.slots import Restated, Slot, Waiting
from crmsync.engine.watching import ValueWatch
from crmsync.errors import CrmsyncError
from crmsync.exit_codes import ExitCode, gravest, of_error
from crmsync.interfaces import Clock, Ledger, Source, Traffic
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.records import Page, Query, Record
from crmsync.reports import JSONObject, SyncReport, counts_from

# What may have arrived, and must not arrive twice, is not sent.
_NAMED = {Outcome.REJECTED: "invalid", Outcome.UNKNOWN: "unchanged"}


def preview_syncs(
    plans: Sequence[SyncPlan], ledger: Ledger, clock: Clock, options: PreviewOptions
) -> PreviewReport:
    """Preview syncs; those that a run would feed by one read are fed by one here, too.

    *ledger* is only read. Needs no destination credentials.
    """
    started = clock.now()
    previews: dict[str, SyncPreview] = {}
    for group in grouped(plans, ledger, clock, options):
        asked = replace(options, full=True) if group.anew else options

        def work(plan: SyncPlan, asked: PreviewOptions = asked) -> SyncPreview:
            return _Sampling(plan, ledger, clock, asked).preview()

        found = side_by_side(group, clock, work)
        previews.update((preview.report.sync, preview) for preview in found)
    syncs = tuple(previews[plan.name] for plan in plans)
    return PreviewReport(
        run_id=new_run_id(started),
        exit_code=gravest(sync.report.exit_code for sync in syncs),
        started_at=started,
        finished_at=clock.now(),
        syncs=syncs,
    )


class _Sampling:
    """One sync's preview in the making."""

    def __init__(
        self, plan: SyncPlan, ledger: Ledger, clock: Clock, options: PreviewOptions
    ) -> None:
        self._plan = plan
        self._ledger = ledger
        self._clock = clock
        self._options = options
        self._state = ledger.sync_state(plan.name)
        self._guards = ShownGuards(plan, options.allowed)
        self._watch = ValueWatch(self._guards, plan)
        self._planner = Planner(plan, ledger, watch=self._watch)
        self._planner.shelf.on_settled = self._settled
        if self._planner.contests is not None:
            self._planner.contests.on_restated = self._restated
        self._planner.shelf.doubts = doubts_of(plan, ledger)
        rules, first = plan.plugin.events, self._state.full_at is None
        self._newsroom = Newsroom(plan, ledger, rules, first_pass=first) if rules else None
        self._order: list[str] = []
        self._previews: dict[str, Preview] = {}
        self._total: int | None = None
        self._live = 0
        self._notes: list[str] = []
        self._only_noted = 0
        self._error: CrmsyncError | None = None
        self._full = False
        self._balanced = True

    def preview(self) -> SyncPreview:
        began, started = self._clock.monotonic(), self._clock.now()
        traffic = Traffic()
        try:
            with closing(Heeding(self._plan.open_source(), self._clock)) as source:
                try:
                    self._read(source, started)
                finally:
                    traffic = source.traffic
            self._error = next(iter(self._guards.stopped.values()), None)
        except CrmsyncError as failure:
            self._error = failure
        for slot in self._planner.shelf.slots.values():
            for waiting in slot.waiting:
                if waiting.counted:
                    self._note(self._open(slot, waiting))
            if slot.freed is not None and not slot.settled:
                sync, write = slot.freed
                if sync == self._plan.name:
                    self._note(self._open(slot, Waiting(0, write.record_id)))
        return self._finished(traffic, self._clock.monotonic() - began)

    def _read(self, source: Source, started: datetime) -> None:
        query = self._query()
        first = True
        for page in source.read(query):
            if first:
                self._total = page.total
                self._judge(page)
            first = False
            self._order.extend(record.id for record in page.records)
            self._live += sum(not record.deleted for record in page.records)
            self._add(page.records)
        if self._planner.contests is not None:
            absent = self._planner.contests.absent(self._ledger, self._order)
            self._planner.vanished(0, departed(self._plan, source, absent))
        self._watch.check()
        self._look_back(source)
        if not self._options.ids:
            verdict = self._reconciled(source, query, started)
            self._balanced = verdict.balanced
            self._notes += [verdict.note] if verdict.note else []

    def _add(self, records: Sequence[Record]) -> None:
        if self._newsroom is None:
            self._planner.add(0, records)
            return
        for news in self._newsroom.read(records):
            if news.old is not None:
                self._watch.kept(news.new)
                self._watch.cleared(news.old.keys() - news.new.keys())
                self._watch.told(news.old, news.new)
            self._note(self._news(news))

    def _news(self, news: News) -> Preview:
        """A record for a platform of events: an event is created, nothing is ever changed."""
        outcome = news.outcome
        action = "create" if news.change is not None else "unchanged"
        if outcome is not None:
            action = {Outcome.REJECTED: "invalid"}.get(outcome, outcome.value)
        self._only_noted += outcome is Outcome.FILTERED and news.noted is not None
        held = news.old or {}
        names = [n for n in self._plan.plugin.fields if n in held or n in news.new]
        pairs = {name: [held.get(name), news.new.get(name)] for name in names}
        sent = news.change is not None
        return Preview(
            id=news.write.record_id,
            key=news.write.key,
            action=action,
            payload=dict(news.new) if sent else None,
            diff={n: pair for n, pair in pairs.items() if pair[0] != pair[1]} if sent else {},
            problems=tuple(dict.fromkeys((*news.problems, *self._known_problems(news)))),
        )

    def _known_problems(self, news: News) -> tuple[Problem, ...]:
        """Why an earlier run refused or skipped a record, which has not changed since."""
        if news.outcome in (None, Outcome.UNCHANGED, Outcome.FILTERED):
            return ()
        stored = self._ledger.record(self._plan.name, news.write.record_id)
        return stored.problems if stored is not None else ()

    def _event_notes(self, events: int) -> Iterator[str]:
        """What a person must know of a preview of events."""
        if owed := self._ledger.standing(self._plan.name, self._plan.destination).owed:
            yield f"{owed} owed from earlier runs; a run sends or looks for what it can of these"
        if self._only_noted:
            yield (
                f"{self._only_noted} seen for the first time, and only noted: what changes of "
                "them later is an event"
            )
        if events:
            yield (
                "whom an event is about, and whether its status may be set, is asked of the "
                "platform by a run alone: it may refuse some of these"
            )

    def _query(self) -> Query:
        options = self._options
        start = Start()
        if not options.partial and not options.full:
            start = where_to_start(self._plan, self._state, self._clock.now())
        return self._plan.query(cursor=start.cursor, limit=options.limit, ids=options.ids)

    def _judge(self, page: Page) -> None:
        self._full = page.full and not self._options.partial
        self._guards.tenant(self._ledger)
        self._guards.restored(self._ledger)
        self._guards.account(self._state, page.account)
        self._watch.begin(self._state, partial=self._options.partial)
        comparable = page.full and self._plan.comparable(self._state)
        if comparable and page.total is not None and not self._options.ids:
            self._guards.total(self._state, page.total)

    def _look_back(self, source: Source) -> None:
        """After the read: what would be disabled, judged as a run judges it."""
        plan, ledger = self._plan, self._ledger
        if not plan.disables:
            return
        tracked = ledger.tracked(plan.name)
        self._guards.leaving(self._planner.left, tracked)
        if self._full:
            read = frozenset(self._order)
            gone = vanished(plan, ledger, source, self._state.full_pass + 1, read)
            self._guards.leaving(len(gone), tracked)

    def _reconciled(self, source: Source, query: Query, started: datetime) -> Reconciliation:
        total = self._total
        if total is not None and query.limit is not None:
            total = min(total, query.limit)
        return reconcile(total, self._live, lambda: source.drift(query, started))

    def _settled(self, settled: Settled) -> None:
        if settled.outcome is None:
            return
        action = _NAMED.get(settled.outcome, settled.outcome.value)
        problems = settled.problems
        self._note(Preview(id=settled.record_id, key=settled.key, action=action, problems=problems))

    def _restated(self, restated: Restated) -> None:
        sync, write, *_ = restated
        if sync == self._plan.name:
            action = _NAMED.get(write.outcome, write.outcome.value)
            record, problems = write.record_id, write.problems
            self._note(Preview(id=record, key=write.key, action=action, problems=problems))

    def _open(self, slot: Slot, waiting: Waiting) -> Preview:
        action = "create" if slot.base is None else "change"
        outcome = slot.outcome(waiting, Outcome.ACCEPTED, self._plan.name)
        if waiting.skipped is not None:  # what goes out is that its key is disabled
            action = _NAMED.get(outcome, outcome.value)
        elif outcome is Outcome.MERGED:
            return Preview(
                id=waiting.record_id, key=slot.key, action="merged", problems=waiting.problems
            )
        return Preview(
            id=waiting.record_id,
            key=slot.key,
            action=action,
            payload=orjson.loads(slot.sent),
            diff=self._diff(slot),
            problems=waiting.problems,
        )

    def _diff(self, slot: Slot) -> JSONObject:
        new = self._plan.plugin.decode(slot.sent)
        names = [name for name in self._plan.plugin.fields if name in new or name in slot.held]
        pairs = {name: [slot.held.get(name), new.get(name)] for name in names}
        # A key that is disabled keeps its other values, and so does what is not sent again.
        if slot.winner is None or self._plan.plugin.sent is not None:
            pairs = {name: pair for name, pair in pairs.items() if name in new}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def _note(self, preview: Preview) -> None:
        self._previews[preview.id] = preview

    def _finished(self, traffic: Traffic, duration: float) -> SyncPreview:
        ids = dict.fromkeys(self._order)
        records = tuple(self._previews[i] for i in ids if i in self._previews)
        changes = Counter(record.action for record in records)
        if self._newsroom is not None:
            self._notes += self._event_notes(changes["create"])
        stopped = self._guards.stopped.values()
        self._notes += [error.message for error in stopped if error is not self._error]
        self._notes += passed_notes(self._guards)
        code = of_error(self._error) if self._error else ExitCode.OK
        counts = counts_from(_outcomes(changes), read=len(records), source_total=self._total)
        warnings = sum(p.severity is Severity.WARNING for r in records for p in r.problems)
        report = SyncReport(
            sync=self._plan.name,
            source=self._plan.source,
            object=self._plan.object,
            destination=self._plan.destination,
            status=status_of(code),
            error=words_of(self._error) if self._error else None,
            balanced=self._balanced and counts.read == counts.settled,
            counts=counts,
            warnings=warnings,
            source_requests=traffic.requests,
            retries=traffic.retries,
            rate_limited=traffic.rate_limited,
            duration_s=duration,
            cursor=self._state.cursor,
            notes=tuple(self._notes),
            guard=guard_of(self._error),
            allowed=tuple(guard.value for guard in self._guards.passed),
            partial=self._options.partial,
            exit_code=code,
        )
        return SyncPreview(
            report=report,
            changes={action: changes[action] for action in ACTIONS},
            records=records,
        )


def _outcomes(changes: Counter[str]) -> Counter[Outcome]:
    """What would be sent is pending, the rest is what it is."""
    outcomes = Counter({Outcome.PENDING: changes["create"] + changes["change"]})
    for action in ACTIONS[2:]:
        outcomes[Outcome(action)] = changes[action]
    return outcomes
