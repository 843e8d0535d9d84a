"""Kills runs that bring events to Data Talks, then shows that none is there twice.

    python -m benchmarks.once --runs 20 --companies 400 --seed 1

Each company is an event, and each change of one is another. Runs of crmsync go against a sandbox
that loses answers, commits late, resets connections and answers 429, 500 and 504; each is killed
with SIGKILL after a random number of events, and between them companies change. Then the faults
are switched off and clean runs follow. What the last state of each company comes to is known from
one undisturbed run of an empty ledger. Each of these events must be at the sandbox once, or be
told as one that may have arrived. Prints the counts; ends with 1 where an event is there twice,
or neither there nor told.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.lives import environment
from benchmarks.sandboxes import ask, sandbox
from tests.e2e.warm import Warm

FAULTS = (
    "lost=0.04,late=0.04,late_s=0.2,late_jitter_s=0.4,late504=0.03,midreset=0.02,reset=0.05,"
    "429=0.03,500=0.02,504=0.02,slow=0.02,slow_s=0.1,retry_after=none"
)
CONFIG = """
[state]
url = "sqlite:///{ledger}"
[limits]
retry_for = "10s"
[sources.hubspot]
access_token = "once"
base_url = "{url}/hubspot"
[destinations.datatalks]
access_key_id = "once"
secret_access_key = "sandbox"
group_key = "once"
base_url = "{url}/datatalks"
timeout = "2s"
[syncs.companies]
source = "hubspot"
object = "companies"
destination = "datatalks"
method = "event"
"""
OWED = 3


def configured(directory: Path, url: str, ledger: str) -> list[str]:
    """Write a configuration; gives the arguments that use it."""
    path = directory / f"{ledger}.toml"
    path.write_text(CONFIG.format(url=url, ledger=ledger))
    path.chmod(0o600)
    return ["--config", str(path), "-q"]


def asked(url: str) -> int:
    """Requests that Data Talks' sandbox was asked so far."""
    count: int = ask(f"{url}/_sandbox/requests")["requests"].get("datatalks.event", 0)
    return count


def killed(warm: Warm, arguments: list[str], url: str, after: int) -> bool:
    """Start a run and kill it after so many requests; gives whether it was still alive then."""
    target = asked(url) + after
    with warm.start(arguments, Path.cwd(), warm.env) as child:
        while child.poll() is None and asked(url) < target:
            time.sleep(0.01)
        alive = child.poll() is None
        child.kill()
    return alive


def told(warm: Warm, arguments: list[str], *, codes: tuple[int, ...] = (0,)) -> Any:
    """What a command writes as JSON."""
    code, written, _ = warm.crmsync([*arguments, "--json"], Path.cwd(), warm.env)
    if code not in codes:
        raise SystemExit(f"{arguments} ended with {code}: {written}")
    return json.loads(written)


def events(url: str) -> Counter[str]:
    """How often each event is at the sandbox."""
    ask(f"{url}/_sandbox/late", {})
    groups = ask(f"{url}/_sandbox/datatalks/events")
    return Counter(
        json.dumps(event, sort_keys=True) for group in groups.values() for event in group
    )


def drill(warm: Warm, runs: int, companies: int, seed: int, most: int) -> dict[str, Any]:
    """The whole drill; gives its counts."""
    moments = random.Random(seed)
    options = ("--companies", str(companies), "--seed", str(seed))
    with sandbox(*options) as url, tempfile.TemporaryDirectory() as name:
        our = configured(Path(name), url, "ledger.db")
        alive = 0
        for number in range(runs):
            faults = f"{FAULTS},seed={seed * 1_000 + number}"
            ask(f"{url}/_sandbox/faults", {"datatalks": faults})
            run = [*our, "run", "--json"] + ([] if number % 3 else ["--full"])
            alive += killed(warm, run, url, moments.randint(1, most))
            change = {"count": companies // 20, "seed": seed * 1_000 + number}
            ask(f"{url}/_sandbox/hubspot/change", change)
        ask(f"{url}/_sandbox/faults", {})
        # The first may end a full pass that began before a change.
        told(warm, [*our, "run"], codes=(0, OWED))
        first = told(warm, [*our, "run"], codes=(0, OWED))["syncs"][0]
        before = sum(events(url).values())
        second = told(warm, [*our, "run", "--full"], codes=(0, OWED))["syncs"][0]
        there = events(url)
        doubted = told(warm, [*our, "quarantine", "list"])["quarantined"]
        status = told(warm, [*our, "status"])["syncs"][0]
        ask(f"{url}/_sandbox/datatalks/reset", {})
        told(warm, [*configured(Path(name), url, "fresh.db"), "run"])
        wanted = events(url)
    open_ids = {one["payload"]["crm_id"] for one in doubted if one["outcome"] == "unknown"}
    known = {bare(json.loads(event)) for event in there}
    missing = {json.loads(event)["crm_id"] for event in wanted if event not in there}
    return {
        "runs killed": alive,
        "events at the platform": sum(there.values()),
        "there twice": sum(times > 1 for times in there.values()),
        "sent by a full pass after clean runs": sum(there.values()) - before,
        "told as unknown": len(doubted),
        "told, and not there": sum(bare(one["payload"]) not in known for one in doubted),
        "last states of companies": len(wanted),
        "last states that are not there": len(missing),
        "neither there nor told": len(missing - open_ids),
        "owed, by the report and by status": (second["owed"], status["owed"]),
        "balanced": first["balanced"] and second["balanced"],
    }


def bare(payload: dict[str, Any]) -> str:
    """A payload without what is written in another way when it is shown to people."""
    kept = {
        name: value for name, value in payload.items() if not name.startswith(("owner", "group"))
    }
    return json.dumps(kept, sort_keys=True)


def sound(counts: dict[str, Any]) -> bool:
    """Whether nothing is wrong with a drill's counts."""
    wrong = ("there twice", "neither there nor told", "sent by a full pass after clean runs")
    return counts["balanced"] and not any(counts[name] for name in wrong)


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description="kill runs that bring events")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--companies", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=40, help="events of a run before its kill")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Warm(environment(Path(name))) as warm:
        counts = drill(warm, options.runs, options.companies, options.seed, options.most)
    for what, count in counts.items():
        print(f"{what}: {count}")
    raise SystemExit(0 if sound(counts) else 1)


if __name__ == "__main__":
    main()
