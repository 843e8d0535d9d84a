"""Measures one read that feeds two platforms beside two runs, one after the other.

    python -m benchmarks.shared --records 20000

Each row is one or two processes from start to exit, against the sandbox in another one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.run import CONFIG, Row, Usage, measure, requests_of
from benchmarks.sandboxes import sandbox

SECOND = """
[destinations.second]
type = "akooda"
tenant_id = "second"
api_key = "benchmark"
base_url = "{platform}/akooda"
[syncs.second]
source = "hubspot"
object = "companies"
destination = "second"
"""
CRMSYNC = (sys.executable, "-m", "crmsync", "-q", "run", "--json")


def rows(records: int, latency_ms: int) -> Iterator[Row]:
    """Both ways on one sandbox, each with a ledger of its own; then both once more, unchanged."""
    options = ("--companies", str(records), "--latency-ms", str(latency_ms))
    with sandbox(*options) as url, tempfile.TemporaryDirectory() as name:
        together, apart = Path(name) / "together", Path(name) / "apart"
        for folder in (together, apart):
            folder.mkdir()
            (folder / "config.toml").write_text((CONFIG + SECOND).format(crm=url, platform=url))
            (folder / "config.toml").chmod(0o600)
        measure([*CRMSYNC, "--limit", "1", "--sync", "second"], apart)  # warms the sandbox
        requests_of(url)
        for what in ("first", "unchanged"):
            full = [] if what == "first" else ["--full"]
            usage = measure([*CRMSYNC, *full], together)
            yield Row(records, latency_ms, f"{what}, one run", usage, requests_of(url))
            syncs = ("companies", "second")
            usages = [measure([*CRMSYNC, *full, "--sync", sync], apart) for sync in syncs]
            yield Row(records, latency_ms, f"{what}, two runs", _sum(*usages), requests_of(url))


def _sum(one: Usage, other: Usage) -> Usage:
    peak = max(one.peak_mib, other.peak_mib)
    return Usage(one.wall + other.wall, one.cpu + other.cpu, peak, "")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--latency", type=int, default=0, metavar="MS")
    options = parser.parse_args()
    for row in rows(options.records, options.latency):
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(row.requests.items()))
        print(
            f"{row.records:>8} {row.latency_ms:>5} ms {row.what:<20} {row.usage.wall:>7.2f} s"
            f" {row.usage.cpu:>7.2f} s CPU {row.usage.peak_mib:>8.1f} MiB  {kinds}",
            flush=True,
        )


if __name__ == "__main__":
    main()
