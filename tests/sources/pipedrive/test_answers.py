"""Answers that are none, odd or too many: what bit the readers of every CRM."""

from __future__ import annotations

from math import ceil

import pytest

from crmsync.errors import FatalError, RetryableError
from crmsync.interfaces import Response
from tests.sources.pipedrive.company import Company
from tests.sources.pipedrive.reading import (
    ids,
    in_order,
    instead,
    page,
    reaching,
    read,
    since,
)


def test_all_twelve_thousand_records_of_one_moment_end(clock):
    company = Company(clock, companies=10, deals=13_000)
    changed = company.control("/touch", count=12_000)
    found = read(company, clock, since(clock.now()))

    assert sorted(ids(found), key=int) == sorted(changed, key=int)
    assert len(company.requests) <= ceil(12_000 / 500) + 5


@pytest.mark.parametrize(
    "broken",
    [Response(200, {"content-type": "text/html"}, b"<!doctype html><title>Log in</title>"),
     Response(200, {}, b'{"success":true,"data":[{"id":1,"tit'), Response(200, {}, b""),
     Response(200, {}, b'{"data":[]}'), Response(200, {}, b'{"success":0,"data":[]}'),
     RetryableError("the connection broke", maybe_delivered=True)],
    ids=["html", "cut", "empty", "no flag", "no success", "reset"],
)  # fmt: skip
@pytest.mark.parametrize("when", ["/deals?", "/archived", "/users", "/users/me"])
def test_all_an_answer_that_is_none_is_asked_for_again(company, clock, broken, when):
    company.disturb = instead(broken, when=when, times=2)

    assert ids(read(company, clock)) == in_order(company)


@pytest.mark.fault(22)
def test_all_a_page_that_comes_twice_ends_the_read(company, clock):
    again = page({"id": 1, "update_time": None}, cursor="again")
    company.disturb = instead(again, when="/deals?", times=10**6)

    with pytest.raises(FatalError, match="twice"):
        read(company, clock)


@pytest.mark.fault(23, 24)
def test_all_a_record_on_two_pages_comes_twice_and_is_no_error(company, clock):
    company.disturb = lambda request: (
        None if "/deals?" not in request.url
        else page({"id": 1}, {"id": 2}) if "cursor=" in request.url
        else page({"id": 1}, cursor="next")
    )  # fmt: skip
    archived = company.archived()

    assert ids(read(company, clock)) == ["1", "1", "2", *archived]


def test_all_new_fields_and_unknown_choices_are_no_error(company, clock):
    row = {"id": 7, "status": "galaxy", "brand_new": {"a": [1]}}
    company.disturb = instead(page(row), when="/deals?")
    record = read(company, clock, reaching("status", "status.is_closed", "stage.label"))[0]

    assert record.fields["status"] == "galaxy"
    assert record.joins["status"]["is_closed"] is False


def test_all_an_id_beyond_two_to_the_53_is_exact(company, clock):
    company.disturb = instead(page({"id": 9007199254740993}), when="/deals?")

    assert read(company, clock)[0].id == "9007199254740993"


@pytest.mark.security(16)
def test_all_a_redirect_is_not_followed(company, clock):
    away = Response(302, {"location": "https://evil.example/"}, b"")
    company.disturb = instead(away, when="/deals?")

    with pytest.raises(FatalError, match=r"evil\.example"):
        read(company, clock)
    assert not [request for request in company.requests if "evil" in request.url]
