from __future__ import annotations

import pytest

from crmsync.destinations.atoka import PLUGIN
from crmsync.destinations.atoka.fields import KEY, WATCHED
from crmsync.journal import Unsent
from crmsync.receipts import Outcome
from crmsync.state import EventLine
from tests.destinations.atoka.accounts import context, settings
from tests.destinations.atoka.lines import change, line


@pytest.mark.parametrize(
    ("first_sight", "judged"), [("event", None), ("baseline", Unsent(Outcome.FILTERED))]
)
def test_an_account_says_itself_what_a_first_sight_is(first_sight, judged):
    tailored = PLUGIN.tailor(PLUGIN, settings(first_sight=first_sight))
    assert tailored.events is not None
    assert tailored.events.judge(change(stage="New")) == judged
    assert tailored.events.judge(change({"stage": "New"}, stage="Won")) is None


def test_an_account_says_how_many_leads_are_worked_on_at_once():
    assert PLUGIN.tailor(PLUGIN, settings(in_flight=2)).limits.in_flight == 2
    assert PLUGIN.limits.in_flight == settings().in_flight


def test_its_key_is_never_watched_and_what_is_watched_are_fields():
    assert PLUGIN.events is not None
    assert PLUGIN.events.watched == WATCHED < PLUGIN.fields.keys()
    assert PLUGIN.key == KEY
    assert KEY not in WATCHED
    assert PLUGIN.fields[KEY].required


def test_events_go_in_no_batches():
    with pytest.raises(TypeError, match=r"events\.open"):
        PLUGIN.open(settings(), context())


def test_a_line_is_told_by_what_is_sent():
    told: EventLine = line(7, note="Deal 7: Won")
    assert PLUGIN.events is not None
    assert PLUGIN.events.told(told) == {"lead": "x", "type": "company", "note": "Deal 7: Won"}
