"""Sends changed accounts to Akita as fast as its limit lets them go, and no faster.

    python -m benchmarks.akita                     2,000 accounts, time 30 times as fast
    python -m benchmarks.akita --accounts 500 --times 60

The limiter takes 120 requests a minute and crmsync plans 110, both with minutes that last
60 / times seconds. Whole crmsync processes run against a sandbox in another one: the first
brings new accounts, then all of them change, and the second sends them again. Both read with
--full: HubSpot's search, by which changes are read, has a limit whose time cannot be made to go
faster, and sending begins when the read has ended (a key takes one record only). For the same
reason the ledger lies in memory where the system has a folder for that: an account is made
durable twice, which takes a disk a moment of a real second, not of a scaled one. Prints of each
the requests, the 429s, the seconds and the fastest possible: (accounts - 1) / rate, since the
first need not wait. Ends with 1 where there was a 429, one was lost or sent twice, or it took
5 % longer than that.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.sandboxes import ask, sandbox

PLANNED = 110
TAKEN = 120
SLOWER = 1.05
MEMORY = "/dev/shm"  # noqa: S108 - Linux's own folder in memory; what is made there is private
CONFIG = """
[state]
url = "sqlite:///ledger.db"
[sources.hubspot]
access_token = "benchmark"
base_url = "{url}/hubspot"
[destinations.akita]
api_key = "benchmark"
base_url = "{url}/akita"
rate_limit = "{rate}"
[syncs.companies]
source = "hubspot"
object = "companies"
destination = "akita"
"""


def run(directory: Path, url: str, rate: str) -> tuple[float, dict[str, Any]]:
    """Run crmsync from start to exit; gives its seconds and its one sync's report."""
    path = directory / "config.toml"
    path.write_text(CONFIG.format(url=url, rate=rate))
    path.chmod(0o600)
    began = time.perf_counter()
    command = [sys.executable, "-m", "crmsync", "-q", "run", "--full", "--json"]
    done = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - began
    report: dict[str, Any] = json.loads(done.stdout)["syncs"][0]
    if done.returncode != 0 or not report["balanced"]:
        raise SystemExit(f"the run ended with {done.returncode}: {report}")
    return seconds, report


def measured(accounts: int, times: float) -> Iterator[Mapping[str, object]]:
    """Bring accounts, change them all, and send them again; gives what each run came to."""
    minute = f"{60 / times:g}s"
    options = ("--companies", str(accounts), "--deals", "0", "--nasty", "0")
    limiter = ("--akita-rate-limit", f"{TAKEN}/{minute}")
    fastest = (accounts - 1) * (60 / times) / PLANNED
    memory = MEMORY if Path(MEMORY).is_dir() else None
    with sandbox(*options, *limiter) as url, tempfile.TemporaryDirectory(dir=memory) as name:
        for what in ("new", "changed"):
            ask(f"{url}/_sandbox/requests/reset", {})
            seconds, report = run(Path(name), url, f"{PLANNED}/{minute}")
            asked = ask(f"{url}/_sandbox/requests")
            yield {
                "accounts": what,
                "accepted": report["counts"]["accepted"],
                "requests": asked["requests"]["akita.account"],
                "429s": asked["rate_limited"].get("akita", 0),
                "seconds": round(report["duration_s"], 2),
                "with start-up": round(seconds, 2),
                "fastest possible": round(fastest, 2),
                "ratio": round(report["duration_s"] / fastest, 3),
                "ratio with start-up": round(seconds / fastest, 3),
            }
            ask(f"{url}/_sandbox/hubspot/change", {"count": accounts, "seed": 7})


def main() -> None:
    """Print a line a run."""
    parser = argparse.ArgumentParser(description="send accounts at the planned rate")
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--times", type=float, default=30, help="how much faster time goes")
    options = parser.parse_args()
    failed = False
    for row in measured(options.accounts, options.times):
        print(", ".join(f"{what} {value}" for what, value in row.items()), flush=True)
        complete = row["accepted"] == row["requests"] == options.accounts
        failed |= not complete or bool(row["429s"]) or float(str(row["ratio"])) > SLOWER
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
