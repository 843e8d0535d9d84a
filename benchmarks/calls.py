"""Counts calls: whole runs against the sandbox, which counts what each system was asked.

    python -m benchmarks.calls                   the whole table (a few minutes)
    python -m benchmarks.calls --only pipedrive  the rows that have this in their names
    python -m benchmarks.calls --scale 0.1       with a tenth of the records

Each row is one run of crmsync, its calls by the simulators' own count, and what is allowed at
most: a full page a call, each record that another one points to read once in full batches, and
a handful of calls to sign in and to look at fields and users. Ends with 1 where a run was not
complete, or asked more than it may.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from math import ceil
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.sandboxes import ask, sandbox
from crmsync.sandbox.hubspot.portal import Portal
from crmsync.sandbox.hubspot.store import LIVE
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.pipedrive.store import ARCHIVED
from crmsync.sandbox.pipedrive.world import World

CONFIG: Final = """
[sources.{source}]
{settings}
[destinations.akooda]
tenant_id = "benchmark"
api_key = "benchmark"
base_url = "{url}/akooda"
[syncs.counted]
source = "{source}"
object = "{object}"
destination = "akooda"
"""
SETTINGS: Final[Mapping[str, str]] = {
    "hubspot": 'access_token = "benchmark"\nbase_url = "{url}/hubspot"',
    "salesforce": 'login_url = "{url}/salesforce"\nconsumer_key = "benchmark"\n'
    'consumer_secret = "benchmark"',
    "pipedrive": 'api_token = "benchmark"\nbase_url = "{url}/pipedrive"',
}
EQUAL: Final = 12_000
"""Records that an import gave one modification time."""

Tally = Mapping[str, int]


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        what: The run.
        unit: What is counted: calls, or tokens.
        counted: By the simulator.
        allowed: The most that is.
        read: Records that the run read.
        wanted: Records that it should have read.
        seconds: The run's, start-up included.
    """

    what: str
    unit: str
    counted: int
    allowed: int
    read: int
    wanted: int
    seconds: float

    @property
    def kept(self) -> bool:
        """Whether the run was complete, and asked no more than it may."""
        return self.counted <= self.allowed and self.read == self.wanted


class Account:
    """A CRM of the sandbox, and a configuration that reads one of its objects."""

    def __init__(self, url: str, folder: Path, source: str, kind: str, extra: str = "") -> None:
        self.url = url
        self.source = source
        self.kind = kind
        settings = SETTINGS[source].format(url=url) + "\n" + extra
        text = CONFIG.format(source=source, settings=settings, object=kind, url=url)
        self._config = folder / f"{source}-{kind}-{len(list(folder.iterdir()))}" / "config.toml"
        self._config.parent.mkdir()
        self._config.write_text(text)
        self._config.chmod(0o600)

    def run(self) -> tuple[dict[str, Any], float]:
        """Run to the end; gives the report and how many seconds it took."""
        self.ask("/requests/reset", {})
        command = [sys.executable, "-m", "crmsync", "-q", "run", "--json"]
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=self._config.parent, stdout=subprocess.PIPE, check=False)
        report: dict[str, Any] = json.loads(done.stdout)["syncs"][0]
        if done.returncode != 0 or not report["balanced"]:
            raise SystemExit(f"{self.source} {self.kind}: {done.returncode}, {report['error']}")
        return report, time.perf_counter() - begun

    def calls(self, *but: str) -> int:
        """Calls to the CRM in the last run, without those of some kinds."""
        counted: Tally = self.ask("/requests")["requests"]
        left_out = {f"{self.source}.{kind}" for kind in but}
        own = {kind: n for kind, n in counted.items() if kind.startswith(f"{self.source}.")}
        return sum(n for kind, n in own.items() if kind not in left_out)

    def asked(self, kind: str) -> int:
        """Calls of one kind in the last run."""
        return int(self.ask("/requests")["requests"].get(f"{self.source}.{kind}", 0))

    def ask(self, path: str, document: Mapping[str, object] | None = None) -> Any:
        """The sandbox's control interface."""
        return ask(f"{self.url}/_sandbox{path}", document)

    def touch(self, count: int) -> int:
        """Give records one modification time; gives how many there were."""
        body = {"object": self.kind, "count": count}
        path = f"/{self.source}/touch"
        if self.source == "hubspot":
            path, body = f"/hubspot/{self.kind}/touch", {"count": count}
        return len(self.ask(path, body)["ids"])


class Bench:
    """Makes the rows, each group of them against a sandbox of its own."""

    def __init__(self, scale: float, folder: Path) -> None:
        self._scale = scale
        self._folder = folder

    def groups(self) -> Mapping[str, Callable[[], Iterator[Row]]]:
        """Every group by its name."""
        return {
            "hubspot deals": self._hubspot_deals,
            "salesforce bulk": self._salesforce_bulk,
            "pipedrive deals": self._pipedrive_deals,
            "equal times": self._equal_times,
        }

    def _size(self, records: int) -> int:
        return max(1, round(records * self._scale))

    def _hubspot_deals(self) -> Iterator[Row]:
        """20,000 deals with their primary companies, associations read by 1,000."""
        deals, companies = self._size(20_000), self._size(10_000)
        with sandbox("--companies", str(companies), "--deals", str(deals)) as url:
            account = Account(url, self._folder, "hubspot", "deals")
            report, seconds = account.run()
            live = account.ask("/hubspot/deals/count")["live"]
            needed = _companies_needed(SandboxOptions(companies=companies, deals=deals))
            allowed = ceil(live / 100) + ceil(live / 1000) + ceil(needed / 100) + 10
            yield Row(
                f"HubSpot, {live:,} deals with companies", "calls",
                account.calls(), allowed, report["counts"]["read"], live, seconds,
            )  # fmt: skip

    def _salesforce_bulk(self) -> Iterator[Row]:
        """100,000 accounts, by one job."""
        accounts = self._size(100_000)
        with sandbox("--companies", str(accounts)) as url:
            account = Account(url, self._folder, "salesforce", "Account")
            report, seconds = account.run()
            live = account.ask("/salesforce/Account/count")["live"]
            yield Row(
                f"Salesforce, {live:,} accounts by Bulk", "calls",
                account.calls(), 15, report["counts"]["read"], live, seconds,
            )  # fmt: skip

    def _pipedrive_deals(self) -> Iterator[Row]:
        """20,000 deals with their persons and organizations, paid in tokens."""
        deals, organizations = self._size(20_000), self._size(8_000)
        options = SandboxOptions(companies=organizations, deals=deals)
        with sandbox("--companies", str(organizations), "--deals", str(deals)) as url:
            account = Account(url, self._folder, "pipedrive", "deals")
            report, seconds = account.run()
            count = account.ask("/pipedrive/deals/count")
            pages = ceil(count["live"] / 500)
            batches = sum(ceil(ids / 100) for ids in _pointed_to(options))
            spent = account.ask("/pipedrive/tokens")["by_kind"]
            counted = sum(spent.values()) - spent.get("deals_archived", 0)
            yield Row(
                f"Pipedrive, {count['live']:,} deals with persons and organizations", "tokens",
                counted, int(1.05 * 10 * (pages + batches)),
                report["counts"]["read"], count["live"] + count["archived"], seconds,
            )  # fmt: skip

    def _equal_times(self) -> Iterator[Row]:
        """12,000 records with one modification time, read by their changes.

        What other objects' records take is counted by the rows above, and left out here.
        """
        count = self._size(EQUAL)
        with sandbox("--companies", str(count), "--deals", str(count), "--nasty", "0") as url:
            for label, page, joins, account in self._accounts(url):
                ask(f"{url}/_sandbox/reset", {})
                account.run()
                touched = account.touch(count)
                report, seconds = account.run()
                yield Row(
                    f"{label}: {touched:,} equal times", "calls",
                    account.calls(*joins), ceil(touched / page) + 5,
                    report["counts"]["read"], touched, seconds,
                )  # fmt: skip

    def _accounts(self, url: str) -> Iterator[tuple[str, int, tuple[str, ...], Account]]:
        """Each object with the size of its pages and the kinds of its joins' calls."""
        by_query = f"bulk_threshold = {10**9}"
        for source, kind, page, joins, extra in (
            ("hubspot", "companies", 200, (), ""),
            ("hubspot", "deals", 200, ("associations", "batch_read"), ""),
            ("salesforce", "Account", 2_000, (), by_query),
            ("salesforce", "Opportunity", 2_000, (), by_query),
            ("salesforce", "Account", 2_000, (), ""),
            ("salesforce", "Opportunity", 2_000, (), ""),
            ("pipedrive", "deals", 500, ("persons", "organizations"), ""),
            ("pipedrive", "organizations", 500, ("persons",), ""),
        ):
            way = ""
            if source == "salesforce":
                way = " by query" if extra else " by Bulk"
            account = Account(url, self._folder, source, kind, extra)
            yield f"{source} {kind}{way}", page, joins, account


def _companies_needed(options: SandboxOptions) -> int:
    """Primary companies of live deals, by the simulator's own data."""
    portal = Portal(options)
    deals = portal.deals.store.walk(0, LIVE)
    return len(
        {link.company for deal in deals for link in portal.links.of_deal(deal) if link.primary}
    )


def _pointed_to(options: SandboxOptions) -> tuple[int, int]:
    """Persons and organizations that deals point to, by the simulator's own data."""
    deals = World(options).tables["deals"]
    records = [deals.record(one) for one in (*deals.positions(LIVE), *deals.positions(ARCHIVED))]
    return (
        len({record["person_id"] for record in records} - {None}),
        len({record["org_id"] for record in records} - {None}),
    )


def main() -> None:
    """Print the table; end with 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scale", type=float, default=1.0, help="times as many records")
    parser.add_argument("--only", default="", help="groups whose names have this in them")
    options = parser.parse_args()
    print(f"{'run':<66} {'read':>8} {'counted':>8} {'allowed':>8} {'seconds':>8}")
    broken = 0
    with tempfile.TemporaryDirectory() as name:
        groups = Bench(options.scale, Path(name)).groups()
        for row in (
            row for group, rows in groups.items() if options.only in group for row in rows()
        ):
            broken += not row.kept
            verdict = "" if row.kept else "  BROKEN"
            print(
                f"{row.what:<66} {row.read:>8,} {row.counted:>8,} {row.allowed:>8,}"
                f" {row.seconds:>8.1f}  {row.unit}{verdict}",
                flush=True,
            )
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
