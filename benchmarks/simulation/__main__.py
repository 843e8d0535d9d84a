"""Simulates thousands of random schedules of crashes and faults, and checks the laws I1 to I27.

    python -m benchmarks.simulation                       10,000 schedules, two processes
    python -m benchmarks.simulation --seed 4711 -v        one of them, step by step
    python -m benchmarks.simulation --bugs                bugs seeded on purpose: who catches them

The engine, the ledger, the mapping and the adapters are the real ones; CRM, platforms, network,
time and threads are the simulation's, and go by one seed. Ends with 1 where a law is broken, or a
bug is not caught.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from benchmarks.simulation.bugs import BUGS, about, seeded
from benchmarks.simulation.many import Stretch, caught, played_as_always, simulate
from benchmarks.simulation.schedule import play
from benchmarks.simulation.staging import staged
from benchmarks.simulation.wire import FATES
from crmsync.testing.invariants import INVARIANTS, Violation

_AT_ONCE: Final = 25
_TOLD: Final = {
    "lost": ("I1", "I2", "I4", "I7"),
    "doubled": ("I5", "I6"),
    "out of order": ("I3", "I8"),
    "stuck": ("I15",),
}


def _pool(processes: int) -> ProcessPoolExecutor:
    """Fresh processes: nothing of this one's threads goes with them."""
    return ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))


def _several(schedules: int, first: int, processes: int) -> Stretch:
    """Play schedules in several processes."""
    counts: Counter[str] = Counter()
    broken: dict[int, list[Violation]] = {}
    stretches = [
        range(start, min(start + _AT_ONCE, first + schedules))
        for start in range(first, first + schedules, _AT_ONCE)
    ]
    with _pool(processes) as pool:
        for stretch in pool.map(simulate, stretches):
            counts.update(stretch.counts)
            broken |= stretch.broken
    return Stretch(counts, broken)


def _print_table(stretch: Stretch, seconds: float) -> None:
    counts, broken = stretch
    for name in ("schedules", "played twice", "runs", "crashes", "second runners", "jumps"):
        print(f"{name:>16}: {counts[name]:>8,}")
    for fate, words in FATES.items():
        print(f"{fate:>16}: {counts[fate]:>8,}  {words}")
    laws = Counter(law for found in broken.values() for law in {one.law for one in found})
    for word, some in _TOLD.items():
        print(f"{word:>16}: {sum(laws[law] for law in some):>8,}")
    print(f"{'broken laws':>16}: {sum(laws.values()):>8,}")
    print(f"{'seconds':>16}: {seconds:>8.1f}")
    for seed, found in sorted(broken.items())[:10]:
        print(f"\nseed {seed} breaks {', '.join(sorted({one.law for one in found}))}:")
        print(
            *(f"  {one.law} {INVARIANTS[one.law].title}: {one.message}" for one in found), sep="\n"
        )
        print(f"  repeat it: python -m benchmarks.simulation --seed {seed} -v")


def _one(seed: int, bug: str | None, *, loud: bool) -> bool:
    """Play one schedule, and tell of it; gives whether every law held."""
    with staged():
        if bug is None:
            played = played_as_always(seed)
        else:
            with seeded(bug):
                played = play(seed)
    if loud:
        print(*played.script, sep="\n")
    print(*(f"{one.law}: {one.message}" for one in played.violations), sep="\n")
    print(f"seed {seed}: trace {played.trace}, {len(played.violations)} laws broken")
    return not played.violations


def _print_bugs(names: Iterable[str]) -> bool:
    """Tell of each bug by which law which schedule caught it; gives whether all were."""
    missed = 0
    names = list(names)
    with _pool(2) as pool:
        for name, found in zip(names, pool.map(caught, names), strict=True):
            missed += found is None
            if found is None:
                print(f"{name:<36} NOT CAUGHT  {about(name)}", flush=True)
                continue
            seed, played = found
            laws = ", ".join(dict.fromkeys(one.law for one in played.violations))
            print(f"{name:<36} {laws:<14} seed {seed:>3}  {about(name)}", flush=True)
    print(f"{len(names) - missed} of {len(names)} bugs were caught")
    return not missed


def main() -> None:
    """Do what the arguments ask for."""
    parser = argparse.ArgumentParser(description="simulate crashes and faults")
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the first schedule's seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, help="play this one only")
    parser.add_argument("--bug", choices=sorted(BUGS), help="with --seed: with this bug")
    parser.add_argument("--bugs", action="store_true", help="look who catches the seeded bugs")
    parser.add_argument("-v", "--verbose", action="store_true", help="with --seed: tell each step")
    options = parser.parse_args()
    if options.bugs:
        raise SystemExit(0 if _print_bugs(BUGS) else 1)
    if options.seed is not None:
        raise SystemExit(0 if _one(options.seed, options.bug, loud=options.verbose) else 1)
    begun = time.monotonic()
    stretch = _several(options.schedules, options.first, options.processes)
    _print_table(stretch, time.monotonic() - begun)
    raise SystemExit(1 if stretch.broken else 0)


if __name__ == "__main__":
    main()
