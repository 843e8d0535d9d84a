"""`crmsync events …` where the platform refuses, breaks, or has more than a list reaches."""

from __future__ import annotations

import json

import pytest

from crmsync.destinations.atoka.events import Event
from crmsync.testing.servers import FaultServer, Received, cut, reply, reset
from tests.cli.events_world import SECRETS, Lists, configure, event
from tests.destinations.atoka.accounts import LEAD, TOKEN, served

HTML = {"content-type": "text/html"}
COMMANDS = {
    "list": ("list", "--lead", LEAD),
    "look up": ("list", "--vat", "1"),
    "show": ("show", "7"),
    "update": ("update", "7", "--note", "x"),
    "delete": ("delete", "7", "--yes"),
    "statuses": ("statuses",),
    "sync": ("sync", "--since", "1d"),
}


@pytest.fixture
def events(crmsync, tmp_path, monkeypatch):
    """Runs `crmsync events …` at an address; no secret and no trace may show."""
    monkeypatch.setenv("ATOKA_TOKEN", TOKEN)

    def events(url: str, *arguments: str):
        configure(tmp_path, url)
        ended = crmsync("events", *arguments)
        assert not [one for one in SECRETS if one in ended.out + ended.err]
        assert "Traceback" not in ended.err
        assert "bug in crmsync" not in ended.err
        return ended

    return events


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=list(COMMANDS))
@pytest.mark.parametrize(
    ("play", "code"),
    [
        (reply(401, b'{"message": "token t0ken-0123456789+/= is not valid"}'), 7),
        (reply(200, b"<html>Sign in</html>", HTML), 5),
        (reply(200, b'{"message": "hello"}'), 1),
        (reply(404, b"<html>no such page</html>", HTML), 1),
        (reply(302, b"", {"location": "https://login.example.com/?token=x"}), 1),
        (reply(429, b"", {"retry-after": "3600"}), 5),
        (reply(503, b"<html>busy</html>", HTML), 5),
        (cut(b'{"items": [', declared=99), 5),
        (reset(), 5),
    ],
    ids=["401", "HTML", "no list", "404 HTML", "302", "429", "503", "cut", "reset"],
)
def test_k15_every_failure_ends_with_its_code_and_words_without_the_token(
    events, arguments, play, code
):
    with FaultServer([play]) as server:
        ended = events(server.url, *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert "error: " in ended.err


def test_the_synchronization_without_its_feature_says_what_to_do(events):
    with served(atoka_sync=False) as account:
        ended = events(account.url, "sync", "--since", "1d")
    assert (ended.code, ended.out) == (7, "")
    assert "does not allow the synchronization" in ended.err
    assert "useLeadEventsSync" in ended.err
    assert "crmsync events list --lead ID" in ended.err


def test_a_user_that_is_none_is_told_as_such(events):
    with served(atoka_app_user="u1") as account:
        ended = events(account.url, "statuses", "--json")
    assert ended.code == json.loads(ended.out)["exit_code"] == 7
    assert "app_user_id" in ended.err


def by_id(answers):
    """Answers a DELETE by its event, and shows any."""

    def choose(request: Received):
        number = request.target.partition("?")[0].rpartition("/")[2]
        if request.method == "GET":
            return reply(200, json.dumps({"item": event(int(number))}).encode())
        return answers[number]

    return choose


def test_a_deletion_that_is_refused_keeps_no_other_from_being_tried(events):
    answers = {"1": reply(400, b'{"message": "locked"}'), "2": reply(204)}
    with FaultServer(by_id(answers)) as server:
        ended = events(server.url, "delete", "1", "2", "--yes", "--json")
    found = json.loads(ended.out)
    assert [one["result"] for one in found["events"]] == ["not deleted", "deleted"]
    assert ended.code == found["exit_code"] == 1
    assert "locked" in ended.err


def test_a_deletion_ends_where_the_platform_is_down(events):
    answers = {"1": reply(204), "2": reply(503), "3": reply(204)}
    with FaultServer(by_id(answers)) as server:
        ended = events(server.url, "delete", "1", "2", "3", "--yes")
    assert ended.out.splitlines() == ["1  deleted", "2  not deleted", "3  not tried"]
    assert ended.code == 5
    assert "error: 2: " in ended.err


def test_k12_of_many_leads_12000_events_are_listed_within_the_windows(events):
    numbers = range(1, 12_001)
    lists = Lists([event(number, f"l{number % 40}") for number in numbers])
    leads = [word for lead in range(40) for word in ("--lead", f"l{lead}")]
    with lists.server as server:
        ended = events(server.url, "list", *leads, "--json")
    assert [one["id"] for one in json.loads(ended.out)["events"]] == list(reversed(numbers))
    assert max(lists.offsets) <= 9_950


def test_k13_of_12000_events_all_are_synchronized_within_the_windows(events):
    lists = Lists([event(number) for number in range(1, 12_001)])
    with lists.server as server:
        ended = events(server.url, "sync", "--since", "2026-01-01", "--format", "ndjson")
    assert [json.loads(line)["id"] for line in ended.out.splitlines()] == list(range(1, 12_001))
    assert max(lists.offsets) <= 9_900


def test_a_synchronization_that_breaks_off_says_where_to_go_on(events):
    first = {"items": [event(number) for number in range(1, 101)], "meta": {"count": 300}}
    with FaultServer([reply(200, json.dumps(first).encode()), reply(503)]) as server:
        ended = events(server.url, "sync", "--since", "2026-01-01", "--format", "ndjson")
    assert (ended.code, len(ended.out.splitlines())) == (5, 100)
    assert "not all were read: 100 events; go on with --since 2026-01-01T00:01:40" in ended.err


@pytest.mark.parametrize(
    ("typed", "code", "deleted"),
    [(b"y\n", 0, True), (b"n\n", 1, False), (b"\x04", 1, False)],
    ids=["yes", "no", "end of input"],
)
def test_on_a_terminal_a_deletion_shows_the_event_and_asks(
    at_a_terminal, tmp_path, monkeypatch, typed, code, deleted
):
    monkeypatch.setenv("ATOKA_TOKEN", TOKEN)
    with served(atoka_companies=0) as account:
        made = account.made(Event(tag="4f9a21c0d3b8", lead=LEAD, note="precious"))
        configure(tmp_path, account.url)
        ended, screen = at_a_terminal(typed, "events", "delete", made)
        assert account.kept()[0]["deleted"] is deleted
    assert ended == code
    assert "precious" in screen
    assert "Delete this event for good?" in screen
