from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmsync.alerts.standing import Reason, Rules, Seen, Standing, Trouble, advance, dumped, loaded
from crmsync.exit_codes import ExitCode

START = datetime(2026, 11, 22, 2, tzinfo=UTC)
RULES = Rules(
    failing_for=timedelta(hours=6),
    stale_after=timedelta(days=2),
    quarantined=100,
    quiet=timedelta(hours=1),
)
WAYS = ("webhook", "command")


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def told_of(standing, hours):
    """What every way tells now, and the standing after it was told."""
    found = {}
    for reason in Reason:
        trouble = standing.trouble(reason)
        due = trouble.due(WAYS, at(hours), RULES.quiet)
        if due:
            found[reason] = "bad" if trouble.bad else "recovered"
            standing = standing.having(reason, trouble.after(due, "", at(hours)))
    return standing, found


def history(*runs, rules=RULES):
    """What people are told after each run: (hours since the start, exit code)."""
    standing, said = Standing(), []
    for hours, code in runs:
        standing = advance(standing, Seen(at=at(hours), code=code), rules)
        standing, found = told_of(standing, hours)
        said.append(found.get(Reason.FAILING))
    return said


@pytest.mark.parametrize("code", [1, 2, 6, 7])
def test_what_a_person_must_mend_is_told_at_once_and_once(code):
    runs = [(0, 0), (24, code), (48, code), (72, ExitCode.OK), (96, ExitCode.OK)]

    said = history(*((hours, ExitCode(code)) for hours, code in runs))

    assert said == [None, "bad", None, "recovered", None]


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([(0, 5), (24, 0)], [None, None]),
        ([(0, 5), (24, 5), (48, 0)], [None, "bad", "recovered"]),
        ([(0, 5), (5.9, 5), (6, 5)], [None, None, "bad"]),
        ([(0, 5), (5, 0), (7, 5)], [None, None, None]),
        ([(0, 5), (1, 7), (2, 5)], [None, "bad", None]),
    ],
    ids=["one-night", "two-nights", "six-hours", "begins-anew", "graver-in-between"],
)
def test_what_may_pass_is_told_when_it_lasts(runs, said):
    assert history(*((hours, ExitCode(code)) for hours, code in runs)) == said


def test_what_is_owed_or_runs_already_is_no_failure():
    runs = [(0, ExitCode.OWED), (1, ExitCode.RUNNING), (2, ExitCode.OWED)]

    assert history(*runs) == [None] * 3


def test_that_another_runs_it_is_no_recovery():
    codes = [ExitCode.FAILED, ExitCode.RUNNING, ExitCode.OK]

    assert history(*((24 * n, code) for n, code in enumerate(codes))) == ["bad", None, "recovered"]


def test_one_that_flaps_is_told_of_once_an_hour_at_most():
    codes = [ExitCode.FAILED, ExitCode.OK] * 12  # every five minutes: two hours

    said = history(*((n / 12, code) for n, code in enumerate(codes)))

    assert said.count("bad") == said.count("recovered") == 2
    assert said[12:14] == ["bad", "recovered"]


def test_one_that_stays_bad_after_it_flapped_is_told_of_when_it_is_quiet_no_more():
    runs = [(0, 1), (0.2, 0), (0.4, 1), (0.9, 1), (1.0, 1)]

    said = history(*((hours, ExitCode(code)) for hours, code in runs))

    assert said == ["bad", "recovered", None, None, "bad"]


@pytest.mark.parametrize(("count", "bad"), [(99, False), (100, True)])
def test_a_quarantine_that_grows_is_told_of_by_itself(count, bad):
    seen = Seen(at=at(0), code=ExitCode.OWED, quarantined=count)

    standing = advance(Standing(), seen, RULES)

    assert standing.trouble(Reason.QUARANTINE).bad is bad
    assert not standing.trouble(Reason.FAILING).bad


@pytest.mark.parametrize(("hours", "bad"), [(47, False), (48, True)])
def test_a_sync_without_success_for_too_long_is_stale_whatever_its_runs_end_with(hours, bad):
    standing = advance(Standing(), Seen(at=at(0), code=ExitCode.OK), RULES)

    standing = advance(standing, Seen(at=at(hours), code=ExitCode.RUNNING), RULES)

    assert standing.trouble(Reason.STALE).bad is bad
    assert not advance(standing, Seen(at=at(50), code=ExitCode.OK), RULES).bad


def test_without_a_limit_nothing_is_stale_and_no_quarantine_too_large():
    standing = advance(Standing(), Seen(at=at(0), code=ExitCode.RUNNING), Rules())

    standing = advance(standing, Seen(at=at(9999), quarantined=10**6), Rules())

    assert not standing.bad


def test_a_way_that_failed_tells_later_and_the_other_not_twice():
    trouble = Trouble().worse(at(0), bad=True).after(["webhook"], "command: away", at(0))

    assert (trouble.due(WAYS, at(0), RULES.quiet), trouble.fault) == (["command"], "command: away")
    assert trouble.after(["command"], "", at(1)).due(WAYS, at(9), RULES.quiet) == []


def test_an_end_is_told_only_to_those_who_know_of_the_beginning():
    trouble = Trouble().worse(at(0), bad=True).after(["webhook"], "command: away", at(0))

    over = trouble.well(at(3))

    assert over.due(WAYS, at(3), RULES.quiet) == ["webhook"]
    assert (over.since, over.ended) == (at(0), at(3))


def test_a_way_that_there_is_no_more_keeps_nothing_open():
    bad = Trouble().worse(at(0), bad=True).after(["webhook"], "", at(0))
    standing = Standing(troubles={Reason.FAILING: bad}).known_to(["command"])

    assert advance(standing, Seen(at=at(1), code=ExitCode.OK), RULES).trouble(
        Reason.FAILING
    ) == Trouble(told_at=at(0))


def test_a_standing_is_the_same_after_the_ledger_had_it():
    standing = advance(Standing(), Seen(at=at(0), code=ExitCode.FAILED, quarantined=200), RULES)
    standing, _ = told_of(standing, 0)

    assert loaded(dumped(standing)) == standing
    assert loaded("") == loaded(None) == Standing()
