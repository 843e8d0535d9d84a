"""Changes answers of all seven systems on their way, and shows that crmsync bears it.

    python -m benchmarks.mutations --replies 5000 --seed 1

Real runs, over real HTTP on loopback, through the adapters and the official clients; between
crmsync and the sandbox stands a relay that flips, cuts, empties, encodes, renames, repeats and
replaces. Looked for are exceptions that nobody foresaw, exit codes that are not documented,
messages that do not say what to do, books that do not add up, deliveries that nobody acknowledged,
events that are there twice or not, and damage at the platform. Each world ends with undisturbed
runs, after which the platform must be as a fresh one. Prints a table, and what was wrong with what
shows it again; ends with 1 where anything was.
"""

from __future__ import annotations

import argparse
import logging
import random
import resource
import signal
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple

from benchmarks.mutated_worlds import FOLDER, OPTIONS, WAYS, Hit, Way, World
from benchmarks.relay import Relay
from benchmarks.sandboxes import sandbox

HITS: Final = 12
"""Disturbed runs a world."""

DEADLINE: Final = 60.0
"""Seconds that a run may take on a busy machine; none may hang."""

MEMORY: Final = 512
"""MiB that this process may come to, the relay and its bombs included: three answers at once, each
of which is unpacked up to the 64 MB that are allowed, and joined."""


class Found(NamedTuple):
    """What was wrong, and how to see it again."""

    way: Way
    world: int
    what: str


class Tally:
    """Counts of what happened.

    Attributes:
        replies: How many answers were changed.
        found: What was wrong.
    """

    def __init__(self) -> None:
        self.replies = 0
        self.found: list[Found] = []
        self._outcomes: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)

    def add(self, way: Way, world: int, hit: Hit) -> None:
        """Count a run."""
        self.replies += len(hit.kinds)
        for kind in hit.kinds:
            self._outcomes[way.system, kind][int(hit.report.exit_code)] += 1
        kinds = ", ".join(dict.fromkeys(hit.kinds))
        self.found += [Found(way, world, f"[{kinds}] {what}") for what in hit.wrong]

    def lines(self) -> Iterator[str]:
        """A line a mutation: how often each system's runs ended how."""
        systems = list(dict.fromkeys(way.system for way in WAYS))
        yield "".join(f"{name:>22}" for name in ("mutation", *systems))
        for kind in sorted({kind for _, kind in self._outcomes}):
            cells = (_ends(self._outcomes[system, kind]) for system in systems)
            yield "".join(f"{cell:>22}" for cell in (kind, *cells))


def _ends(codes: Counter[int]) -> str:
    return " ".join(f"{code}:{codes[code]}" for code in sorted(codes)) or "-"


def hits(relay: Relay, url: str, way: Way, world: int, seed: int) -> Iterator[Hit | str]:
    """The disturbed runs of a world, and what was wrong in the end."""
    chance = random.Random(f"{seed} {way.name} {world}")
    with tempfile.TemporaryDirectory(dir=FOLDER) as name:
        here = World(relay, url, Path(name), way)
        for _ in range(HITS):
            yield here.hit(chance, values=world % 3 == 0)
        yield from here.recovered()


def drill(relay: Relay, url: str, way: Way, world: int, seed: int) -> Iterator[Hit | str]:
    """As `hits`, but a run that hangs is told of, and ends the world."""

    def late(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise TimeoutError("a run hangs")

    before = signal.signal(signal.SIGALRM, late)
    try:
        yield from _in_time(hits(relay, url, way, world, seed))
    except TimeoutError as error:
        yield str(error)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _in_time(found: Iterator[Hit | str]) -> Iterator[Hit | str]:
    while True:
        signal.setitimer(signal.ITIMER_REAL, DEADLINE)
        try:
            one = next(found)
        except StopIteration:
            return
        yield one


def worlds(ways: Sequence[Way], only: int | None) -> Iterator[tuple[Way, int]]:
    """Every way in turn, for ever; or one world of each."""
    world = 0 if only is None else only
    while True:
        yield from ((way, world) for way in ways)
        if only is not None:
            return
        world += 1


def peak() -> int:
    """MiB that this process had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="change answers on their way")
    parser.add_argument("--replies", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--way", type=int, help="one way alone, by its number from 0")
    parser.add_argument("--world", type=int, help="one world alone")
    options = parser.parse_args()
    ways = WAYS if options.way is None else WAYS[options.way : options.way + 1]
    logging.getLogger("crmsync").addHandler(logging.NullHandler())
    tally, began = Tally(), time.monotonic()
    with sandbox(*OPTIONS) as url, Relay(url) as relay:
        for way, world in worlds(ways, options.world):
            for one in drill(relay, url, way, world, options.seed):
                if isinstance(one, Hit):
                    tally.add(way, world, one)
                else:
                    tally.found.append(Found(way, world, one))
            if tally.replies >= options.replies:
                break
    seconds = time.monotonic() - began
    print(*tally.lines(), sep="\n")
    print(f"{tally.replies} answers changed in {seconds:.0f} s; {peak()} MiB at most")
    for found in tally.found:
        again = f"--seed {options.seed} --way {WAYS.index(found.way)} --world {found.world}"
        print(f"WRONG {again}: {found.way.name}: {found.what}")
    raise SystemExit(1 if tally.found or peak() > MEMORY else 0)


if __name__ == "__main__":
    main()
