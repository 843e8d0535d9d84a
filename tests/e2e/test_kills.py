"""SIGKILL at calls to the kernel: a slice of `python -m benchmarks.failpoints`."""

from __future__ import annotations

import pytest

from benchmarks.kernel import CHANGING, counted
from benchmarks.trials import Judge, Trial
from benchmarks.victims import SANDBOX, Companies, Events


@pytest.fixture(scope="module")
def judge_of(sandbox_at, warm, tmp_path_factory):
    """Gives the judge of a victim, which knows what undisturbed runs come to."""
    judges: dict[str, Judge] = {}

    def judge(name):
        if name not in judges:
            folder = tmp_path_factory.mktemp(name)
            url = sandbox_at(*SANDBOX)
            companies = name != "atoka"
            victim = Companies(url, folder, warm, name) if companies else Events(url, folder, warm)
            judges[name] = Judge(victim)
        return judges[name]

    return judge


@pytest.mark.usefixtures("plannable")
@pytest.mark.invariant(1, 2, 4, 5, 6, 7, 8, 9)
@pytest.mark.parametrize(
    ("name", "trial"),
    [
        pytest.param("akooda", Trial("first", ("kill:link:1",)), id="F74 naming the new ledger"),
        pytest.param("akooda", Trial("changed", ("half:sendto:5",)), id="F75 half a batch"),
        pytest.param("akita", Trial("first", ("kill:fdatasync:40",)), id="F75 a sync of a commit"),
        pytest.param("atoka", Trial("first", ("kill:recvfrom:3",)), id="F75 an event's answer"),
        pytest.param(
            "atoka",
            Trial("changed", ("kill:sendto:3", "half:pwrite64:12")),
            id="F76 an event, and what looks for it",
        ),
    ],
)
def test_what_is_killed_is_as_if_nothing_had_been_after_clean_runs(judge_of, name, trial):
    verdict = judge_of(name).tried(trial)
    assert verdict.wrong == ()
    assert verdict.kills == len(trial.plans)


@pytest.mark.usefixtures("plannable")
def test_f74_the_calls_of_a_run_are_found_and_counted(judge_of, tmp_path):
    counts = counted(judge_of("akooda").traced("first", tmp_path / "trace"))
    assert counts.keys() <= set(CHANGING)
    assert counts["pwrite64"] > counts["fdatasync"] > counts["ftruncate"] > 0
    assert min(counts["sendto"], counts["recvfrom"], counts["connect"], counts["link"]) > 0
