from __future__ import annotations

from datetime import timedelta

import pytest

from crmsync.exit_codes import ExitCode
from crmsync.web.charts import HEIGHT, RUNS, bars, freshness, legend
from tests.web.world import NOW, counts, told


def test_the_newest_run_stands_to_the_right():
    drawn = bars([told(NOW), told(NOW - timedelta(hours=1))])
    assert [bar.start for bar in drawn] == sorted(bar.start for bar in drawn)
    assert drawn[-1].start + 100 / RUNS == pytest.approx(100, abs=0.01)
    assert drawn[-1].told == "22 Nov 12:00 UTC, succeeded: 3 delivered, 5 nothing to send"


def test_bars_are_as_long_as_there_were_records_and_their_colours_divide_them():
    large, small = counts(accepted=30, invalid=10), counts(accepted=20)
    little, whole = bars([told(counts=large), told(counts=small)])
    assert [part.height for part in whole.parts] == [0.75 * HEIGHT, 0.25 * HEIGHT]
    assert [part.height for part in little.parts] == [0.5 * HEIGHT]
    assert [bar.cut for bar in (little, whole)] == [False, False]


def test_a_run_far_beyond_the_usual_is_cut():
    usual = [told(counts=counts(accepted=10))] * 5
    *days, first = reversed(bars([*usual, told(counts=counts(accepted=9_000))]))
    assert first.cut
    assert sum(part.height for part in first.parts) == HEIGHT
    assert {round(bar.parts[0].height / HEIGHT, 2) for bar in days} == {0.33}


@pytest.mark.parametrize("read", [0, 1, 1_000_000])
def test_every_part_is_seen_and_none_leaves_the_chart(read):
    many = counts(accepted=read, rejected=1, pending=1)
    (bar,) = bars([told(counts=many)])
    assert all(part.height >= 1 and part.top >= -0.01 for part in bar.parts)
    assert all(part.top + part.height <= HEIGHT + 0.01 for part in bar.parts)


def test_a_run_that_read_nothing_has_no_bar_but_an_end():
    (bar,) = bars([told(counts=counts(), code=ExitCode.FAILED)])
    assert (bar.parts, bar.end) == ((), "bad")
    assert bar.told.endswith("nothing read")


@pytest.mark.parametrize(
    ("code", "end"),
    [(0, "good"), (3, "look"), (5, "later"), (9, "later"), (1, "bad"), (6, "bad"), (7, "bad")],
)
def test_each_exit_code_has_its_look(code, end):
    assert bars([told(code=ExitCode(code))])[0].end == end


def test_the_legend_sums_up_what_occurs():
    parts = legend([told(), told(counts=counts(pending=2))])
    assert [(part.name, part.records) for part in parts] == [
        ("Delivered", 3),
        ("Nothing to send", 5),
        ("Still owed", 2),
    ]


def test_data_grows_old_until_a_run_ends_well():
    reports = [
        told(NOW - timedelta(minutes=10)),
        told(NOW - timedelta(minutes=30), code=ExitCode.TEMPORARY),
        told(NOW - timedelta(minutes=70)),
    ]
    chart = freshness(reports, NOW)
    assert chart is not None
    assert (chart.now, chart.worst) == (660.0, 3_660.0)
    assert chart.since == NOW - timedelta(minutes=70)
    corners = [tuple(map(float, one.split(","))) for one in chart.line.split()]
    assert [x for x, _ in corners] == sorted(x for x, _ in corners)
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in corners)


def test_without_a_run_that_ended_well_there_is_no_such_chart():
    assert freshness([told(code=ExitCode.FAILED)], NOW) is None
