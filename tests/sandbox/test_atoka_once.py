from __future__ import annotations

import time
from http.client import HTTPConnection
from urllib.parse import urlencode

import httpx
import pytest

from crmsync.sandbox.faults import Dice, Faults
from tests.sandbox.application import EVENTS, FORM, TOKEN


@pytest.fixture
def faulty(app):
    """Gives the application after setting a plan."""

    def plan(text):
        app.client.control("/faults", {"atoka": text})
        return app

    return plan


def waiting(app):
    return app.client.control("/late")["waiting"]


def hurry(app):
    return app.client.control("/late", {})["handled"]


def cut_off(app, **fields):
    with pytest.raises(httpx.ReadError):
        app.event(**fields)


def heal(app):
    app.client.control("/faults", {})


@pytest.mark.parametrize(("plan", "kept"), [("lost=1", ["n"]), ("reset=1", [])])
def test_a_cut_connection_comes_after_the_commit_or_before_it(faulty, plan, kept):
    app = faulty(plan)
    cut_off(app, note="n")
    assert [event["note"] for event in app.kept()] == kept


def test_a_late_event_comes_after_its_connection_was_cut(faulty):
    app = faulty("late=1,late_s=600")
    cut_off(app, note="n")
    heal(app)
    assert (app.listed(), waiting(app)) == ([], 1)
    assert hurry(app) == 1
    assert [event["note"] for event in app.listed()] == ["n"]
    assert waiting(app) == 0


def test_a_late_event_comes_by_itself(faulty):
    app = faulty("late=1,late_s=0.05")
    cut_off(app)
    heal(app)
    deadline = time.monotonic() + 60
    while waiting(app) and time.monotonic() < deadline:
        app.listed()
    assert len(app.kept()) == 1


def test_a_repetition_of_a_late_event_is_a_duplicate(faulty):
    app = faulty("late=1,late_s=600")
    cut_off(app, note="x [cs:4f9a21c0d3b8]")
    heal(app)
    assert app.listed() == []
    app.event(note="x [cs:4f9a21c0d3b8]")
    hurry(app)
    assert app.client.control("/atoka/tags", {})["twice"] == ["4f9a21c0d3b8"]


def test_a_dated_repetition_of_a_late_event_is_fenced_off(faulty):
    app = faulty("late=1,late_s=600")
    cut_off(app, date="2015-10-21")
    heal(app)
    app.event(date="2015-10-21")
    hurry(app)
    assert len(app.kept()) == 1


def test_late_requests_die_with_a_reset_of_the_sandbox(faulty):
    app = faulty("late=1,late_s=600")
    cut_off(app)
    app.client.control("/reset", {})
    assert waiting(app) == 0
    assert app.kept() == []


def test_lateness_varies_by_the_seed():
    def waits(seed):
        dice = Dice(Faults.parse(f"late=1,late_s=1,late_jitter_s=29,seed={seed}"))
        return [fault.seconds for _ in range(100) if (fault := dice.throw())]

    assert waits(1) == waits(1) != waits(2)
    assert 1 <= min(waits(1)) < 5
    assert 25 < max(waits(1)) <= 30


def test_tags_are_counted_in_deleted_events_too(app):
    notes = ["a [cs:1]", "b [cs:2]", "c [cs:1]", "none"]
    first, *_ = [app.event(note=note)["id"] for note in notes]
    app.send("DELETE", f"{EVENTS}/{first}")
    assert app.client.control("/atoka/tags", {}) == {
        "events": 4, "untagged": 1, "counts": {"1": 2, "2": 1}, "twice": ["1"],
    }  # fmt: skip


def test_tags_can_have_another_form(app):
    app.event(note="see #7")
    assert app.client.control("/atoka/tags", {"pattern": r"#\d+"})["counts"] == {"#7": 1}
    answer = app.http.post("/_sandbox/atoka/tags", json={"pattern": "("})
    assert answer.status_code == 400


def test_the_platform_alone_can_be_as_at_the_start(app):
    app.event()
    app.client.control("/atoka/reset", {})
    assert app.kept() == []
    assert app.http.post("/_sandbox/atoka/nothing", json={}).status_code == 404


def test_many_events_over_many_leads_are_each_kept_once(app):
    leads = app.companies(*({"name": f"Lead {n}", "vat": f"{n:011d}"} for n in range(50)))
    connection = HTTPConnection(app.client.url.removeprefix("http://"))
    for number in range(300):
        fields = {"lead": leads[number % 50], "note": f"[cs:{number}]"}
        body = urlencode({"token": TOKEN, "type": "company", **fields})
        connection.request("POST", f"/atoka{EVENTS}", body, FORM)
        assert connection.getresponse().read().startswith(b'{"item"')
    connection.close()
    tags = app.client.control("/atoka/tags", {})
    assert (tags["events"], len(tags["counts"]), tags["twice"]) == (300, 300, [])
    assert [event["serial"] for event in app.kept()] == list(range(1, 301))
