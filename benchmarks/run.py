"""Measures whole processes: crmsync beside the floor, against sandboxes in processes of their own.

    python -m benchmarks.run                     the whole table (some minutes)
    python -m benchmarks.run --records 20000 --latency 0

Each row is one process from start to exit, start-up included; CPU is user plus system time
of that process alone. The floor (floor.py) reads the same 40 properties in the same run. The last
row of each four is a first run with the shipped mapping, which reaches for fewer. The CRM is one
sandbox and the platform another, as they are two machines: one that is both would let a page
wait while it checks a batch.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.sandboxes import ask, sandbox

HERE = Path(__file__).parent
CONFIG = """
[state]
url = "sqlite:///ledger.db"
[sources.hubspot]
access_token = "benchmark"
base_url = "{crm}/hubspot"
[destinations.akooda]
tenant_id = "benchmark"
api_key = "benchmark"
base_url = "{platform}/akooda"
[syncs.companies]
source = "hubspot"
object = "companies"
destination = "akooda"
[syncs.companies.fields]
# Together with the preset these reach for 40 properties of a company.
"properties.nicknames" = {{ list = [
  "type", "hs_lead_status", "hs_analytics_source", "timezone",
] }}
"properties.segments" = {{ list = [
  "industry", "founded_year", "web_technologies", "notes_last_updated",
  "notes_last_contacted",
  "num_associated_contacts", "num_associated_deals", "recent_deal_amount",
  "recent_deal_close_date", "total_revenue", "first_contact_createdate", "hs_num_open_deals",
] }}
"properties.location" = {{ join = ["address", "city", "zip", "state", "country"] }}
"properties.renewedAt" = "renewal_date"
"""

SHIPPED = CONFIG.partition("[syncs.companies.fields]")[0]


class Usage(NamedTuple):
    """What one process came to."""

    wall: float
    cpu: float
    peak_mib: float
    output: str


class Row(NamedTuple):
    """One line of the table."""

    records: int
    latency_ms: int
    what: str
    usage: Usage
    requests: dict[str, int]


def measure(command: Sequence[str], directory: Path) -> Usage:
    """Run a command to its end and account for it."""
    with tempfile.TemporaryFile("w+") as out:
        begin = time.perf_counter()
        child = subprocess.Popen(command, cwd=directory, stdout=out)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        if child.returncode not in (0, 3):
            raise SystemExit(f"{command} ended with {child.returncode}")
        return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out.read())


class Systems(NamedTuple):
    """Where the CRM and the platform answer."""

    crm: str
    platform: str


def requests_of(*urls: str) -> dict[str, int]:
    """What these sandboxes have answered since the last call, by kind."""
    counted: dict[str, int] = {}
    for url in urls:
        counted |= ask(f"{url}/_sandbox/requests")["requests"]
        ask(f"{url}/_sandbox/requests/reset", {})
    return counted


@contextmanager
def workplace(config: str, systems: Systems) -> Iterator[Path]:
    """A directory with a configuration for these systems, and no ledger yet."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "config.toml").write_text(config.format(**systems._asdict()))
        (directory / "config.toml").chmod(0o600)
        yield directory


def rows(records: int, latency_ms: int) -> Iterator[Row]:
    """The floor, first runs and an unchanged one, on the same systems."""
    crmsync = [sys.executable, "-m", "crmsync", "-q", "run", "--json"]
    latency = ("--latency-ms", str(latency_ms))
    with (
        sandbox("--companies", str(records), *latency) as crm,
        sandbox("--companies", "0", *latency) as platform,
    ):
        systems = Systems(crm, platform)
        floor = [sys.executable, str(HERE / "floor.py"), f"{crm}/hubspot", f"{platform}/akooda"]

        def row(what: str, command: Sequence[str], directory: Path) -> Row:
            requests_of(*systems)
            usage = measure(command, directory)
            return Row(records, latency_ms, what, usage, requests_of(*systems))

        measure(floor, HERE)  # warms the sandbox's cache; not counted
        yield row("floor", floor, HERE)
        with workplace(CONFIG, systems) as directory:
            yield row("first run", crmsync, directory)
            yield row("unchanged run", crmsync, directory)
        with workplace(SHIPPED, systems) as directory:
            measure(crmsync, directory)  # as above: it asks for other properties
        with workplace(SHIPPED, systems) as directory:
            yield row("shipped mapping", crmsync, directory)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, nargs="*", default=[20_000, 200_000])
    parser.add_argument("--latency", type=int, nargs="*", default=[0, 50], metavar="MS")
    options = parser.parse_args()
    head = f"{'records':>8} {'latency':>8} {'what':<15} {'wall s':>7} {'CPU s':>7}"
    print(f"{head} {'x floor':>8} {'records/s':>10} {'peak MiB':>9}  requests")
    for records in options.records:
        for latency in options.latency:
            floor_cpu = 0.0
            for row in rows(records, latency):
                floor_cpu = floor_cpu or row.usage.cpu
                kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(row.requests.items()))
                print(
                    f"{row.records:>8} {row.latency_ms:>5} ms {row.what:<15}"
                    f" {row.usage.wall:>7.2f} {row.usage.cpu:>7.2f}"
                    f" {row.usage.cpu / floor_cpu:>8.2f} {records / row.usage.wall:>10,.0f}"
                    f" {row.usage.peak_mib:>9.1f}  {kinds}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
