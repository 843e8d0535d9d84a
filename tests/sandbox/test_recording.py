from __future__ import annotations

from contextlib import suppress

import httpx
import pytest

from crmsync.history import Item, What, meaning, read_history

ACME = {"domain": "acme.com", "properties": {"displayName": "Acme"}}


@pytest.fixture(scope="session")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("recorded") / "history.jsonl"


@pytest.fixture
def recorded(serving, file):
    """A sandbox that writes a history, and what it wrote since the test began."""
    client = serving(history=str(file), atoka_unknown_leads="taken")
    begun = len(list(read_history(file)))
    return client, lambda: list(read_history(file))[begun:]


def test_a_push_is_told_with_what_it_carries_what_it_did_and_its_answer(recorded):
    client, history = recorded
    client.push(ACME, {"domain": "no domain"}, {"domain": "b.com", "isEnabled": False})
    asked, done, answered = history()
    assert (asked.what, done.what, answered.what) == (What.ASKED, What.DONE, What.ANSWERED)
    assert [item.key for item in asked.items] == ["acme.com", "no domain", "b.com"]
    assert [(item.key, item.state) for item in done.items] == [("acme.com", ""), ("b.com", "off")]
    assert (asked.system, asked.call, answered.status) == ("akooda", "POST /organizations", 204)
    assert done.items[0].digest == meaning(ACME)
    assert asked.exchange == done.exchange == answered.exchange


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ("reset=1", [What.ASKED, What.CUT]),
        ("lost=1", [What.ASKED, What.DONE, What.CUT]),
        ("cut=1", [What.ASKED, What.DONE, What.ANSWERED]),
        ("late504=1", [What.ASKED, What.DONE, What.ANSWERED]),
        ("429=1", [What.ASKED, What.ANSWERED]),
        ("late=1", [What.ASKED, What.CUT]),
    ],
)
def test_what_a_fault_does_is_told(recorded, plan, told):
    client, history = recorded
    client.control("/faults", {"akooda": plan})
    with suppress(httpx.TransportError):  # where no answer came
        client.push(ACME)
    assert [entry.what for entry in history()] == told


def test_what_is_late_takes_effect_later(recorded):
    client, history = recorded
    client.control("/faults", {"akooda": "late=1,late_s=60"})
    with suppress(httpx.TransportError):
        client.push(ACME)
    client.control("/late", {})
    assert [entry.what for entry in history()] == [What.ASKED, What.CUT, What.DONE]


def test_an_event_is_told_by_its_lead_its_mark_its_id_and_its_date(recorded):
    client, history = recorded
    form = {"token": "t0ken", "lead": "nobody", "type": "company", "note": "a [cs:4f9a21c0d3b8]"}
    created = client.http.post("/atoka/v2/leadevents", data=form).json()["item"]
    asked, done, _ = history()
    assert asked.items == (Item("nobody", tag="4f9a21c0d3b8"),)
    assert done.items == (
        Item("nobody", id=str(created["id"]), tag="4f9a21c0d3b8", date=created["date"]),
    )


def test_neither_a_query_nor_a_header_stands_in_a_history(recorded, file):
    client, history = recorded
    headers = {"x-akooda-authorization": "t0p-secret"}
    client.http.get("/atoka/v2/leadevents/statuses", params={"token": "t0p-secret"})
    client.http.post("/akooda/organizations", json=[ACME], headers=headers)
    assert len(history()) == 4
    assert b"t0p-secret" not in file.read_bytes()
