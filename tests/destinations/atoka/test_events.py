from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from crmsync.destinations.atoka.events import Event, lead_type, moment_of, parameters
from crmsync.errors import RecordError

EVENT = Event(tag="4f9a21c0d3b8", lead="123456789abc")


@pytest.mark.parametrize("text", ["company", "Company", " COMPANY "])
def test_k11_a_type_is_taken_in_any_case(text):
    assert lead_type(text) == "company"


@pytest.mark.parametrize("text", ["", "companies", "organization", "pеrson"])
def test_k11_any_other_type_is_refused(text):
    with pytest.raises(RecordError, match="neither company nor person"):
        lead_type(text)


def test_only_what_has_a_value_is_sent():
    assert dict(parameters(EVENT)) == {"lead": "123456789abc", "type": "company"}


def test_an_event_is_sent_with_the_documents_parameters():
    event = Event(
        tag="4f9a21c0d3b8",
        lead="123456789abc",
        type="person",
        note="got contact [cs:4f9a21c0d3b8]",
        status="Contacted",
        day=date(2015, 10, 21),
        assignee="larentis+unicorno@spaziodati.eu",
    )
    assert dict(parameters(event)) == {
        "lead": "123456789abc",
        "type": "person",
        "note": "got contact [cs:4f9a21c0d3b8]",
        "status": "Contacted",
        "date": "2015-10-21",
        "leadAssignee": "larentis+unicorno@spaziodati.eu",
    }


def test_k16_where_an_assignee_and_none_are_wanted_only_the_removal_is_sent():
    event = Event(tag="4f9a21c0d3b8", lead="l", assignee="a@b.eu", unassign=True)
    given = dict(parameters(event))
    assert given["leadAssigneeRemove"] == "true"
    assert "leadAssignee" not in given


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T12:00:00", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21T13:00:00.000+01:00", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21T12:00:00Z", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("21/11/2026", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_of_any_plausible_form_are_read(text, moment):
    assert moment_of(text) == moment


def test_o11_a_removed_owner_is_sent_as_a_removal_and_no_assignee():
    given = dict(parameters(Event(tag="4f9a21c0d3b8", lead="l", unassign=True)))
    assert given == {"lead": "l", "type": "company", "leadAssigneeRemove": "true"}
