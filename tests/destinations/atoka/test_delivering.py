from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from crmsync.adapters import Context
from crmsync.destinations.atoka.api import AtokaApi
from crmsync.destinations.atoka.caching import LeadNotes
from crmsync.destinations.atoka.client import Client
from crmsync.destinations.atoka.delivering import Delivery
from crmsync.destinations.atoka.leads import Lead
from crmsync.errors import CredentialsError, CrmsyncError, FatalError, RetryableError, StoppedError
from crmsync.interfaces import Ledger, Request, Response
from crmsync.state import EventLine, Phase
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport
from tests.destinations.atoka.accounts import answer, given, settings
from tests.destinations.atoka.lines import AT, journal, line

LOST = RetryableError("the connection broke", maybe_delivered=True)
EMPTY = answer({"items": [], "meta": {"count": 0}})


class Deliveries:
    """Deliveries of a ledger's journal to a script; `told` has each line's new phase."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.clock = FakeClock(AT)
        self.transport = ScriptedTransport(self._answer)
        self.told: list[EventLine] = []
        self.created = 0
        self.lose = 0
        self.fail_reads: Exception | None = None

    def _answer(self, request: Request) -> Response | Exception:
        if request.method != "POST":
            return self.fail_reads or EMPTY
        if self.lose:
            self.lose -= 1
            return LOST
        self.created += 1
        asked = given(request)
        return answer({"item": {"id": 5_000 + self.created, "lead": asked["lead"]}})

    def run(self, **keys: object) -> CrmsyncError | None:
        """Deliver once; gives what ended it early."""
        known = settings(**{"in_flight": 1, **keys})
        context = Context(name="atoka", clock=self.clock, retry_for=60, max_wait=900)
        api = AtokaApi(Client(known, context, self.transport))
        delivery = Delivery(
            api, self.ledger, known, self.clock, destination="atoka", told=self._hear
        )
        try:
            delivery.run()
        except CrmsyncError as error:
            return error
        return None

    def _hear(self, line: EventLine) -> None:
        stored = self.ledger.event("atoka", line.tag)
        assert stored is not None
        assert stored.phase is line.phase, "it is durable before it is told"
        self.told.append(line)

    def phases(self) -> Counter[Phase]:
        """The lines of leads 000 to 099, counted."""
        leads = [f"{number:03}" for number in range(100)]
        open_lines = self.ledger.open_events("atoka", leads)
        return Counter(line.phase for line in open_lines)


def lines(count: int) -> list[EventLine]:
    return [line(number, f"{number:03}") for number in range(count)]


@pytest.mark.invariant(9)
def test_an_intent_is_durable_before_its_request_leaves():
    with journal(line(1)) as ledger:
        deliveries = Deliveries(ledger)
        seen: list[Phase] = []

        def respond(request: Request) -> Response:
            (held,) = ledger.open_events("atoka", ["x"])
            seen.append(held.phase)
            return answer({"item": {"id": 7, "lead": "x"}})

        deliveries.transport = ScriptedTransport(respond)
        assert deliveries.run() is None
        assert seen == [Phase.SENDING]
        assert [one.phase for one in deliveries.told] == [Phase.SENDING, Phase.ACCEPTED]
        assert deliveries.told[-1].answer == "7"


def test_leads_are_worked_on_at_once_and_each_has_one_request_at_a_time():
    both = threading.Barrier(2, timeout=60)
    flying: Counter[str] = Counter()
    most: Counter[str] = Counter()
    with journal(line(1, "x"), line(2, "y"), line(3, "x"), line(4, "y")) as ledger:
        deliveries = Deliveries(ledger)
        posts = deliveries.transport

        class Slow(ScriptedTransport):
            def send(self, request: Request) -> Response:
                lead = given(request)["lead"]
                flying[lead] += 1
                most[lead] = max(most[lead], flying[lead])
                both.wait()
                flying[lead] -= 1
                return posts.send(request)

        deliveries.transport = Slow([])
        assert deliveries.run(in_flight=2) is None
    assert most == {"x": 1, "y": 1}


def test_after_eight_requests_without_an_answer_nothing_is_sent_until_a_look_succeeds():
    with journal(*lines(20)) as ledger:
        deliveries = Deliveries(ledger)
        deliveries.lose = 8
        assert deliveries.run() is None
        kinds = [request.method for request in deliveries.transport.requests]
        assert kinds[:9] == ["POST"] * 8 + ["GET"]
        assert deliveries.clock.sleeps[:1] == [0.0]
        assert (deliveries.phases(), deliveries.created) == (Counter(), 20)


def test_k06_a_platform_that_answers_nothing_ends_the_run_with_the_first_look_that_fails():
    with journal(*lines(20)) as ledger:
        deliveries = Deliveries(ledger)
        deliveries.lose, deliveries.fail_reads = 100, RetryableError("down")
        error = deliveries.run()
        assert isinstance(error, RetryableError)
        assert deliveries.phases() == {Phase.UNKNOWN: 8, Phase.PLANNED: 12}
        assert deliveries.clock.monotonic() < 120, "it does not wait for further looks"


@pytest.mark.fault(58)
def test_k06_looks_that_fail_hold_up_their_lead_only_and_the_run_is_a_temporary_failure():
    with journal(*lines(3)) as ledger:
        deliveries = Deliveries(ledger)
        deliveries.lose, deliveries.fail_reads = 1, RetryableError("down")
        assert isinstance(deliveries.run(), RetryableError)
        assert (deliveries.phases(), deliveries.created) == ({Phase.UNKNOWN: 1}, 2)


@pytest.mark.parametrize(
    ("status", "phase"), [(401, Phase.PLANNED), (403, Phase.PLANNED)], ids=["token", "user"]
)
def test_an_account_that_is_closed_ends_it_and_nothing_is_uncertain(status, phase):
    with journal(*lines(5)) as ledger:
        deliveries = Deliveries(ledger)
        deliveries.transport = ScriptedTransport([answer({"message": "no"}, status)])
        assert isinstance(deliveries.run(), CredentialsError)
        assert deliveries.phases() == {phase: 5}


def test_an_answer_that_is_none_leaves_the_event_uncertain_and_ends_it():
    with journal(*lines(2)) as ledger:
        deliveries = Deliveries(ledger)
        deliveries.transport = ScriptedTransport([answer({"item": {}})])
        assert isinstance(deliveries.run(), FatalError)
        assert deliveries.phases() == {Phase.UNKNOWN: 1, Phase.PLANNED: 1}


def test_a_failure_of_our_own_is_told_and_leaves_the_event_uncertain():
    with journal(line(1, "000")) as ledger:
        deliveries = Deliveries(ledger)
        deliveries.transport = ScriptedTransport([ZeroDivisionError()])
        error = deliveries.run()
        assert error is not None
        assert "bug in crmsync: ZeroDivisionError" in error.message
        assert deliveries.phases() == {Phase.UNKNOWN: 1}


def test_asked_to_stop_before_anything_was_sent_nothing_is_uncertain():
    with journal(*lines(3)) as ledger:
        deliveries = Deliveries(ledger)
        deliveries.clock.stop()
        assert isinstance(deliveries.run(), StoppedError)
        phases = deliveries.phases()
        assert phases[Phase.UNKNOWN] == phases[Phase.SENDING] == 0


def test_asked_to_stop_while_a_look_is_awaited_it_leaves_without_waiting():
    with journal(*lines(1)) as ledger:
        deliveries = Deliveries(ledger)
        deliveries.lose = 1
        told = deliveries.transport.send

        class Stopping(ScriptedTransport):
            def send(self, request: Request) -> Response:
                deliveries.clock.stop()
                return told(request)

        deliveries.transport = Stopping([])
        assert isinstance(deliveries.run(), StoppedError)
        assert deliveries.clock.monotonic() == 0
        assert deliveries.phases() == {Phase.UNKNOWN: 1}


def refusing(deliveries: Deliveries, *dead: str) -> None:
    """Atoka knows none of these leads; it creates everything else."""
    created = deliveries.transport

    def respond(request: Request) -> Response:
        if request.method == "POST" and given(request)["lead"] in dead:
            return answer({"message": "lead not found"}, 404)
        return created.send(request)

    deliveries.transport = ScriptedTransport(respond)


def test_leads_that_atoka_does_not_know_are_no_fault_of_all_however_many_follow():
    with journal(*lines(20)) as ledger:
        deliveries = Deliveries(ledger)
        refusing(deliveries, *(f"{number:03}" for number in range(19)))
        assert deliveries.run() is None
        assert (deliveries.created, deliveries.phases()) == (1, Counter())


def test_a_lead_that_atoka_does_not_know_is_forgotten_and_other_ids_of_it_go_on():
    known = Lead("main", ("alias",), "vat 1")
    with journal(line(1, "main"), line(2, "alias"), line(3, "main")) as ledger:
        LeadNotes(ledger, "atoka").update({"id:main": known, "id:alias": known})
        deliveries = Deliveries(ledger)
        refusing(deliveries, "main")
        assert deliveries.run() is None
        ends = {one.record_id: one.phase for one in deliveries.told}
        assert ends == {"1": Phase.REFUSED, "2": Phase.ACCEPTED, "3": Phase.REFUSED}
        assert LeadNotes(ledger, "atoka").known(["id:main", "id:alias"]) == {}


class Counted:
    """A ledger that counts how often it is asked for what the platform has of a lead."""

    def __init__(self, ledger: Ledger) -> None:
        self.asked: Counter[str] = Counter()
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        self.asked[name] += "settled" in name
        return getattr(self._ledger, name)


def test_where_events_are_dated_the_lead_s_last_day_is_read_once_a_run():
    dated = (line(number, moment=AT - timedelta(days=9 - number)) for number in range(4))
    with journal(line(9, phase=Phase.ACCEPTED, order=0), *dated) as ledger:
        counted: Any = Counted(ledger)
        assert Deliveries(counted).run(dates="backfill") is None
        assert +counted.asked == {"last_settled": 1}


def test_events_are_dated_after_those_that_were_created_in_the_same_run():
    days = [9, 8, 8, 7]
    dated = (line(n, moment=AT - timedelta(days=day)) for n, day in enumerate(days))
    with journal(*dated) as ledger:
        deliveries = Deliveries(ledger)
        assert deliveries.run(dates="backfill") is None
        sent = [given(request).get("date") for request in deliveries.transport.requests]
        assert sent == ["2026-11-12", "2026-11-13", None, None]
