from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from crmsync.exit_codes import ExitCode
from crmsync.scheduling.agenda import Standing
from crmsync.scheduling.daemon import Sight
from crmsync.web.judging import Course, judge
from crmsync.web.overview import headline, overview
from crmsync.web.rendering import Frame
from crmsync.web.watching import Seen
from tests.web.world import NOW, SYNC, World, told

FRAME = Frame(now=NOW, zone=UTC, here="/", again="/")


@pytest.fixture
def seen(tmp_path):
    """A sync as it is seen after a run."""
    config = World(tmp_path).daemon.loaded.config.syncs[SYNC]

    def seen(standing: Standing | None = None, **report: object) -> Seen:
        standing = standing or Standing()
        reports = [told(NOW - timedelta(minutes=5), **report)]
        course = Course(reports=reports, standing=standing)
        sight = Sight(SYNC, standing, NOW + timedelta(minutes=20))
        return Seen(SYNC, config, sight, course, judge(course, NOW), None)

    return seen


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ([0], "The sync is up to date."),
        ([0, 0], "All 2 syncs are up to date."),
        ([0, 7], "1 of 2 syncs needs a person."),
        ([1, 7], "2 of 2 syncs need a person."),
        ([7], "The sync needs a person."),
        ([0, 5], "1 of 2 syncs waits for a later run."),
    ],
)
def test_the_headline_says_the_gravest(seen, codes, words):
    assert headline([seen(code=ExitCode(code)) for code in codes])[0] == words


def test_what_is_at_work_is_said_beside_it(seen):
    assert headline([seen(Standing(running=True)), seen()])[1] == "1 at work now."


@pytest.mark.parametrize(
    ("standing", "head", "words"),
    [
        (Standing(), "", ""),
        (Standing(running=True), "now", "it runs ·"),
        (Standing(waiting_since=NOW), "soon", "it waits for its turn ·"),
        (
            Standing(not_before=NOW + timedelta(minutes=4), failures=2),
            "",
            "after 2 failures ·",
        ),
    ],
)
def test_the_next_run_is_told_as_the_daemon_has_it(seen, standing, head, words):
    (sync,) = overview([seen(standing)], FRAME)["syncs"]
    assert (sync["next"]["head"], sync["next"]["told"]) == (head, words)


def test_a_sync_that_the_daemon_leaves_alone_says_so(seen):
    (sync,) = overview([seen()._replace(sight=None)], FRAME)["syncs"]
    assert sync["next"]["head"] == "by hand or cron"


def test_what_needs_a_person_comes_first(seen):
    failed = seen(code=ExitCode.FAILED, error="why")
    syncs = overview([seen(), failed], FRAME)["syncs"]
    assert [sync["kind"] for sync in syncs] == ["bad", "good"]


def test_freshness_is_told_in_words(seen):
    (sync,) = overview([seen(seconds=60)], FRAME)["syncs"]
    assert sync["freshness"]["told"] == "6 minutes now, at worst 6 minutes"
