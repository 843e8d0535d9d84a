"""A day of the real daemon in minutes: twenty syncs, faults, reloads, then SIGTERM as all hangs.

    python -m benchmarks.day --factor 200

The daemon is a process whose clocks run FACTOR times as fast (`fast_clock.c`, made by gcc);
nothing in it is simulated: APScheduler, threads, ledger and HTTP are as ever. The sandbox lives
in our time: its answers take FACTOR times as long in the daemon's. Every time of each schedule
must have brought a run, or be told as one that brings none and why; no run may be there that no
time or back-off asked for; no two runs of a sync may overlap. Prints the counts; ends with 1
where anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.sandboxes import ask, sandbox

FAULTS = "429=0.1,500=0.1,503=0.1,reset=0.1,lost=0.05,seed=1"
HOUR = 60
MINUTES = (6, 10, 15, 30, HOUR)
"""How often syncs are due: all of them divide an hour."""
SYNCS, PLATFORMS = 20, 5
HOLD_UP = timedelta(minutes=40)
"""How late a run may begin: it waits for its turn, and a day passes in minutes here."""
STOP_SECONDS = 5.0
HEAD = """
[state]
url = "sqlite:///ledger.db"
[limits]
retry_for = "5m"
[sources.hubspot]
access_token = "day"
base_url = "{url}/hubspot"
timeout = "30m"
"""
PLATFORM = """
[destinations.akooda{number}]
type = "akooda"
tenant_id = "day"
api_key = "day"
base_url = "{url}/akooda"
timeout = "30m"
"""
SYNC = """
[syncs.s{number}]
source = "hubspot"
object = "companies"
destination = "akooda{platform}"
filter = {{ industry = ["{industry}"] }}
schedule = "{minutes} * * * *"
"""
INDUSTRIES = ("COMPUTER_SOFTWARE", "RETAIL", "MACHINERY", "INSURANCE")


class Run(NamedTuple):
    """When a sync's run began and ended, in the daemon's time, and with what."""

    began: datetime
    ended: datetime
    code: int


def minutes(number: int) -> int:
    """How often a sync is due."""
    return MINUTES[number // len(INDUSTRIES)]


def cron(number: int) -> str:
    """The minutes of the hour at which a sync is due, as cron writes them."""
    return "0" if minutes(number) == HOUR else f"*/{minutes(number)}"


def configured(folder: Path, url: str) -> None:
    """Write the configuration."""
    text = HEAD.format(url=url)
    text += "".join(PLATFORM.format(number=number, url=url) for number in range(PLATFORMS))
    text += "".join(
        SYNC.format(
            number=number,
            platform=number // len(INDUSTRIES),
            industry=INDUSTRIES[number % len(INDUSTRIES)],
            minutes=cron(number),
        )
        for number in range(SYNCS)
    )
    (folder / "config.toml").write_text(text)
    (folder / "config.toml").chmod(0o600)


class Day:
    """A daemon's day.

    Attributes:
        lines: What it logged.
    """

    def __init__(self, folder: Path, url: str, factor: int, shim: Path) -> None:
        self.lines: list[dict[str, Any]] = []
        self._url, self._folder = url, folder
        self._env = {**os.environ, "PYTHONUNBUFFERED": "1"}
        fast = {"LD_PRELOAD": str(shim), "FAST_CLOCK": str(factor)}
        self._log = folder / "daemon.log"
        with self._log.open("wb") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "crmsync", "--log-format", "json", "daemon"],
                cwd=folder,
                env=self._env | fast,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def live(self, seconds: float) -> None:
        """Let companies change all day, faults come and go, and the file be read again."""
        until, number = time.monotonic() + seconds, 1
        while time.monotonic() < until:
            faults = {} if number % 3 else {"hubspot": FAULTS, "akooda": FAULTS}
            ask(f"{self._url}/_sandbox/faults", faults)
            ask(f"{self._url}/_sandbox/hubspot/change", {"count": 20, "seed": number})
            if not number % 10:
                self.child.send_signal(signal.SIGHUP)
            number += 1
            time.sleep(min(3.0, max(0.0, until - time.monotonic())))
            if self.child.poll() is not None:
                raise SystemExit(f"the daemon ended with {self.child.returncode}")

    def stop(self) -> float:
        """Ask it to end while everything hangs; gives the seconds that it took."""
        hang = "hang=1,hang_s=60"
        ask(f"{self._url}/_sandbox/faults", {"hubspot": hang, "akooda": hang})
        time.sleep(2.0)
        began = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(timeout=60)
        took = time.monotonic() - began
        self.lines = [json.loads(line) for line in self._log.read_text().splitlines()]
        return took

    def runs(self) -> dict[str, list[Run]]:
        """Every run that ended, by sync, in their order."""
        began = {one["run_id"]: moment(one["time"]) for one in self.told("run_started")}
        found: dict[str, list[Run]] = defaultdict(list)
        for one in self.told("sync_finished"):
            run = Run(began[one["run_id"]], moment(one["time"]), one["exit_code"])
            found[one["sync"]].append(run)
        return found

    def told(self, event: str) -> list[dict[str, Any]]:
        """The lines of an event."""
        return [one for one in self.lines if one["event"] == event]

    def of(self, event: str, sync: str) -> list[dict[str, Any]]:
        """The lines of an event about a sync."""
        return [one for one in self.told(event) if one["sync"] == sync]


def moment(text: str) -> datetime:
    """A moment as the log and reports write it."""
    return datetime.fromisoformat(text)


def dues(every: int, first: datetime, last: datetime) -> Iterator[datetime]:
    """The times of a schedule after the first moment, to the last."""
    at = first.replace(minute=0, second=0, microsecond=0)
    while at <= last:
        if at > first:
            yield at
        at += timedelta(minutes=every)


def judged(day: Day, first: datetime, last: datetime) -> dict[str, int]:
    """Counts of what was due, what came of it, and what is wrong."""
    counts: dict[str, int] = defaultdict(int)
    runs = day.runs()
    for number in range(SYNCS):
        name = f"s{number}"
        mine, skipped = runs[name], [moment(one["time"]) for one in day.of("sync_skipped", name)]
        due = list(dues(minutes(number), first, last - HOLD_UP))
        held = day.of("sync_held_back", name)
        counts["due"] += len(due)
        counts["runs"] += len(mine)
        counts["told as passed over"] += len(skipped)
        counts["failed"] += sum(run.code not in (0, 3) for run in mine)
        counts["missed"] += sum(not answered(at, mine, skipped) for at in due)
        times = len(list(dues(minutes(number), first, last))) - len(skipped)
        counts["doubled"] += max(0, len(mine) - times - sum(one["tries_again"] for one in held))
        counts["overlapping"] += sum(a.ended > b.began for a, b in pairwise(mine))
    return counts


def answered(at: datetime, runs: list[Run], skipped: list[datetime]) -> bool:
    """Whether a time of the schedule brought a run, or was told to bring none."""
    begun = any(at <= run.began <= at + HOLD_UP for run in runs)
    return begun or any(at <= told <= at + timedelta(minutes=5) for told in skipped)


def main() -> None:
    """Live a day and print the counts."""
    parser = argparse.ArgumentParser(description="a day of the daemon")
    parser.add_argument("--factor", type=int, default=200)
    parser.add_argument("--hours", type=float, default=24.0)
    options = parser.parse_args()
    source = Path(__file__).with_name("fast_clock.c")
    with sandbox("--companies", "300") as url, tempfile.TemporaryDirectory() as name:
        shim = Path(name) / "fast_clock.so"
        subprocess.run(
            ["gcc", "-O2", "-shared", "-fPIC", "-o", str(shim), str(source), "-ldl"],  # noqa: S607 - whichever there is
            check=True,
        )
        configured(Path(name), url)
        day = Day(Path(name), url, options.factor, shim)
        day.live(options.hours * 3600 / options.factor)
        stopped = day.stop()
        first, last = moment(day.lines[0]["time"]), moment(day.lines[-1]["time"])
        counts = judged(day, first, last)
    counts["seconds to stop, rounded up"] = int(stopped) + 1
    print(f"from {first} to {last}, {options.factor} times as fast")
    for what, count in counts.items():
        print(f"{what}: {count}")
    wrong = any(counts[what] for what in ("missed", "doubled", "overlapping"))
    raise SystemExit(1 if wrong or stopped > STOP_SECONDS else 0)


if __name__ == "__main__":
    main()
