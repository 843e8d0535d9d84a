"""The real client against the simulator, over real sockets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.leads import Clues, Lead, Leads
from crmsync.destinations.atoka.reconcile import Ending
from crmsync.destinations.atoka.statuses import check_status
from crmsync.destinations.atoka.tags import sight, tagged, tags_in
from crmsync.errors import CredentialsError, FatalError, RecordError, RetryableError
from crmsync.receipts import Problem
from tests.destinations.atoka.accounts import LEAD, Scripted, answer, given, served

TAG = "4f9a21c0d3b8"


@pytest.fixture(scope="module")
def platform():
    with served() as account:
        yield account


@pytest.fixture
def account(platform):
    platform.faults()
    platform.control("/atoka/reset", {})
    platform.companies({"id": LEAD, "name": "Acme S.r.l."})
    return platform


def event(number=0, **known):
    tag = f"{number:012x}"
    return Event(**{"tag": tag, "lead": LEAD, "note": tagged("é & = +\n", tag, limit=99), **known})


def test_an_event_is_created_listed_shown_changed_and_deleted(account):
    api = account.api
    created = api.create(event(7, status="Contacted", assignee="a+b@c.eu"))
    assert created.result.ending is Ending.CREATED
    (listed,) = api.events_of([LEAD])
    assert listed == created.event == api.show(listed.id)
    assert (listed.status, listed.assignee, tags_in(listed.note)) == (
        "Contacted", "a+b@c.eu", (event(7).tag,),
    )  # fmt: skip
    assert listed.note == event(7).note
    assert api.update(listed.id, "other").note == "other"
    assert (api.delete(listed.id), api.delete(listed.id)) == (True, False)
    assert list(api.events_of([LEAD])) == []


@pytest.mark.parametrize("number", [0, -1])
def test_a_number_that_is_no_id_is_not_asked_for(account, number):
    for call in (account.api.show, account.api.delete):
        with pytest.raises(RecordError, match="is no lead event's id"):
            call(number)


def test_what_is_not_there_is_refused_as_missing(account):
    with pytest.raises(RecordError, match="no lead event 5000999"):
        account.api.show(5_000_999)


@pytest.mark.parametrize(
    ("known", "ending", "lead_unknown"),
    [
        ({"status": "Won"}, Ending.REFUSED, False),
        ({"lead": "nobody"}, Ending.REFUSED, True),
        ({"day": date(2999, 1, 1)}, Ending.DATE_REFUSED, False),
        ({"type": "person"}, Ending.REFUSED, False),
    ],
    ids=["status", "lead", "date", "type"],
)
def test_what_is_refused_is_surely_not_there(account, known, ending, lead_unknown):
    creation = account.api.create(event(**known))
    assert creation.result.ending is ending
    assert creation.lead_unknown is lead_unknown
    assert creation.error is not None
    assert account.kept() == []


@pytest.mark.parametrize("plan", ["lost=1", "midreset=1", "late504=1", "cut=1", "short=1"])
@pytest.mark.fault(52)
def test_k02_an_event_whose_answer_was_lost_is_found_by_its_tag_and_was_sent_once(account, plan):
    account.faults(plan)
    creation = account.api.create(event(7))
    assert creation.result.ending is Ending.UNKNOWN
    account.faults()
    since = datetime.now(UTC)
    seen = sight(
        event(7), account.api.events_of([LEAD], until=since - timedelta(days=2)), since=since
    )
    assert seen.ids == (account.kept()[0]["id"],)
    assert len(account.kept()) == 1


@pytest.mark.parametrize("plan", ["reset=1", "502=1", "504=1", "html=1"])
def test_k03_an_event_that_did_not_arrive_is_just_as_unknown_and_not_found(account, plan):
    account.faults(plan)
    assert account.api.create(event(7)).result.ending is Ending.UNKNOWN
    account.faults()
    assert list(account.api.events_of([LEAD])) == []
    assert account.kept() == []


def test_k04_a_refused_connection_is_tried_again_and_then_surely_not_sent():
    scripted = Scripted(lambda _: RetryableError("the connection was refused"))
    creation = scripted.api.create(event())
    assert creation.result.ending is Ending.NOT_SENT
    assert len(scripted.transport.requests) > 3
    assert scripted.client.traffic.retries == len(scripted.transport.requests) - 1


def test_a_429_is_waited_for_and_the_event_created_once(account):
    account.faults("429=0.3,retry_after=0,seed=3")
    endings = [account.api.create(event(n)).result.ending for n in range(4)]
    assert endings == [Ending.CREATED] * 4
    assert len(account.kept()) == 4


def test_k10_what_comes_back_is_what_was_sent(account):
    note = "caffè & té 100% = a+b;c\nend 👍"
    account.api.create(event(note=note))
    assert account.kept()[0]["note"] == note


def test_k16_a_removal_wins_over_an_assignee(account):
    account.api.create(event(1, assignee="a@b.eu"))
    account.api.create(event(2, assignee="c@d.eu", unassign=True))
    assert [one["leadAssignee"] for one in account.kept()] == ["a@b.eu", None]


def test_k09_statuses_are_the_configured_ones(account):
    statuses = account.api.statuses()
    assert check_status("Contacted", statuses) is None
    problem = check_status("Won", statuses)
    assert problem is not None
    assert problem.code == "STATUS_UNKNOWN"
    assert [status.label for status in statuses if status.hidden] == ["Imported"]


def test_events_of_many_leads_come_from_lists_of_fifty(account):
    leads = account.companies(*({"name": f"Lead {n}"} for n in range(120)))
    for number, lead in enumerate(leads):
        account.api.create(event(number, lead=lead))
    assert {one.lead for one in account.api.events_of(leads)} == set(leads)


def test_a_walk_gives_every_leads_events(account):
    for number in range(230):
        account.api.create(event(number))
    since = datetime.now(UTC) - timedelta(hours=1)
    assert len(list(account.api.updated_since(since))) == 230
    assert list(account.api.updated_since(since + timedelta(hours=2))) == []


def test_a_walk_without_the_feature_says_so():
    with served(atoka_sync=False) as other, pytest.raises(CredentialsError, match="synchroniz"):
        list(other.api.updated_since(datetime.now(UTC)))


def test_a_wrong_token_ends_the_account_and_nothing_was_created():
    with served({"token": "wrong-token-0000"}) as other:
        creation = other.api.create(event())
        assert isinstance(creation.error, CredentialsError)
        assert creation.result.ending is Ending.NOT_SENT
        assert other.kept() == []


def test_the_user_is_named_in_every_call_but_sync():
    with served({"app_user_id": "u1"}, atoka_app_user="u1") as other:
        creation = other.api.create(event())
        assert creation.event is not None
        assert creation.event.owner == "u1"
        assert len(list(other.api.events_of([LEAD]))) == 1
        assert len(list(other.api.updated_since(datetime(2026, 1, 1, tzinfo=UTC)))) == 1


def test_leads_are_found_by_vat_number_and_by_one_certain_match(account):
    vat, other = "01234567890", "09876543210"
    account.companies(
        {"id": "aaaaaaaaaaaa", "ids": ["aaaaaaaaaaaa00000000"], "name": "Solo S.r.l.", "vat": vat},
        {"id": "bbbbbbbbbbbb", "name": "Twin S.r.l.", "vat": other},
        {"id": "cccccccccccc", "name": "Twin S.p.A."},
    )
    leads = Leads(account.api, {})
    lead = Lead("aaaaaaaaaaaa", ("aaaaaaaaaaaa00000000",), f"vat {vat}")
    assert leads.find(Clues(vat=f"IT{vat}")) == lead
    given = leads.find(Clues(id="aaaaaaaaaaaa00000000"))
    assert given == Lead("aaaaaaaaaaaa00000000", ("aaaaaaaaaaaa",), "its id")
    by_name = leads.find(Clues(name="Solo SRL"))
    assert isinstance(by_name, Lead)
    assert by_name.id == "aaaaaaaaaaaa"


def test_k14_two_companies_of_one_name_are_no_lead(account):
    account.companies({"name": "Twin S.r.l."}, {"name": "Twin S.p.A."})
    found = Leads(account.api, {}).find(Clues(name="Twin"))
    assert isinstance(found, Problem)
    assert found.code == "LEAD_AMBIGUOUS"


def test_a_match_that_is_less_sure_than_asked_for_is_none():
    items = [{"id": "a", "confidence": 0.89}, {"id": "b"}, {"id": "c", "confidence": 0.9}]
    scripted = Scripted([answer({"items": items})])
    (company,) = scripted.api.match("Acme", min_confidence=0.9)
    assert company.ids == ("c",)
    assert given(scripted.transport.requests[0])["minConfidence"] == "0.9"


def test_an_answer_of_another_shape_may_have_created_it():
    scripted = Scripted([answer({"items": []}), answer({"items": 1})])
    assert scripted.api.create(event()).result.ending is Ending.UNKNOWN
    with pytest.raises(FatalError, match="no list of items"):
        list(scripted.api.events_of([LEAD]))


def test_a_stop_while_it_waits_to_send_again_leaves_nothing_uncertain():
    scripted = Scripted(lambda _: RetryableError("the connection was refused"))
    scripted.clock.stop()
    assert scripted.api.create(event()).result.ending is Ending.NOT_SENT


def test_a_token_that_is_not_there_leaves_nothing_uncertain(monkeypatch):
    monkeypatch.delenv("ATOKA_TOKEN", raising=False)
    scripted = Scripted([], token="${ATOKA_TOKEN}")
    assert scripted.api.create(event()).result.ending is Ending.NOT_SENT


def test_a_forced_deletion_says_so():
    scripted = Scripted([answer({})])
    assert scripted.api.delete(42, force=True)
    assert given(scripted.transport.requests[0])["forceDelete"] == "true"


def test_a_deletion_that_is_refused_is_no_success():
    scripted = Scripted([answer({"message": "no"}, 409)])
    with pytest.raises(RecordError, match="to delete event 42"):
        scripted.api.delete(42)


def test_k06_a_502_after_a_502_leaves_it_unknown_and_the_look_not_made():
    scripted = Scripted(lambda _: answer({}, 502))
    assert scripted.api.create(event()).result.ending is Ending.UNKNOWN
    assert len(scripted.transport.requests) == 1
    with pytest.raises(RetryableError, match="502 Bad Gateway"):
        list(scripted.api.events_of([LEAD]))
    assert len(scripted.transport.requests) > 2
