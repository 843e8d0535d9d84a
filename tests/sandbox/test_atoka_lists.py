from __future__ import annotations

import pytest

from tests.sandbox.application import EVENTS, TOKEN, refusal

SYNC = f"{EVENTS}/sync"


@pytest.fixture
def filled(app):
    """Two leads with three events each, a minute apart, by turns."""
    (app.other,) = app.companies({"name": "Other"})
    for number in range(3):
        for lead in (app.lead, app.other):
            app.event(lead=lead, note=str(number))
            app.pass_time(60)
    return app


def test_a_list_is_of_the_leads_it_names(filled):
    assert {item["lead"] for item in filled.listed()} == {filled.lead}
    both = f"{filled.lead},{filled.other},{filled.lead},nobody"
    assert len(filled.items(leads=both)) == 6


@pytest.mark.parametrize(
    "query", ["leads={0}&leads={1}", "leads={0},{1}", "leads=%22{0}%22,{1}", "leads={0},+{1}"]
)
def test_leads_are_joined_by_commas_or_repeated(filled, query):
    named = query.format(filled.lead, filled.other)
    answer = filled.http.get(f"/atoka{EVENTS}?token={TOKEN}&{named}")
    assert answer.json()["meta"]["count"] == 6


@pytest.mark.parametrize("leads", ["", "a,,b", ",", "a\nb"])
def test_leads_are_required_and_not_blank(app, leads):
    assert refusal(app.get(leads=leads)) == (400, "leads")
    assert refusal(app.get()) == (400, "leads")


def test_leads_of_one_list_can_be_limited(applying):
    app = applying(atoka_max_leads=2)
    assert app.items(leads="a,b,a") == []
    assert refusal(app.get(leads="a,b,c")) == (400, "leads")


def test_the_newest_come_first_unless_asked_otherwise(filled):
    newest = [item["date"] for item in filled.listed()]
    assert newest == sorted(newest, reverse=True)
    assert filled.listed(ordering="oldest") == filled.listed(ordering="newest")[::-1]
    assert refusal(filled.get(leads=filled.lead, ordering="latest")) == (400, "ordering")


def test_a_page_tells_where_it_is(filled):
    page = filled.get(leads=filled.lead, offset=1, limit=1, ordering="oldest").json()
    assert [item["note"] for item in page["items"]] == ["1"]
    assert page["queryExplanation"] == []
    assert page["meta"] == {
        "ordering": "oldest", "count": 3, "limit": 1, "offset": 1, "info": [], "obfuscated": {},
    }  # fmt: skip


PAGES = [
    (EVENTS, {"offset": "9950"}, True),
    (EVENTS, {"offset": "9951"}, False),
    (EVENTS, {"offset": "9950", "limit": "51"}, False),
    (EVENTS, {"offset": "-1"}, False),
    (EVENTS, {"offset": "1.0"}, False),
    (EVENTS, {"limit": "100"}, True),
    (EVENTS, {"limit": "101"}, False),
    (EVENTS, {"limit": "0"}, True),
    (SYNC, {"offset": "9900"}, True),
    (SYNC, {"offset": "9901"}, False),
    (SYNC, {"limit": "٣"}, False),
]


@pytest.mark.parametrize(("path", "parameters", "fits"), PAGES, ids=repr)
def test_windows_end_at_ten_thousand(app, path, parameters, fits):
    leads = {"leads": app.lead} if path == EVENTS else {}
    assert (app.get(path, **leads, **parameters).status_code == 200) == fits


def test_usual_limits_are_50_and_100(app):
    assert app.get(leads=app.lead).json()["meta"]["limit"] == 50
    assert app.get(SYNC).json()["meta"]["limit"] == 100


def test_a_largest_limit_can_be_set(applying):
    app = applying(atoka_max_limit=500)
    assert app.listed(limit=500) == []
    assert refusal(app.get(leads=app.lead, limit=501)) == (400, "limit")


def test_sync_has_all_leads_the_earliest_update_first(filled):
    items = filled.items(SYNC)
    assert [item["note"] for item in items] == ["0", "0", "1", "1", "2", "2"]
    filled.send("PUT", f"{EVENTS}/{items[0]['id']}", note="changed")
    assert [item["note"] for item in filled.items(SYNC)] == ["0", "1", "1", "2", "2", "changed"]


@pytest.mark.parametrize(("bound", "count"), [("inclusive", 4), ("exclusive", 3)])
def test_sync_begins_at_a_moment_or_after_it(applying, bound, count):
    app = applying(atoka_sync_bound=bound)
    times = []
    for _ in range(6):
        times.append(app.event()["updateTime"])
        app.pass_time(60)
    assert len(app.items(SYNC, fromUpdateTime=times[2])) == count


@pytest.mark.parametrize(("moment", "count"), [("2015-10-21", 6), ("2100-01-01", 0)])
def test_sync_takes_days_too(filled, moment, count):
    assert len(filled.items(SYNC, fromUpdateTime=moment)) == count
    assert refusal(filled.get(SYNC, fromUpdateTime="soon")) == (400, "fromUpdateTime")


def test_sync_can_be_walked_page_by_page(filled):
    pages = [filled.items(SYNC, offset=offset, limit=2) for offset in (0, 2, 4, 6)]
    assert [item for page in pages for item in page] == filled.items(SYNC)
    assert pages[-1] == []


def test_a_plus_in_a_moment_must_be_escaped(applying):
    app = applying(atoka_utc_offset_h=1.0)
    moment = app.event()["updateTime"]
    assert moment.endswith("+01:00")
    assert len(app.items(SYNC, fromUpdateTime=moment)) == 1
    raw = app.http.get(f"/atoka{SYNC}?token={TOKEN}&fromUpdateTime={moment}")
    assert refusal(raw) == (400, "fromUpdateTime")


def test_sync_leaves_out_what_is_deleted(filled):
    gone = filled.items(SYNC)[0]["id"]
    filled.send("DELETE", f"{EVENTS}/{gone}")
    assert gone not in [item["id"] for item in filled.items(SYNC)]


def test_without_the_feature_sync_is_forbidden(applying):
    assert refusal(applying(atoka_sync=False).get(SYNC)) == (403, None)


def test_a_new_event_can_stay_unseen_for_a_while(applying):
    app = applying(atoka_visibility_s=45.0)
    item = app.event()
    assert app.listed() == app.items(SYNC) == []
    assert app.get(f"{EVENTS}/{item['id']}").status_code == 200
    app.pass_time(44)
    assert app.listed() == []
    app.pass_time(1)
    assert app.listed() == app.items(SYNC) == [item]


def test_an_unseen_event_counts_for_the_rules(applying):
    app = applying(atoka_visibility_s=45.0)
    app.event(date="2015-10-21", leadAssignee="a")
    answer = app.post(lead=app.lead, type="company", date="2015-10-21")
    assert refusal(answer) == (400, "date")
    assert app.event()["leadAssignee"] == "a"
