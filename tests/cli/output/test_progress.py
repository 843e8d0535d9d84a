from __future__ import annotations

import io

import pytest

from crmsync.cli.output.progress import EVERY, Bars, PlainLines, progress_for
from crmsync.engine.plans import Silent
from crmsync.reports import SyncReport

REPORT = SyncReport(sync="a\x1b", source="s", object="o", destination="d", duration_s=1.25)


class Ticks:
    """A monotonic clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_plain_lines_tell_the_beginning_and_the_end(capsys):
    lines = PlainLines(Ticks())
    lines.sync_started("a\x1b", 2000)
    lines.sync_finished(REPORT)
    assert capsys.readouterr() == (
        "",
        "a\\x1b: started, 2,000 records to read\na\\x1b: succeeded in 1.2 s\n",
    )


def test_between_there_is_a_line_now_and_then(capsys):
    ticks = Ticks()
    lines = PlainLines(ticks)
    lines.sync_started("a", None)
    for seconds in (1, EVERY, EVERY + 1, 2 * EVERY):
        ticks.now = seconds
        lines.advanced("a", 1000, 900)
    assert capsys.readouterr().err.splitlines() == ["a: started", *["a: 1,000 read, 900 sent"] * 2]


def test_of_syncs_side_by_side_each_has_its_line(capsys):
    ticks = Ticks()
    lines = PlainLines(ticks)
    for name in "ab":
        lines.sync_started(name, None)
    ticks.now = EVERY
    for name in "abab":
        lines.advanced(name, 10, 9)
    assert capsys.readouterr().err.splitlines()[2:] == ["a: 10 read, 9 sent", "b: 10 read, 9 sent"]


def test_how_long_it_will_take_is_a_line_at_once(capsys):
    PlainLines(Ticks()).estimated("a\x1b", 10_000, 9_999 * 60 / 110)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("a\\x1b: 10,000 to send at 110 a minute: about 91 min; it may be")


def test_bars_tell_above_them_how_long_it_will_take(screen):
    bars, written = screen
    bars.sync_started("a", 10)
    bars.estimated("a[bold]", 201, 120.0)
    bars.sync_finished(SyncReport(sync="a", source="s", object="o", destination="d"))
    assert "a[bold]: 201 to send at 100 a minute: about 2 min" in written.getvalue()


def test_quiet_is_silent_and_a_pipe_gets_plain_lines(capsys):
    assert isinstance(progress_for(quiet=True), Silent)
    assert isinstance(progress_for(quiet=False), PlainLines)


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    bars = Bars(screen)
    return bars, screen


@pytest.mark.security(28)
def test_bars_show_a_name_without_what_a_terminal_obeys(screen):
    bars, written = screen
    bars.sync_started("a[bold]\x9b2J", 10)
    bars.advanced("a[bold]\x9b2J", 5, 4)
    bars.advanced("unknown", 1, 1)
    bars.sync_finished(SyncReport(sync="a[bold]\x9b2J", source="s", object="o", destination="d"))
    assert r"a[bold]\x9b2J" in written.getvalue()
    assert "\x9b" not in written.getvalue()
