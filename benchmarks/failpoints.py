"""Kills small syncs at every call to the kernel that changes a disk or a connection.

    python -m benchmarks.failpoints                       every point, 200 pairs, 500 random ones
    python -m benchmarks.failpoints --every 10 --pairs 20 --random 20

HubSpot's companies to Akooda (batches) and to Akita (one by one), deals to Atoka (events that must
not come twice): each in a first run and in one that finds changes. A clean run is traced; then a
run is killed before each of its calls, and in the middle of each that writes: a real SIGKILL of a
real process with a real ledger. A pair kills what recovers, too. A random trial kills up to three
lives in a row, while the platform is faulty and, where no event would be missing, the CRM changes
in between. Then come clean runs, at most three, and one that must send nothing. What the platform
holds must be what runs give that nothing disturbed, events in order and once; nothing is sent
again but one batch a kill; books balance; the ledger is whole. Prints a line a kind of call; ends
with 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.kernel import HALVED, counted, library, under
from benchmarks.lives import environment
from benchmarks.sandboxes import sandbox
from benchmarks.trials import Judge, Trial, Verdict
from benchmarks.victims import SANDBOX, Companies, Events, Victim
from tests.e2e.warm import Warm

NAMES = ("akooda", "akita", "atoka")
STAGES = ("first", "changed")
LOOSE = ("recvfrom", "connect")
"""Calls that a run makes now more, now fewer times, as packets and threads fall."""
_SHOWN = 5
_MOST_LIVES = 3


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        trials: How many there were, and the lives killed in them.
        loose: Whether some may have ended before their point came.
    """

    victim: str
    what: str
    trials: int
    kills: int
    wrong: tuple[str, ...]
    seconds: float
    loose: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong, and every trial killed."""
        return not self.wrong and (self.loose or self.kills >= self.trials)


@contextmanager
def victim(name: str, built: Path, *, within: str | None = None) -> Iterator[Victim]:
    """A victim with a sandbox and a process of its own; compiled modules lie beside *built*."""
    with sandbox(*SANDBOX) as url, tempfile.TemporaryDirectory(dir=within) as folder:
        home = Path(folder, "home")
        home.mkdir()
        with Warm(under(environment(built.parent), built)) as warm:
            yield Events(url, home, warm) if name == "atoka" else Companies(url, home, warm, name)


def points(counts: Counter[str], every: int) -> Iterator[tuple[str, list[str]]]:
    """The plans of each kind of call: before each, and in the middle of those that write."""
    for call, times in sorted(counts.items()):
        numbers = range(1, times + 1, every)
        yield call, [f"kill:{call}:{number}" for number in numbers]
        if call in HALVED:
            yield f"half a {call}", [f"half:{call}:{number}" for number in numbers]


class Hunt:
    """All trials of one victim."""

    def __init__(self, hunted: Victim, options: argparse.Namespace, trace: Path) -> None:
        self._judge = Judge(hunted)
        self._name = hunted.name
        self._options = options
        self._chance = random.Random(f"{options.seed} {hunted.name}")
        self._counts = {
            stage: counted(self._judge.traced(stage, trace / stage)) for stage in STAGES
        }

    def rows(self) -> Iterator[Row]:
        """Every line of the table."""
        for stage in STAGES:
            for call, plans in points(self._counts[stage], self._options.every):
                trials = [Trial(stage, (plan,)) for plan in plans]
                row = self._row(f"{stage}: {call}", trials)
                yield row._replace(loose=call in LOOSE)
        share = len(NAMES)
        pairs = [self._pair() for _ in range(self._options.pairs // share)]
        yield self._row("pairs", pairs)._replace(loose=True)
        yield self._until("random", -(-self._options.random // share), self._random)

    def _row(self, what: str, trials: list[Trial]) -> Row:
        began = time.monotonic()
        verdicts = [self._judge.tried(trial) for trial in trials]
        return self._summed(what, verdicts, began)

    def _until(self, what: str, kills: int, trial: Callable[[], Trial]) -> Row:
        """As many trials as it takes to kill so many lives."""
        began, verdicts = time.monotonic(), list[Verdict]()
        while sum(verdict.kills for verdict in verdicts) < kills:
            verdicts.append(self._judge.tried(trial()))
        return self._summed(what, verdicts, began)._replace(loose=True)

    def _summed(self, what: str, verdicts: list[Verdict], began: float) -> Row:
        wrong = tuple(fault for verdict in verdicts for fault in verdict.wrong)
        kills = sum(verdict.kills for verdict in verdicts)
        return Row(self._name, what, len(verdicts), kills, wrong, time.monotonic() - began)

    def _pair(self) -> Trial:
        stage = self._chance.choice(STAGES)
        return Trial(stage, (self._point(stage), self._point("changed")))

    def _random(self) -> Trial:
        stage = self._chance.choice(STAGES)
        later = [self._point("changed") for _ in range(self._chance.randrange(_MOST_LIVES))]
        return Trial(stage, (self._point(stage), *later), seed=self._chance.randrange(1, 10**6))

    def _point(self, stage: str) -> str:
        number = self._chance.randint(1, self._counts[stage].total())
        return f"{self._chance.choice(('kill', 'half'))}:any:{number}"


def hunted(name: str, options: argparse.Namespace, built: Path) -> list[Row]:
    """All rows of one victim, printed as they come."""
    with victim(name, built, within=options.within) as one, tempfile.TemporaryDirectory() as folder:
        rows = []
        for row in Hunt(one, options, Path(folder)).rows():
            rows.append(row)
            state = "ok" if row.sound else f"{len(row.wrong)} WRONG"
            told = f"{row.victim:<8}{row.what:<28}{row.trials:>7}{row.kills:>7}{row.seconds:>9.1f}"
            faults = "".join(f"\n    {fault}" for fault in row.wrong[:_SHOWN])
            print(f"{told}  {state}{faults}", flush=True)
        return rows


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description="kill syncs at every call that changes something")
    parser.add_argument("--victims", nargs="*", choices=NAMES, default=NAMES)
    parser.add_argument("--every", type=int, default=1, help="take one of so many points")
    parser.add_argument("--pairs", type=int, default=200, help="trials that kill recovery, too")
    parser.add_argument("--random", type=int, default=500, help="lives killed at random")
    parser.add_argument("--seed", type=int, default=1)
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - Linux's own folder
    parser.add_argument("--within", default=memory, help="folder for the ledgers")
    return parser.parse_args(arguments)


def main() -> None:
    """Print the table."""
    options = parsed()
    print(f"{'victim':<8}{'killed at':<28}{'trials':>7}{'kills':>7}{'seconds':>9}", flush=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(options.victims)) as pool:
        built = library(Path(folder))
        found = [pool.submit(hunted, name, options, built) for name in options.victims]
        rows = [row for future in found for row in future.result()]
    wrong = sum(not row.sound for row in rows)
    print(f"{sum(row.trials for row in rows)} trials, {sum(row.kills for row in rows)} kills")
    print(f"{wrong} lines with something wrong" if wrong else "nothing is wrong")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
