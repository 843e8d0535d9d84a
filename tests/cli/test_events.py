"""`crmsync events …` against the simulator, through the real adapter."""

from __future__ import annotations

import json

import pytest

from crmsync.destinations.atoka.events import Event
from tests.cli.events_world import SECRETS, configure
from tests.destinations.atoka.accounts import LEAD, TOKEN, served

TAG = "4f9a21c0d3b8"
GONE = "999999"


@pytest.fixture(scope="module")
def simulator():
    with served(nasty=0) as account:
        yield account


@pytest.fixture
def atoka(simulator):
    """The simulator as at its start, with one lead."""
    simulator.control("/atoka/reset", {})
    simulator.companies({"id": LEAD, "name": "Acme S.r.l.", "vat": "00000000001"})
    return simulator


@pytest.fixture
def events(atoka, crmsync, tmp_path, monkeypatch):
    """Runs `crmsync events …`; no secret may show."""
    configure(tmp_path, atoka.url)
    monkeypatch.setenv("ATOKA_TOKEN", TOKEN)

    def events(*arguments: str):
        ended = crmsync("events", *arguments)
        assert not [one for one in SECRETS if one in ended.out + ended.err]
        assert "Traceback" not in ended.err
        return ended

    return events


@pytest.fixture
def made(atoka):
    """Creates events of the lead; gives their ids."""

    def made(*notes: str, status: str | None = None) -> list[str]:
        return [atoka.made(Event(tag=TAG, lead=LEAD, note=one, status=status)) for one in notes]

    return made


def ids(ended):
    return [str(event["id"]) for event in json.loads(ended.out)["events"]]


def test_a_list_is_a_table_with_the_tag_apart(events, made):
    (number,) = made(f"new deal [cs:{TAG}]", status="Contacted")
    head, row = events("list", "--lead", LEAD).out.splitlines()
    assert head.split() == [
        "id",
        "date",
        "lead",
        "type",
        "status",
        "assignee",
        "note",
        "tag",
        "who",
    ]
    assert row.split()[0] == number
    assert row.split()[2:5] == [LEAD, "company", "Contacted"]
    assert row.split("  ")[-3:] == ["new deal", TAG, "application (sandbox)"]


def test_a_list_has_the_newest_first_the_oldest_when_asked_and_no_more_than_the_limit(events, made):
    first, second, third = made("a", "b", "c")
    assert ids(events("list", "--lead", LEAD, "--json")) == [third, second, first]
    assert ids(events("list", "--lead", LEAD, "--oldest", "--limit", "2", "--json")) == [
        first,
        second,
    ]
    assert ids(events("list", "--lead", LEAD, "--newest", "--limit", "1", "--json")) == [third]


def test_a_lead_is_found_by_its_number(events, made):
    made("a")
    ended = events("list", "--vat", "IT 00000000001", "--json")
    assert json.loads(ended.out)["leads"] == [LEAD]
    assert f"lead {LEAD}, by vat 00000000001" in ended.err


def test_a_name_of_several_companies_is_not_guessed(events, atoka):
    atoka.companies({"name": "Twin S.r.l.", "vat": "1"}, {"name": "Twin S.r.l.", "vat": "2"})
    ended = events("list", "--name", "Twin S.r.l.")
    assert (ended.code, ended.out) == (2, "")
    assert "is 2 companies" in ended.err
    assert "--lead" in ended.err
    assert "map" not in ended.err


def test_a_list_of_no_lead_says_that_there_is_none_and_what_there_is(events):
    ended = events("list")
    assert (ended.code, ended.out) == (2, "")
    assert "events sync --since" in ended.err


def test_an_unknown_lead_has_no_events(events):
    ended = events("list", "--lead", "zzz", "--json")
    assert (ended.code, json.loads(ended.out)) == (0, {"leads": ["zzz"], "events": []})
    assert "no events of zzz, or Atoka does not know the lead" in ended.err


@pytest.mark.parametrize(
    ("since", "count"), [("1d", 1), ("2026-01-01", 1), ("2026-01-01T00:00:00+02:00", 1)]
)
def test_a_list_may_begin_at_a_moment(events, made, since, count):
    made("a")
    assert len(ids(events("list", "--lead", LEAD, "--since", since, "--json"))) == count


def test_what_is_older_is_left_out(events, made, atoka):
    made("a")
    atoka.control("/atoka/clock", {"skew_s": 3600.0})
    (later,) = made("b")
    atoka.control("/atoka/clock", {"skew_s": 0.0})
    assert len(ids(events("list", "--lead", LEAD, "--since", "30m", "--json"))) == 2
    assert later in ids(events("list", "--lead", LEAD, "--since", "0s", "--json"))
    assert len(ids(events("list", "--lead", LEAD, "--since", "0s", "--json"))) == 1


def test_an_event_is_shown_whole(events, made):
    (number,) = made(f"new [cs:{TAG}]")
    lines = dict(
        line.split(None, 1) for line in events("show", number).out.splitlines() if " " in line
    )
    assert (lines["id"], lines["note"], lines["tag"]) == (number, "new", TAG)
    assert lines["owner.application"] == "sandbox"
    assert lines["created"].endswith("Z")
    event = json.loads(events("show", number, "--json").out)["event"]
    assert event["note"] == f"new [cs:{TAG}]"
    assert (event["note_visibility"], event["status_collection"]) == ("application", "default")


@pytest.mark.parametrize("command", [("show", GONE), ("update", GONE, "--note", "x")], ids=" ".join)
def test_an_event_that_is_not_there_is_said_to_be_none(events, command):
    ended = events(*command)
    assert (ended.code, ended.out) == (2, "")
    assert f"Atoka has no lead event {GONE}" in ended.err


@pytest.mark.parametrize("command", ["show", "update", "delete"])
@pytest.mark.parametrize("number", ["sync", "0", "-1", "4.5"])
def test_an_id_is_a_number(events, command, number):
    assert events(command, number).code == 2


def test_an_update_tells_the_old_note_and_the_new_and_keeps_the_tag(events, made):
    (number,) = made(f"old [cs:{TAG}]")
    ended = events("update", number, "--note", "caffè & tè 100% = a+b")
    assert ended.out == f"{number}: old [cs:{TAG}] → caffè & tè 100% = a+b [cs:{TAG}]\n"
    assert f"kept [cs:{TAG}] in the note" in ended.err
    assert f"[cs:{TAG}]" in events("show", number, "--json").out


def test_an_update_to_the_same_note_sends_nothing(events, made, atoka):
    (number,) = made(f"same [cs:{TAG}]")
    ended = events("update", number, "--note", f"same [cs:{TAG}]", "--json")
    assert json.loads(ended.out)["changed"] is False
    assert "nothing was sent" in ended.err
    (kept,) = atoka.kept()
    assert kept["updateTime"] == kept["created"]


def test_an_update_cleans_what_nobody_sees(events, made, atoka):
    (number,) = made("old")
    events("update", number, "--note", "a\u202eb\u200b\x07")
    assert [one["note"] for one in atoka.kept()] == ["ab"]


def test_an_update_says_that_a_text_is_too_long(events, made, atoka, tmp_path):
    configure(tmp_path, atoka.url, "max_note = 40")
    (number,) = made(f"old [cs:{TAG}]")
    ended = events("update", number, "--note", "x" * 50, "--json")
    assert "shortened" in ended.err
    assert len(json.loads(ended.out)["event"]["note"]) == 40


def test_nothing_is_deleted_where_nobody_can_be_asked(events, made, atoka):
    (number,) = made("a")
    ended = events("delete", number)
    assert (ended.code, ended.out) == (2, "")
    assert "--yes" in ended.err
    assert not atoka.kept()[0]["deleted"]


def test_a_deletion_tells_each_event_and_warns_of_crmsyncs_own(events, made, atoka):
    own, other = made(f"a [cs:{TAG}]", "b")
    ended = events("delete", own, other, GONE, own, "--yes")
    assert ended.code == 0
    told = [f"{own}  deleted", f"{other}  deleted", f"{GONE}  was not there"]
    assert ended.out.splitlines() == told
    assert ended.err.count("will not create it again") == 1
    assert f"event {own}" in ended.err
    assert all(one["deleted"] for one in atoka.kept())


def test_a_deletion_of_what_is_not_there_is_a_success(events):
    found = json.loads(events("delete", GONE, "--yes", "--force", "--json").out)
    (event,) = found["events"]
    assert (found["exit_code"], event["result"]) == (0, "was not there")


def test_the_statuses_are_a_table(events):
    rows = events("statuses").out.splitlines()
    assert rows[0].split() == ["label", "previous", "sink", "hidden"]
    assert rows[2].split() == ["Contacted", "To", "contact"]
    assert rows[7].split() == ["Imported", "yes"]
    first = json.loads(events("statuses", "--json").out)["statuses"][0]
    assert first == {"label": "To contact", "previous": None, "sink": False, "hidden": False}


def test_the_synchronization_has_every_leads_events_and_says_where_to_go_on(events, made, atoka):
    (other,) = atoka.companies({"name": "Other"})
    (first,) = made("a")
    second = atoka.made(Event(tag=TAG, lead=other))
    ended = events("sync", "--since", "1d", "--format", "ndjson")
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert [str(event["id"]) for event in told] == [first, second]
    assert f"2 events; go on with --since {told[-1]['update_time']}" in ended.err
    assert ids(events("sync", "--since", "1d", "--json")) == [first, second]
    assert len(events("sync", "--since", "1d").out.splitlines()) == 3


def test_the_synchronization_may_go_to_a_file(events, made, tmp_path):
    (number,) = made("a")
    output = tmp_path / "events.ndjson"
    ended = events("sync", "--since", "1d", "--format", "ndjson", "--output", str(output))
    assert (ended.code, ended.out) == (0, "")
    assert json.loads(output.read_text())["id"] == int(number)
    assert output.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("since", ["soon", "2999-01-01", "", "7 weeks"])
def test_a_moment_that_is_none_is_refused(events, since):
    ended = events("sync", "--since", since)
    assert (ended.code, ended.out) == (2, "")
    assert "--since" in ended.err


@pytest.mark.security(27)
def test_a_text_that_a_terminal_would_obey_is_shown_by_its_code(events, made):
    made("a\x1b[2Jb\u202e")
    for ended in (events("list", "--lead", LEAD), events("sync", "--since", "1d")):
        assert "a\\x1b[2Jb\\u202e" in ended.out
        assert "\x1b" not in ended.out
