"""What of a page's records is news to a platform of events, decided against the ledger.

Nothing is sent or stored here, and no platform is asked. What was last noted of a record is
its key's delivery: an event tells of the difference to that. A watched field that is mapped and
empty is noted as null; a name that is absent was never mapped, and cannot have changed. What was
noted of a field stays while it is not mapped.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from crmsync.adapters import EventRules
from crmsync.engine.plans import SyncPlan
from crmsync.engine.slots import digest_of
from crmsync.interfaces import Ledger
from crmsync.journal import Change, Journal
from crmsync.payloads import Fields
from crmsync.receipts import Outcome, Problem
from crmsync.records import NO_FIELDS, Record
from crmsync.state import (
    OUTCOME_OF,
    SETTLED,
    Delivery,
    DeliveryWrite,
    EventLine,
    Known,
    Phase,
    RecordWrite,
)

REFUSED: Final = frozenset({Outcome.INVALID, Outcome.REJECTED})
OWED: Final = frozenset({Outcome.PENDING, Outcome.UNKNOWN})
_AT_REST: Final = frozenset({Outcome.ACCEPTED, Outcome.UNCHANGED})


def beginning_of(sync: str) -> str:
    """Under which name the moment is noted at which a sync's first pass began (ISO 8601)."""
    return f"first pass of {sync}"


class News(NamedTuple):
    """What one record comes to.

    Attributes:
        write: Its row as it is now, with the outcome it has if nothing becomes of it.
        outcome: That outcome; None where an event tells it: the one that it is, or `line`.
        changed: Whether the ledger does not have the row like this.
        change: What the platform is to be asked about; None where it is no event.
        noted: What later changes are told from, to be stored unless the platform refuses it.
        old: What was last noted of it, empty values left out; None at its first sight.
        new: What is mapped of it now.
        line: Its last event, where that is open still and the record waits for it.
    """

    write: RecordWrite
    outcome: Outcome | None
    changed: bool = False
    change: Change | None = None
    noted: DeliveryWrite | None = None
    old: Fields | None = None
    new: Fields = NO_FIELDS
    problems: tuple[Problem, ...] = ()
    line: EventLine | None = None

    @property
    def fresh(self) -> bool:
        """Whether it enters quarantine now, or in another form than before."""
        return self.changed and self.outcome is Outcome.INVALID


class _Sight(NamedTuple):
    """A live record as it is read.

    Attributes:
        values: What is mapped of it.
        whole: The same, with a null for each watched field that is mapped and empty.
        old: What was last noted of it, nulls and all; None at its first sight.
        noted: What is to be noted of it now.
        was: What became of it last; None where this sync has not had it.
        same: Whether the sync has it as it is.
    """

    record: Record
    write: RecordWrite
    values: Fields
    whole: Fields
    old: Fields | None
    noted: DeliveryWrite
    was: Outcome | None
    same: bool


class Newsroom:
    """Goes through a sync's pages.

    Args:
        plan: Whose records they are.
        ledger: Is only read.
        rules: The platform's.
        first_pass: Whether the sync has never read everything yet.
        force: Whether a person asks for what was refused, or parked, once more.
        journal: The ledger's, or one that knows more than is stored.
    """

    def __init__(
        self,
        plan: SyncPlan,
        ledger: Ledger,
        rules: EventRules,
        *,
        first_pass: bool,
        force: bool = False,
        journal: Journal | None = None,
    ) -> None:
        self._plan = plan
        self._ledger = ledger
        self._journal = journal or ledger
        self._rules = rules
        self._watched = rules.watched & plan.mapped
        self._first_pass = first_pass
        self._began = self._beginning() if first_pass else 0
        self._force = force
        self._known: dict[str, Known] = {}
        self._noted: dict[str, Delivery] = {}
        self._last: tuple[RecordWrite | None, DeliveryWrite | None] = (None, None)

    def _beginning(self) -> int:
        name = beginning_of(self._plan.name)
        text = self._ledger.recall(self._plan.destination, [name]).get(name)
        return int(datetime.fromisoformat(text).timestamp() * 1000) if text else 0

    def read(self, records: Sequence[Record]) -> Iterator[News]:
        """What each of a page's records comes to, in order.

        A record that comes again is compared with what was told of it before, stored or not.
        """
        live = iter(self._plan.mapper.map_page([one for one in records if not one.deleted]))
        mapped = [None if one.deleted else next(live) for one in records]
        known = self._ledger.known(self._plan.name, [one.id for one in records])
        keys = [one.key for one in mapped if one is not None and one.key is not None]
        held = self._ledger.deliveries(self._plan.destination, keys)
        for record, values in zip(records, mapped, strict=True):
            before = self._known.get(record.id) or known.get(record.id)
            if before is not None and before.forgotten:
                row = RecordWrite(record.id, None, 0, before.digest, b"", Outcome.FILTERED)
                news = News(row, Outcome.FILTERED)
            elif values is None:
                news = self._unsent(record, Outcome.FILTERED, (), before)
            elif values.key is None:
                outcome = values.outcome or Outcome.INVALID
                news = self._unsent(record, outcome, values.problems, before)
            else:
                noted = self._noted.get(values.key) or held.get(values.key)
                news = self._live(self._sight(record, values.key, values.fields, before, noted))
                news = news._replace(problems=values.problems + news.problems)
            self._last = (news.write if news.changed else None, news.noted)
            yield news
            self._remember()

    def became(self, write: RecordWrite | None, noted: DeliveryWrite | None) -> None:
        """What is to be stored of the news given last, where that is not what it said."""
        self._last = (write, noted)

    def stored(self) -> None:
        """The ledger has all that was read so far."""
        self._known.clear()
        self._noted.clear()

    def _remember(self) -> None:
        write, noted = self._last
        if write is not None:
            self._known[write.record_id] = Known(write.key, write.digest, write.outcome)
        if noted is not None:
            self._noted[noted.key] = Delivery(noted.digest, noted.body)

    def _sight(
        self,
        record: Record,
        key: str,
        values: Fields,
        before: Known | None,
        noted: Delivery | None,
    ) -> _Sight:
        plugin = self._plan.plugin
        whole = {**dict.fromkeys(self._watched), **values}
        body = plugin.encode(whole)
        digest = digest_of(body)
        write = RecordWrite(record.id, key, record.milliseconds, digest, body, Outcome.UNCHANGED)
        was, same = (before.outcome, before[:2] == (key, digest)) if before else (None, False)
        if noted is None or noted.body == body:
            old = whole if noted is not None else None
            return _Sight(
                record, write, values, whole, old, DeliveryWrite(key, digest, body), was, same
            )
        old = plugin.decode(noted.body)
        kept = {name: old[name] for name in self._rules.watched - self._watched if name in old}
        if kept:
            body = plugin.encode({**kept, **whole})
            digest = digest_of(body)
        return _Sight(
            record, write, values, whole, old, DeliveryWrite(key, digest, body), was, same
        )

    def _differs(self, one: _Sight) -> bool:
        new, old = one.whole, one.old
        return old is None or any(name in old and new[name] != old[name] for name in self._watched)

    def _live(self, one: _Sight) -> News:
        if one.same and one.was not in OWED and not self._force:
            kept = one.was in REFUSED or one.was is Outcome.SKIPPED
            outcome = (kept and one.was) or Outcome.UNCHANGED
            row = one.write._replace(outcome=outcome)
            return News(row, outcome, old=one.values, new=one.values)
        if one.was in _AT_REST and not self._force:
            return self._event(one) if self._differs(one) else self._still(one, None)
        lines = self._journal.events_of(self._plan.name, one.record.id)
        last = lines[-1] if lines else None
        refused = last is not None and last.phase is Phase.REFUSED
        if self._differs(one):
            return self._event(one, again=refused)
        if refused or (self._force and any(line.phase is Phase.PARKED for line in lines)):
            return self._event(one, again=True)
        if last is None and one.was in OWED:  # nothing stands for what is owed
            return self._event(one._replace(old=None))
        return self._still(one, last if last and last.phase not in SETTLED else None)

    def _still(self, one: _Sight, waits: EventLine | None) -> News:
        """A record that is as it was noted; *waits* is what it waits for."""
        outcome = OUTCOME_OF[waits.phase] if waits is not None else Outcome.UNCHANGED
        row = one.write._replace(outcome=outcome)
        at_rest = waits is None and one.was in _AT_REST
        changed = not one.same or not (at_rest or outcome is one.was)
        return News(
            row,
            outcome if waits is None else None,
            changed=changed,
            noted=one.noted if changed else None,
            old=self._shown(one.old),
            new=one.values,
            line=waits,
        )

    def _event(self, one: _Sight, *, again: bool = False) -> News:
        plan, write = self._plan, one.write
        change = Change(
            sync=plan.name,
            source=plan.source,
            object=plan.object,
            record_id=one.record.id,
            modified_at=write.modified_at,
            new=one.whole,
            old=one.old,
            first_pass=self._first_pass,
            again=again,
            began=self._began,
        )
        told = News(
            write,
            None,
            changed=True,
            change=change,
            noted=one.noted,
            old=self._shown(one.old),
            new=one.values,
        )
        unsent = self._rules.judge(change)
        if unsent is None:
            return told
        outcome, problems = unsent
        write = write._replace(outcome=outcome, problems=problems)
        kept = one.noted if outcome in (Outcome.FILTERED, Outcome.UNCHANGED) else None
        return told._replace(
            write=write, outcome=outcome, change=None, noted=kept, problems=problems
        )

    def _shown(self, old: Fields | None) -> Fields | None:
        """What was noted, without what was empty and what is not mapped any more."""
        if old is None:
            return None
        off = self._rules.watched - self._watched
        return {n: value for n, value in old.items() if value is not None and n not in off}

    def _unsent(
        self,
        record: Record,
        outcome: Outcome,
        problems: tuple[Problem, ...],
        before: Known | None,
    ) -> News:
        """A record that is filtered out, skipped or invalid: what was noted of it stays."""
        digest = digest_of(repr((record.fields, problems)).encode())
        same = before is not None and (before.outcome, before.digest) == (outcome, digest)
        write = RecordWrite(record.id, None, record.milliseconds, digest, b"", outcome, problems)
        return News(write, outcome, changed=not same, problems=problems)
