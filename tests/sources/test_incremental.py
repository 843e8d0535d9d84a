from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.errors import FatalError
from crmsync.sources.incremental import (
    CLOCK_STEP,
    Mode,
    Position,
    decode,
    epoch_ms,
    is_ahead,
    iso,
    moment,
    open_window,
    window_start,
)
from tests.examples import CHARACTERS

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DONE = Position(Mode.SINCE, since=iso(NOON))


@given(
    st.builds(
        Position,
        mode=st.sampled_from(Mode),
        since=st.datetimes(timezones=st.just(UTC)).map(iso),
        until=st.just("") | st.datetimes(timezones=st.just(UTC)).map(iso),
        after=st.text(CHARACTERS),
        last=st.just("") | st.integers(1).map(str),
        full=st.booleans(),
    )
)
def test_a_cursor_decodes_to_the_position_it_was_made_from(position):
    assert decode(position.encode(), "hubspot") == position


def test_a_cursor_is_compact_and_readable():
    position = Position(Mode.FULL, since=iso(NOON), after="7", last="6")

    assert position.encode() == (
        '{"mode":"full","since":"2026-11-21T12:00:00.000Z","after":"7","last":"6"}'
    )


@pytest.mark.parametrize(
    "cursor",
    ["", "7", "null", "[]", "{}", '{"mode":"back"}', '{"mode":"since"}', '{"mode":"full","x":1}',
     '{"mode":"since","since":"noon"}', '{"mode":"since","since":"2026-11-21T12:00:00"}'],
)  # fmt: skip
def test_a_cursor_that_is_none_of_ours_says_what_to_do(cursor):
    with pytest.raises(FatalError, match="none that this version knows") as caught:
        decode(cursor, "hubspot")

    assert "--full" in caught.value.hint


def test_a_window_begins_the_overlap_early_and_ends_a_little_after_now():
    window = open_window(DONE, NOON + timedelta(hours=1))

    assert window_start(window, 600) == NOON - timedelta(minutes=10) - CLOCK_STEP
    assert window.until == "2026-11-21T13:00:05.000Z"


def test_a_window_keeps_its_start_when_the_clock_was_set_back():
    window = open_window(DONE, NOON - timedelta(hours=1))

    assert (window.since, window.until) == (DONE.since, DONE.since)
    assert window.complete == DONE


def test_after_a_window_the_next_one_begins_where_it_ended():
    window = open_window(DONE, NOON + timedelta(hours=1))

    assert window.complete == Position(Mode.SINCE, since="2026-11-21T13:00:05.000Z")
    assert window.gone.complete == window.complete


def test_what_is_gone_belongs_to_the_pass_that_it_ends():
    assert Position(Mode.FULL, since=iso(NOON)).gone.full
    assert not open_window(DONE, NOON).gone.full


def test_a_moment_is_cut_to_milliseconds_and_never_rounded_up():
    late = NOON + timedelta(microseconds=1999)

    assert iso(late) == "2026-11-21T12:00:00.001Z"
    assert epoch_ms(late) == str(int(NOON.timestamp()) * 1000 + 1)


def test_a_moment_of_another_zone_is_the_same_in_utc():
    assert moment("2026-11-21T13:00:00+01:00") == NOON


@pytest.mark.parametrize(
    ("ahead", "overlap", "lost"),
    [
        (0, 0, False),
        (5, 0, False),
        (7, 0, False),
        (8, 0, True),
        (127, 120, False),
        (128, 120, True),
    ],
)
@pytest.mark.fault(29)
def test_a_window_that_would_lie_in_the_future_is_told(ahead, overlap, lost):
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    position = Position(Mode.SINCE, since=iso(now + timedelta(seconds=ahead)))

    assert is_ahead(position, now, overlap) is lost
