from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from crmsync.showing.templates import policy_hash
from crmsync.web.rendering import POLICY, STYLE, Frame, render
from tests.web.world import NOW

FRAME = Frame(now=NOW, zone=UTC, here="/runs", again="/runs?a=1&b=2", form="f" * 64, session="s")
MESSAGE = {"title": "A title", "message": "<b>", "links": []}


def test_the_style_of_a_page_is_the_one_that_is_allowed():
    page = render("message", FRAME, MESSAGE)
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert style == STYLE
    assert policy_hash(style) in POLICY


def test_around_each_page_are_the_ways_to_the_others():
    page = render("message", FRAME, MESSAGE)
    assert '<a href="/runs" aria-current="page">Runs</a>' in page
    assert 'href="/runs?a=1&amp;b=2">Look again' in page
    assert "Sign out" in page


def test_who_is_not_signed_in_is_shown_no_way_and_no_form():
    page = render("message", Frame(NOW, UTC, "/", "/", nav=False), MESSAGE)
    assert "<nav" not in page
    assert "<form" not in page


def test_a_moment_is_told_for_machines_for_people_and_from_now():
    frame = Frame(NOW, ZoneInfo("Europe/Stockholm"), "/", "/")
    assert frame.moment(NOW - timedelta(hours=1)) == (
        "2026-11-22T11:00:00.000Z",
        "22 Nov 2026, 12:00:00 CET",
        "22 Nov, 12:00",
        "1 hour ago",
    )
