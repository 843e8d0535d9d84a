"""Many schedules, one after another, as a process of a benchmark or a test plays them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from benchmarks.simulation.bugs import seeded
from benchmarks.simulation.schedule import Played, play
from benchmarks.simulation.staging import staged
from crmsync.testing.invariants import Violation

_REPEATED_EVERY: Final = 100
_FILES_EVERY: Final = 20
_SHM: Final = "/dev/shm"  # noqa: S108 - ledgers of a benchmark, in a folder of their own each
_MOST_TRIES: Final = 1_000


class Stretch(NamedTuple):
    """What some schedules came to.

    Attributes:
        counts: Schedules, runs, crashes, second runners, jumps, and fates by name.
        broken: Schedules that broke laws, by seed.
    """

    counts: Counter[str]
    broken: dict[int, list[Violation]]


def simulate(seeds: Sequence[int]) -> Stretch:
    """Play these schedules; some of them twice, since the same seed must give the same trace."""
    counts: Counter[str] = Counter()
    broken: dict[int, list[Violation]] = {}
    with staged():
        for seed in seeds:
            played = played_as_always(seed)
            counts.update(played.counts)
            counts["schedules"] += 1
            found = list(played.violations)
            if seed % _REPEATED_EVERY == 0:
                counts["played twice"] += 1
                if played_as_always(seed).trace != played.trace:
                    found.append(Violation("I17", "the same seed gave another trace"))
            if found:
                broken[seed] = found
    return Stretch(counts, broken)


def played_as_always(seed: int) -> Played:
    """One schedule; some keep their ledger in a file, opened anew by each process."""
    return play(seed, files=None if seed % _FILES_EVERY else _SHM)


def caught(name: str, first: int = 0, most: int = _MOST_TRIES) -> tuple[int, Played] | None:
    """The first schedule that catches a bug, from a seed on; None where so many do not.

    What breaks a law without the bug is no catch.
    """
    with staged():
        for seed in range(first, first + most):
            with seeded(name):
                played = play(seed)
            if played.violations and _holds(seed):
                return seed, played
    return None


@cache
def _holds(seed: int) -> bool:
    """Whether every law holds in a schedule as the code is; threads are on the stage."""
    return not play(seed).violations
