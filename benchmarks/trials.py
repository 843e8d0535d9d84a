"""One trial: lives that are killed, clean runs, and what must be true then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.lives import KILLED
from benchmarks.victims import Victim

MOST_RUNS = 3
_OWED = 3
_TEMPORARY = 5
_FINE = (KILLED, 0, _OWED, _TEMPORARY)
_BEFORE: Mapping[str, tuple[int, ...]] = {"first": (), "changed": (1,)}
_LATER = 100


class Trial(NamedTuple):
    """Lives, one after the other.

    Attributes:
        stage: `first`: the first run of all is killed; `changed`: one that finds changes.
        plans: Of `kernel.c`, one a life.
        seed: Of the platform's faults, 0 for none. With them the CRM changes between lives.
    """

    stage: str
    plans: tuple[str, ...]
    seed: int = 0


class Verdict(NamedTuple):
    """What a trial came to: how many lives were killed, and what is wrong."""

    kills: int
    wrong: tuple[str, ...]


class Judge:
    """Does trials of one victim, and says what is wrong in the end."""

    def __init__(self, victim: Victim) -> None:
        self._victim = victim
        self._undisturbed: dict[tuple[int, ...], tuple[Any, int]] = {}

    def traced(self, stage: str, trace: Path) -> Path:
        """Let nothing disturb the run that is killed otherwise; gives what it did."""
        self._wanted(_BEFORE[stage])  # and so all modules are compiled
        self._begin(stage)
        self._clean(f"trace:{trace}")
        return trace

    def tried(self, trial: Trial) -> Verdict:
        """Do a trial, and judge how it ends."""
        victim = self._victim
        changing = trial.seed and victim.last_state_counts
        later = tuple(range(_LATER, _LATER + len(trial.plans))) if changing else ()
        wanted = self._wanted((*_BEFORE[trial.stage], *later))
        self._begin(trial.stage)
        if trial.seed:
            victim.disturb(trial.seed)
        codes = []
        for plan, number in zip_longest(trial.plans, later):
            codes.append(victim.run(plan)[0])
            if number:
                victim.change(number)
        victim.calm()
        kills = codes.count(KILLED)
        wrong = [f"a life ended with {code}" for code in codes if code not in _FINE]
        wrong += self._recovered()
        wrong += self._ended(wanted, None if trial.seed else kills * victim.again)
        return Verdict(kills, tuple(f"{trial}: {fault}" for fault in wrong))

    def _begin(self, stage: str) -> None:
        self._victim.begin()
        for number in _BEFORE[stage]:
            self._clean()
            self._victim.change(number)

    def _clean(self, plan: str = "") -> None:
        code, report = self._victim.run(plan)
        if code:
            name = self._victim.name
            raise SystemExit(f"{name}: a run that nothing disturbs ended with {code}: {report}")

    def _wanted(self, changes: tuple[int, ...]) -> tuple[Any, int]:
        """What the platform holds after these changes, and how many payloads it was sent."""
        victim = self._victim
        if changes not in self._undisturbed:
            victim.begin()
            self._clean()
            for number in changes:
                victim.change(number)
                self._clean()
            self._undisturbed[changes] = (victim.held(), victim.sent())
        return self._undisturbed[changes]

    def _recovered(self) -> Iterator[str]:
        """Clean runs until nothing is owed, and one more, which must find nothing to do."""
        code, report = self._victim.run()
        for _ in range(MOST_RUNS - 1):
            if code == _OWED:
                self._victim.release()
            if code:
                code, report = self._victim.run()
        if code:
            yield f"the last of {MOST_RUNS} clean runs ended with {code}: {report}"
        if not report["balanced"]:
            yield f"the books do not balance: {report}"
        code, report = self._victim.run()
        if (code, report["bytes_sent"], report["owed"]) != (0, 0, 0):
            yield f"a run that finds nothing ended with {code}: {report}"

    def _ended(self, wanted: tuple[Any, int], again: int | None) -> Iterator[str]:
        """What is wrong with the platform and the ledger; *again* may have been sent twice."""
        held, sent = wanted
        if self._victim.held() != held:
            yield "the platform holds something else than after undisturbed runs"
        if again is not None and self._victim.sent() > sent + again:
            yield f"{self._victim.sent()} payloads were sent, {sent} by undisturbed runs"
        yield from self._victim.wrong()
        yield from self._victim.files()
