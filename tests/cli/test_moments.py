from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer

from crmsync.cli.moments import moment

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-20", "2026-11-20T00:00:00"),
        ("2026-11-20T08:30:00Z", "2026-11-20T08:30:00"),
        ("2026-11-20T08:30:00+02:00", "2026-11-20T06:30:00"),
        ("2026-11-20 08:30", "2026-11-20T08:30:00"),
        ("7d", "2026-11-14T12:00:00"),
        ("90m", "2026-11-21T10:30:00"),
        ("0s", "2026-11-21T12:00:00"),
        ("1066-10-14", "1970-01-01T00:00:00"),
        ("0001-01-01", "1970-01-01T00:00:00"),
    ],
)
def test_a_moment_is_a_day_a_time_or_how_long_ago(text, found):
    assert moment(text, NOW) == datetime.fromisoformat(found).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "7", "-1d", "2026-13-01", "999999999d", "0001-01-01T00:00:00+05:00"]
)
def test_what_is_no_moment_is_refused_with_examples(text):
    with pytest.raises(typer.BadParameter, match="2026-11-21"):
        moment(text, NOW)


def test_what_has_not_come_yet_is_refused():
    with pytest.raises(typer.BadParameter, match="future"):
        moment("2026-11-21T12:00:01Z", NOW)
