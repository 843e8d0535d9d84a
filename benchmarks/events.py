"""Kills runs that create Atoka's lead events, then shows that each event is there once.

    python -m benchmarks.events --seeds 10 --events 3000 --leads 500

Deals change over several rounds; runs of crmsync create the events at a sandbox that loses
answers, commits late, resets connections and answers 502, and each run is killed with SIGKILL at
a random moment. A round begins when a run has read the one before: so which events must be there
is known without crmsync. After each kill, `crmsync status` must list every event that the sandbox
knows to be uncertain. Then the faults are switched off, and clean runs follow, until all is there
but what was sent twice and never found: that is parked, and its lead waits behind it. Of these a
person decides, `crmsync quarantine retry`, and then every event must be there.

Times are scaled: crmsync looks after 0.2, 0.6 and 2 s, what is late has effect within 0.5 s.
Prints a line a seed; ends with 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from benchmarks.changing_deals import MAPPING, Deals, Wanted
from benchmarks.lives import environment
from benchmarks.sandboxes import ask, sandbox
from tests.e2e.warm import Warm

CONFIGURED = ("--config", "config.toml")
FAULTS = (
    "lost=0.04,late=0.04,late_s=0.05,late_jitter_s=0.45,late504=0.03,hang=0.004,hang_s=4,"
    "reset=0.03,502=0.03,midreset=0.01,seed={seed}"
)
CONFIG = """
[state]
url = "sqlite:///ledger.db"
[sources.crm]
type = "file"
folder = "crm"
modified_column = "changed"
[destinations.atoka]
token = "${{ATOKA_TOKEN}}"
base_url = "{url}/atoka"
readback_after = ["0.2s", "0.6s", "2s"]
timeout = "1.5s"
in_flight = 16
[syncs.deals]
source = "crm"
object = "deals"
destination = "atoka"
[syncs.deals.fields]
{mapping}
"""
_TOLD = re.compile(r"Deal (\S+) change (\d+):")
_TAG = re.compile(r"\[cs:([0-9a-f]{12})\]")
_OWED = 3


class Drill:
    """One seed: a folder with a CRM, a configuration and a ledger, and a sandbox.

    Attributes:
        deals: The CRM, and the events that must come of it.
        kills: Runs that were alive when they were killed.
        uncertain: Every tag that `status` ever listed.
        unlisted: Tags that were uncertain at some moment, and that `status` did not list then.
    """

    def __init__(self, folder: Path, url: str, leads: int, seed: int, warm: Warm) -> None:
        (folder / "crm").mkdir()
        self.deals = Deals(folder / "crm" / "deals.jsonl", leads, seed)
        self.kills = 0
        self.uncertain: set[str] = set()
        self.unlisted: set[str] = set()
        self._folder, self._url = folder, url
        self._chance = random.Random(seed)
        self._settled: set[str] = set()
        self._warm = warm
        self._env = {**warm.env, "ATOKA_TOKEN": "events"}
        self._start_s = 0.0
        config = folder / "config.toml"
        config.write_text(CONFIG.format(url=url, mapping=MAPPING))
        config.chmod(0o600)
        known = [{"id": lead, "name": f"Lead {lead}"} for lead in self.deals.leads]
        self.ask("/atoka/companies", {"items": known})

    def ask(self, path: str, document: Mapping[str, object] | None = None) -> Any:
        """The sandbox's control API."""
        return ask(f"{self._url}/_sandbox{path}", document)

    def round(self, kills: int, longest: float) -> None:
        """Kill so many runs, and as many more as it takes until everything has been read."""
        number = 0
        while number < kills or self._lines("SELECT count(*) FROM events")[0][0] < len(self.deals):
            number += 1
            if number > kills + 50:
                raise SystemExit("runs that are killed that early do not get on")
            patience = 1 + max(0, number - kills) / 5  # on a busy machine they take longer to begin
            self._kill(self._start_s + self._chance.uniform(0.0, longest) * patience)
            self.look()

    def end(self) -> list[dict[str, Any]]:
        """Clean runs until nothing changes any more; gives what `status` lists then."""
        before = None
        while (owed := self._clean()) and owed != before:
            before = owed
            self.look()
        return self.look()

    def release(self, parked: list[dict[str, Any]]) -> int:
        """Let what is parked be sent once more, as a person would; gives what is owed then."""
        if parked:
            self._command("quarantine", "retry", *{event["id"] for event in parked}, "--json")
        owed = self._clean()
        self.look()
        return owed

    def look(self) -> list[dict[str, Any]]:
        """What `status` lists; what it should and does not is noted.

        What the sandbox has, or what a fault has struck, and the ledger does not call created.
        """
        began = time.monotonic()
        listed: list[dict[str, Any]] = self._command("status", "--json")["syncs"][0]["uncertain"]
        self._start_s = time.monotonic() - began  # what it takes to begin, on this machine now
        tags = {event["tag"] for event in listed}
        self.uncertain |= tags
        created = self._lines("SELECT tag FROM events WHERE phase = 'accepted'")
        self._settled |= {tag for (tag,) in created}
        self.unlisted |= self._suspects() - self._settled - tags
        return listed

    def owed(self) -> int:
        """Events that the journal still has to create."""
        open_lines = "SELECT count(*) FROM events WHERE phase NOT IN ('accepted', 'refused')"
        return int(self._lines(open_lines)[0][0])

    def _suspects(self) -> set[str]:
        """Tags of requests whose answers were lost, and of every event that is there."""
        struck = self.ask("/requests/struck")["struck"]
        notes = [
            parse_qs(one["body"])["note"][0] for one in struck if one["request"] == "atoka.create"
        ]
        there = self.ask("/atoka/tags", {})["counts"]
        return {*there, *(tag for note in notes for tag in _TAG.findall(note))}

    def _lines(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the journal, as another program than crmsync reads them."""
        path = self._folder / "ledger.db"
        if not path.exists():
            return [(0,)]
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError:  # cut off before the first migration
                return [(0,)]

    def _kill(self, after: float) -> None:
        """Start a run and kill it."""
        with self._warm.start([*CONFIGURED, "-q", "run"], self._folder, self._env) as child:
            time.sleep(after)
            self.kills += child.poll() is None
            child.kill()

    def _clean(self) -> int:
        """Run to the end; gives what is owed."""
        sync = self._command("-q", "run", "--json")["syncs"][0]
        if sync["exit_code"] not in (0, _OWED) or not sync["balanced"]:
            raise SystemExit(f"a clean run ended with {sync['exit_code']}: {sync['error']}")
        return int(sync["owed"])

    def _command(self, *arguments: str) -> Any:
        _, told, _ = self._warm.crmsync([*CONFIGURED, *arguments], self._folder, self._env)
        return json.loads(told)


def judged(drill: Drill) -> dict[str, int]:
    """What is there, held against what must be."""
    parked = drill.end()
    behind = drill.owed() - len(parked)
    owed = drill.release(parked)
    counts: Counter[str] = Counter(
        parked=len(parked), behind=behind, owed=owed, uncertain=len(drill.uncertain)
    )
    counts["duplicates"] = len(drill.ask("/atoka/tags", {})["twice"])
    counts.update(compared(drill.deals, drill.ask("/atoka/events")["events"]))
    return counts


def compared(deals: Deals, events: list[dict[str, Any]]) -> Counter[str]:
    """What is wrong with all events that are there, which come in the order of their creation."""
    there: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        there.setdefault(event["lead"], []).append(event)
    counts: Counter[str] = Counter()
    for lead, wanted in deals.wanted.items():
        counts.update(_lead(wanted, there.pop(lead, [])))
    counts["wrong"] += sum(map(len, there.values()))  # of leads that have no deal
    return counts


def _lead(wanted: list[Wanted], there: list[dict[str, Any]]) -> dict[str, int]:
    """What is wrong with a lead's events, which come in the order of their creation."""
    by_name = {f"Deal {one.deal} change {one.change}:": one for one in wanted}
    found = [by_name.get(_named(event)) for event in there]
    ours = [one for one in found if one is not None]
    places = [wanted.index(one) for one in ours]
    dates = [event["date"] for event in there]
    return {
        "events": len(there),
        "twice": len(ours) - len(set(ours)),
        "lost": len(set(wanted) - set(ours)),
        "wrong": sum(not _fits(one, event) for one, event in zip(found, there, strict=True)),
        "disorder": (places != sorted(places)) + (dates != sorted(dates)),
    }


def _named(event: Mapping[str, Any]) -> str:
    told = _TOLD.match(event["note"] or "")
    return told[0] if told else ""


def _fits(wanted: Wanted | None, event: Mapping[str, Any]) -> bool:
    if wanted is None or event["status"] != wanted.status or event["deleted"]:
        return False
    return wanted.assignee is None or (event["leadAssignee"] or "") == wanted.assignee


def drilled(seed: int, options: argparse.Namespace) -> dict[str, int]:
    """A whole seed; gives its counts."""
    began = time.monotonic()
    with (
        sandbox("--companies", "0", "--deals", "0", "--atoka-companies", "0") as url,
        tempfile.TemporaryDirectory() as name,
        Warm(environment(Path(name))) as warm,
    ):
        drill = Drill(Path(name), url, options.leads, seed, warm)
        drill.ask("/faults", {"atoka": FAULTS.format(seed=seed)})
        left = options.events - len(drill.deals)
        for number in range(options.rounds):
            if number:
                drill.deals.change(left // (options.rounds - number))
                left = options.events - len(drill.deals)
            drill.round(options.kills // options.rounds, options.longest)
        drill.ask("/faults", {})
        counts = judged(drill)
        requests = drill.ask("/requests")["requests"]["atoka.create"]
    seconds = round(time.monotonic() - began)
    other = {"kills": drill.kills, "unlisted": len(drill.unlisted), "seconds": seconds}
    return {"seed": seed, "requests": requests, **counts, **other}


COLUMNS = (
    "seed", "events", "requests", "kills", "uncertain", "parked", "behind", "owed",
    "duplicates", "twice", "lost", "wrong", "disorder", "unlisted", "seconds",
)  # fmt: skip
WRONG = ("owed", "duplicates", "twice", "lost", "wrong", "disorder", "unlisted")


def main() -> None:
    """Print a line a seed."""
    parser = argparse.ArgumentParser(description="kill runs that create events")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--events", type=int, default=3_000)
    parser.add_argument("--leads", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kills", type=int, default=20, help="runs that are killed, a seed")
    parser.add_argument("--longest", type=float, default=2.5, help="seconds before a kill")
    options = parser.parse_args()
    print("".join(f"{name:>11}" for name in COLUMNS), flush=True)
    sound = True
    for seed in range(options.first, options.first + options.seeds):
        counts = drilled(seed, options)
        print("".join(f"{counts.get(name, 0):>11}" for name in COLUMNS), flush=True)
        sound = sound and not any(counts.get(name) for name in WRONG)
    raise SystemExit(not sound)


if __name__ == "__main__":
    main()
