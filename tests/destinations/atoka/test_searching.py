from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crmsync.destinations.atoka.encoding import unpack
from crmsync.destinations.atoka.reconcile import Look, Rules
from crmsync.destinations.atoka.searching import search
from crmsync.errors import CredentialsError, RetryableError
from crmsync.interfaces import Request, Response
from crmsync.state import Phase
from tests.destinations.atoka.accounts import Scripted, answer, given
from tests.destinations.atoka.lines import AT, line

QUIET = timedelta(seconds=120)
DOWN = RetryableError("down")


def due(*leads: str):
    """An uncertain event of each."""
    lines = (line(n, lead, Phase.UNKNOWN, first_at=AT) for n, lead in enumerate(leads, 1))
    return {one.lead: unpack(one, 0).intent for one in lines}


def row(number: int, lead: str, tag: int | None = None, note: str = "") -> dict[str, object]:
    mark = f"[cs:{tag:012x}]" if tag is not None else ""
    moment = AT.isoformat()
    return {
        "id": number, "lead": lead, "type": "company", "note": f"{note} {mark}",
        "date": moment, "created": moment, "updateTime": moment,
    }  # fmt: skip


def page(*rows: dict[str, object]) -> Response:
    return answer({"items": list(rows), "meta": {"count": len(rows)}})


def found(account: Scripted, intents, *, sync: bool = False, taken=()):
    return search(account.api, intents, taken=taken, now=AT, sync=sync, rules=Rules())


def test_what_has_the_tag_is_it_and_what_is_not_there_is_absent():
    account = Scripted([page(row(71, "x", 1), row(72, "y", 9))])
    assert found(account, due("x", "y")) == ({"x": Look(AT, (71,)), "y": Look(AT)}, None)
    assert given(account.transport.requests[0])["leads"] == "x,y"


def test_without_a_tag_an_event_that_is_known_to_be_another_is_not_it():
    intents = due("x")
    account = Scripted([page(row(71, "x", note="event 1"))] * 2)
    assert found(account, intents).looks["x"].ids == (71,)
    assert found(account, intents, taken={71}).looks["x"] == Look(AT)


def test_k06_a_list_that_fails_leaves_the_looks_of_others_as_they_are():
    leads = [f"{number:03}" for number in range(60)]

    def respond(request: Request) -> Response | Exception:
        return DOWN if given(request)["leads"].startswith("050") else page(row(7, "000", 1))

    account = Scripted(respond)
    looks, error = found(account, due(*leads))
    assert isinstance(error, RetryableError)
    assert looks["000"] == Look(AT, (7,))
    assert [lead for lead in leads if looks[lead].failed] == leads[50:]


def test_the_gravest_error_is_told():
    refused = answer({"message": "no"}, 401)
    leads = [f"{number:03}" for number in range(120)]
    looks, error = found(Scripted([refused, *[DOWN] * 500]), due(*leads))
    assert isinstance(error, CredentialsError)
    assert all(look.failed for look in looks.values())


def test_many_uncertain_events_are_looked_for_by_one_walk_where_the_account_has_it():
    leads = [f"{number:03}" for number in range(200)]
    account = Scripted([page(row(9, "199", 200))])
    looks, _ = found(account, due(*leads), sync=True)
    assert (looks["199"].ids, looks["000"].ids) == ((9,), ())
    assert "/sync" in account.transport.requests[0].url


def refusing(*refused: str, status: int = 404) -> Scripted:
    """An account that refuses a list with any of these leads; the others' are empty."""

    def respond(request: Request) -> Response:
        asked = given(request)["leads"].split(",")
        no = any(lead in refused for lead in asked)
        return answer({"message": "unknown lead"}, status) if no else page(row(7, asked[0], 1))

    return Scripted(respond)


def test_a_lead_that_atoka_refuses_in_a_list_is_a_doubt_and_the_others_are_read_alone():
    looks, error = found(refusing("y"), due("x", "y", "z"))
    assert error is None
    assert (looks["x"], looks["z"]) == (Look(AT, (7,)), Look(AT))
    assert looks["y"].doubt == "Atoka refused what was asked of /v2/leadevents (404): unknown lead"


def test_a_refusal_that_is_no_leads_fault_ends_it():
    looks, error = found(refusing("x", "y", status=400), due("x", "y"))
    assert error is not None
    assert all(look.failed for look in looks.values())


def test_a_lead_with_more_events_than_can_be_read_is_a_doubt_where_all_must_be():
    rows = [row(n, "x") for n in range(1, 101)]
    crowded = answer({"items": rows, "meta": {"count": 30_000}})
    whole = {lead: replace(one, since=AT - QUIET) for lead, one in due("x").items()}
    looks, error = found(Scripted([crowded] * 200), whole)
    assert error is None
    assert "has 30,000 events" in looks["x"].doubt


def test_an_event_that_is_answered_under_the_main_id_of_its_lead_is_found_by_all_it_holds():
    other = row(70, "elsewhere", note="event 9")
    both = page(other, row(71, "main", note="event 1"))
    account = Scripted([both, page(row(71, "main", note="event 1"))])
    assert found(account, due("alias", "y")).looks == {"alias": Look(AT, (71,)), "y": Look(AT)}
    asked = [given(request)["leads"] for request in account.transport.requests]
    assert asked == ["alias,y", "alias"]


def test_events_of_leads_that_were_not_asked_for_are_no_reason_to_ask_again():
    account = Scripted([page(row(70, "elsewhere", note="event 9"))])
    assert found(account, due("x", "y")).looks == {"x": Look(AT), "y": Look(AT)}
