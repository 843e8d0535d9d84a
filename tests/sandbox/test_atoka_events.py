from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.sandbox.application import EVENTS, refusal

MEMBERS = {
    "id", "lead", "type", "status", "note", "noteVisibility", "date", "created", "owner",
    "updateTime", "statusCollectionId", "leadAssignee",
}  # fmt: skip


def test_a_created_event_is_answered_whole(app):
    answer = app.post(lead=app.lead, type="company", note="n", status="Lost", leadAssignee="a@b.it")
    item = answer.json()["item"]
    assert (answer.status_code, answer.json()["queryExplanation"]) == (200, [])
    assert set(item) == MEMBERS
    assert {name: item[name] for name in ("lead", "type", "note", "status", "leadAssignee")} == {
        "lead": app.lead, "type": "company", "note": "n", "status": "Lost",
        "leadAssignee": "a@b.it",
    }  # fmt: skip


def test_times_are_now_where_none_was_given(app):
    item = app.event()
    created = datetime.fromisoformat(item["created"])
    assert abs((datetime.now(UTC) - created).total_seconds()) < 60
    assert item["date"] == item["updateTime"] == item["created"]


def test_the_same_call_again_makes_another_event(app):
    one, other = app.event(note="x"), app.event(note="x")
    assert one["id"] != other["id"]
    assert [event["serial"] for event in app.kept()] == [1, 2]


REFUSED = [
    ({"lead": ""}, 400, "lead"),
    ({"lead": None}, 400, "lead"),
    ({"lead": ["123456789abc", "x"]}, 400, "lead"),
    ({"lead": "fff"}, 404, None),
    ({"type": None}, 400, "type"),
    ({"type": "Company"}, 400, "type"),
    ({"type": "person"}, 400, "type"),
    ({"type": "deal"}, 400, "type"),
    ({"status": "Won"}, 400, "status"),
    ({"status": "lost"}, 400, "status"),
    ({"status": ""}, 400, "status"),
    ({"leadAssignee": " "}, 400, "leadAssignee"),
    ({"leadAssigneeRemove": "yes"}, 400, "leadAssigneeRemove"),
    ({"note": ["a", "b"]}, 400, "note"),
    ({"noteVisibility": "x"}, 400, "noteVisibility"),
]


@pytest.mark.parametrize(("fields", "status", "parameter"), REFUSED, ids=repr)
def test_what_does_not_fit_is_refused_and_named(app, fields, status, parameter):
    given = {"lead": app.lead, "type": "company", **fields}
    answer = app.post(**{name: value for name, value in given.items() if value is not None})
    assert refusal(answer) == (status, parameter)
    assert app.kept() == []


def test_unknown_leads_can_be_taken(applying):
    app = applying(atoka_unknown_leads="taken")
    assert app.event(lead="anything")["lead"] == "anything"


def test_a_lead_is_one_under_all_its_ids(app):
    app.companies({"id": "6da785b3adf219770c9e", "ids": ["6da785b3adf2"], "name": "SpazioDati"})
    assert app.event(lead="6da785b3adf2")["lead"] == "6da785b3adf219770c9e"
    assert len(app.items(leads="6da785b3adf2,6da785b3adf219770c9e")) == 1


def test_a_person_is_no_company(app):
    (person,) = app.client.control("/atoka/people", {"items": [{"name": "Ada"}]})["ids"]
    assert app.event(lead=person, type="person")["type"] == "person"
    assert refusal(app.post(lead=person, type="company")) == (400, "type")


def test_the_assignee_stays_until_another_comes_or_is_removed(app):
    steps = [{}, {"leadAssignee": "a"}, {}, {"leadAssignee": "b"}, {"leadAssigneeRemove": "false"}]
    steps += [{"leadAssignee": "c", "leadAssigneeRemove": "true"}, {}]
    assignees = [app.event(**step)["leadAssignee"] for step in steps]
    assert assignees == [None, "a", "a", "b", "b", None, None]


def test_assignees_can_be_known_ones_only(applying):
    app = applying(atoka_assignees="a@b.it, c@d.it")
    assert app.event(leadAssignee="c@d.it")["leadAssignee"] == "c@d.it"
    answer = app.post(lead=app.lead, type="company", leadAssignee="c d.it")
    assert refusal(answer) == (400, "leadAssignee")


def test_notes_can_have_a_longest_length(applying):
    app = applying(atoka_note_chars=3)
    assert app.event(note="èèè")["note"] == "èèè"
    assert refusal(app.post(lead=app.lead, type="company", note="four")) == (400, "note")


def test_details_are_of_one_event(app):
    item = app.event(note="n")
    assert app.get(f"{EVENTS}/{item['id']}").json() == {"item": item, "queryExplanation": []}
    for number in (item["id"] + 1, item["id"] - 1, 0):
        assert refusal(app.get(f"{EVENTS}/{number}")) == (404, None)


def test_an_update_changes_the_note_and_its_time(app):
    item = app.event(note="old", status="Lost")
    app.pass_time(60)
    new = app.send("PUT", f"{EVENTS}/{item['id']}", note="new").json()["item"]
    assert new.pop("updateTime") > item.pop("updateTime")
    assert new == {**item, "note": "new"}


@pytest.mark.parametrize("field", ["status", "lead", "type", "leadAssignee"])
def test_an_update_changes_nothing_else(app, field):
    item = app.event()
    answer = app.send("PUT", f"{EVENTS}/{item['id']}", note="n", **{field: "Lost"})
    assert refusal(answer) == (400, field)
    assert refusal(app.send("PUT", f"{EVENTS}/{item['id']}")) == (400, "note")


@pytest.mark.parametrize(
    ("reading", "date", "note"),
    [("ignored", "2020", "new"), ("refused", "2020", "old"), ("applied", "2015", "new")],
)
def test_a_date_in_an_update_can_be_read_three_ways(applying, reading, date, note):
    app = applying(atoka_update_date=reading)
    path = f"{EVENTS}/{app.event(note='old', date='2020-01-01')['id']}"
    answer = app.send("PUT", path, note="new", date="2015-10-21")
    item = app.get(path).json()["item"]
    assert (item["date"][:4], item["note"]) == (date, note)
    assert (answer.status_code == 400) == (reading == "refused")


def test_an_applied_date_must_be_after_the_leads_other_events(applying):
    app = applying(atoka_update_date="applied")
    app.event(date="2015-10-21")
    path = f"{EVENTS}/{app.event(date='2020-01-01')['id']}"
    statuses = [
        app.send("PUT", path, note="n", date=date).status_code
        for date in ("2015-10-21", "2015-10-22")
    ]
    assert statuses == [400, 200]


def test_a_deleted_event_is_gone_and_kept_for_the_books(app):
    one, other = app.event(leadAssignee="a"), app.event(leadAssignee="b")
    assert app.send("DELETE", f"{EVENTS}/{one['id']}", forceDelete="true").status_code == 200
    assert app.get(f"{EVENTS}/{one['id']}").status_code == 404
    assert [event["id"] for event in app.listed()] == [other["id"]]
    assert [event["deleted"] for event in app.kept()] == [True, False]


def test_deleting_twice_is_404(app):
    path = f"{EVENTS}/{app.event()['id']}"
    statuses = [app.http.delete(f"/atoka{path}?token=t").status_code for _ in range(2)]
    assert statuses == [200, 404]
    assert refusal(app.send("DELETE", path, forceDelete="1")) == (400, "forceDelete")


def test_the_last_known_assignee_is_of_what_is_left(app):
    app.event(leadAssignee="a")
    gone = app.event(leadAssignee="b")
    app.send("DELETE", f"{EVENTS}/{gone['id']}")
    assert app.event()["leadAssignee"] == "a"


def test_statuses_are_listed_with_hidden_ones_and_sinks(app):
    items = app.items(f"{EVENTS}/statuses")
    assert all(set(item) == {"label", "previous", "sink", "hidden"} for item in items)
    assert any(item["hidden"] for item in items)
    assert any(item["sink"] for item in items)
    assert all(app.event(status=item["label"])["status"] == item["label"] for item in items)


def test_statuses_can_be_configured(app):
    app.client.control("/atoka/statuses", {"items": [{"label": "Vinto", "sink": True}]})
    assert app.items(f"{EVENTS}/statuses") == [
        {"label": "Vinto", "previous": None, "sink": True, "hidden": False}
    ]
    assert app.event(status="Vinto")["status"] == "Vinto"
    assert refusal(app.post(lead=app.lead, type="company", status="Lost")) == (400, "status")


@pytest.mark.parametrize(
    "items",
    [None, [], ["Lost"], [{"sink": True}], [{"label": "a", "x": 1}], [{"label": "a"}] * 2],
    ids=repr,
)
def test_statuses_that_are_none_are_explained(app, items):
    answer = app.http.post("/_sandbox/atoka/statuses", json={"items": items})
    assert answer.status_code == 400


CHECKED = [
    (["To contact", "Contacted"], True),
    (["Contacted"], False),
    (["To contact", "Meeting"], False),
    (["Lost", "To contact"], False),
    (["Lost", "Lost"], True),
    (["Imported"], False),
    (["To contact", None, "Contacted"], True),
]


@pytest.mark.parametrize(("statuses", "fits"), CHECKED, ids=repr)
def test_transitions_can_be_checked(applying, statuses, fits):
    app = applying(atoka_transitions="checked")
    sent = [{"lead": app.lead, "type": "company", "status": status} for status in statuses]
    for fields in sent[:-1]:
        app.event(**{name: value for name, value in fields.items() if value is not None})
    assert (app.post(**sent[-1]).status_code == 200) == fits
