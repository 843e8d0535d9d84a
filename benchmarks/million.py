"""Kills the first run over a million companies every few seconds, and starts it again.

    python -m benchmarks.million                        1,000,000 records, a kill every 2 to 5 s
    python -m benchmarks.million --records 20000 --cpu  on a busy machine

The sandbox with the companies is another process. Each life of crmsync ends by SIGKILL at a
random moment, until one ends by itself. Then a run that finds nothing to send, and at last one
undisturbed run with an empty ledger against an emptied platform: what the platform holds must be
the same. Prints what the kernel says of each life's memory (the largest), and how many payloads
the platform was sent more often than in the undisturbed run. Ends with 1 where something differs,
a life needed more than 150 MiB, or more payloads were sent again than 1,000 a kill.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.kills import configured
from benchmarks.lives import KILLED, Clock, Life, environment, lived, own, wall
from benchmarks.run import measure
from benchmarks.sandboxes import ask, sandbox

CRMSYNC = (sys.executable, "-m", "crmsync")
MEMORY_MIB = 150.0
SENT_AGAIN = 1_000  # payloads of a batch: what a kill may cost
TOLD_EVERY = 10  # lives


def until_the_end(
    command: Sequence[str], env: Mapping[str, str], lengths: Iterator[float], clock: Clock
) -> list[Life]:
    """Lives until one ends by itself; gives them all."""
    lives: list[Life] = []
    while not lives or lives[-1].code == KILLED:
        lives.append(lived(command, next(lengths), env, clock))
        if len(lives) % TOLD_EVERY == 0:
            peak = max(life.peak_mib for life in lives)
            print(f"  {len(lives)} lives, at most {peak:.1f} MiB", file=sys.stderr, flush=True)
    return lives


def stored(url: str) -> dict[str, Any]:
    """What the platform holds: a digest, how many organizations, how many it was sent."""
    held: dict[str, Any] = ask(f"{url}/_sandbox/akooda/digest")
    return held


def lengths(options: argparse.Namespace) -> Iterator[float]:
    """How long each life is."""
    chance = random.Random(options.seed)
    while True:
        yield chance.uniform(options.shortest, options.longest)


def drill(chosen: argparse.Namespace) -> dict[str, Any]:
    """The whole drill; gives its counts."""
    clock = own if chosen.cpu else wall
    options = ("--companies", str(chosen.records), "--seed", str(chosen.seed))
    with sandbox(*options) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [*CRMSYNC, *configured(folder, url, "ledger.db")]
        began = time.monotonic()
        lives = until_the_end(command, environment(folder), lengths(chosen), clock)
        seconds = time.monotonic() - began
        disturbed = stored(url)
        ask(f"{url}/_sandbox/requests/reset", {})
        again = json.loads(measure(command, folder).output)["syncs"][0]
        ask(f"{url}/_sandbox/akooda/reset", {})
        alone = measure([*CRMSYNC, *configured(folder, url, "fresh.db")], folder)
        undisturbed = stored(url)
        megabytes = (folder / "ledger.db").stat().st_size / 1e6
    if lives[-1].code:
        print(lives[-1].output, lives[-1].words, sep="\n", file=sys.stderr)
    last = json.loads(lives[-1].output or '{"syncs": [{}]}')["syncs"][0]
    kills = len(lives) - 1
    return {
        "records": chosen.records,
        "kills": kills,
        "seconds": round(seconds, 1),
        "last life ended with": lives[-1].code,
        "balanced": last.get("balanced", False) and again["balanced"],
        "owed": again["owed"],
        "held by the platform": disturbed["count"],
        "held after an undisturbed run": undisturbed["count"],
        "the same": disturbed["digest"] == undisturbed["digest"],
        "payloads sent again": disturbed["received"] - undisturbed["received"],
        "payloads that may be": kills * SENT_AGAIN,
        "requests of an unchanged run": again["destination_requests"],
        "largest life, MiB": round(max(life.peak_mib for life in lives), 1),
        "undisturbed run, MiB": round(alone.peak_mib, 1),
        "undisturbed run, s": round(alone.wall, 1),
        "ledger, MB": round(megabytes),
    }


def sound(counts: dict[str, Any]) -> bool:
    """Whether nothing is wrong with a drill's counts."""
    return bool(
        counts["last life ended with"] == 0
        and counts["balanced"]
        and counts["the same"]
        and not counts["owed"]
        and not counts["requests of an unchanged run"]
        and counts["payloads sent again"] <= counts["payloads that may be"]
        and counts["largest life, MiB"] <= MEMORY_MIB
    )


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(
        description="kill a run over a million records, again and again"
    )
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shortest", type=float, default=2.0, help="seconds of a life, at least")
    parser.add_argument("--longest", type=float, default=5.0, help="and at most")
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="count the seconds that a processor worked for the life: for busy machines",
    )
    counts = drill(parser.parse_args())
    for what, count in counts.items():
        print(f"{what}: {count}")
    raise SystemExit(0 if sound(counts) else 1)


if __name__ == "__main__":
    main()
