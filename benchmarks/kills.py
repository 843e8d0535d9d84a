"""Kills runs with SIGKILL at random moments, then shows that nothing is lost.

    python -m benchmarks.kills --runs 100 --companies 3000 --seed 1

Runs of crmsync go against a sandbox with 429s, 500s, resets and slow answers; each is killed
at a random moment, and between them companies change. Then the faults are switched off and
one clean run follows. What the platform holds must equal what one undisturbed run gives an
empty platform. Prints the counts; ends with 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.lives import environment
from benchmarks.sandboxes import ask, sandbox
from tests.e2e.warm import Warm

FAULTS = "429=0.05,500=0.05,reset=0.05,slow=0.05"
CONFIG = """
[state]
url = "sqlite:///{ledger}"
[limits]
retry_for = "30s"
[sources.hubspot]
access_token = "kills"
base_url = "{url}/hubspot"
[destinations.akooda]
tenant_id = "kills"
api_key = "kills"
base_url = "{url}/akooda"
[syncs.companies]
source = "hubspot"
object = "companies"
destination = "akooda"
"""


def configured(directory: Path, url: str, ledger: str) -> list[str]:
    """Write a configuration; gives the arguments that run it."""
    path = directory / f"{ledger}.toml"
    path.write_text(CONFIG.format(url=url, ledger=ledger))
    path.chmod(0o600)
    return ["--config", str(path), "-q", "run", "--json"]


def killed(warm: Warm, arguments: list[str], after: float) -> bool:
    """Start a run and kill it; gives whether it was still alive then."""
    with warm.start(arguments, Path.cwd(), warm.env) as child:
        time.sleep(after)
        alive = child.poll() is None
        child.kill()
    return alive


def clean(warm: Warm, arguments: list[str]) -> dict[str, Any]:
    """Run to the end; gives the one sync's report."""
    code, told, _ = warm.crmsync(arguments, Path.cwd(), warm.env)
    if code not in (0, 3):
        raise SystemExit(f"the clean run ended with {code}: {told}")
    report: dict[str, Any] = json.loads(told)["syncs"][0]
    return report


def organizations(url: str) -> dict[str, Any]:
    """What the platform holds, nulls and empty lists taken as absent."""
    held = ask(f"{url}/_sandbox/akooda/organizations")
    return {domain: without_nulls(entity) for domain, entity in held.items()}


def without_nulls(value: Any) -> Any:
    """A document without what counts as absent."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None and v != []}
    return value


def drill(warm: Warm, runs: int, companies: int, seed: int, longest: float) -> dict[str, Any]:
    """The whole drill; gives its counts."""
    moments = random.Random(seed)
    options = ("--companies", str(companies), "--seed", str(seed))
    with sandbox(*options) as url, tempfile.TemporaryDirectory() as name:
        run = configured(Path(name), url, "ledger.db")
        ask(f"{url}/_sandbox/faults", {"hubspot": FAULTS, "akooda": FAULTS})
        alive = 0
        for number in range(runs):
            again = run if number % 3 else [*run, "--full"]
            alive += killed(warm, again, moments.uniform(longest / 15, longest))
            change = {"count": companies // 20, "seed": seed * 1_000 + number}
            ask(f"{url}/_sandbox/hubspot/change", change)
        ask(f"{url}/_sandbox/faults", {"hubspot": "", "akooda": ""})
        report = clean(warm, run)
        disturbed = organizations(url)
        ask(f"{url}/_sandbox/akooda/reset", {})
        clean(warm, configured(Path(name), url, "fresh.db"))
        undisturbed = organizations(url)
    keys = disturbed.keys() | undisturbed.keys()
    different = [key for key in keys if disturbed.get(key) != undisturbed.get(key)]
    return {
        "runs killed": alive,
        "runs that had ended before": runs - alive,
        "clean run": report["counts"],
        "balanced": report["balanced"],
        "held by the platform": len(disturbed),
        "held after an undisturbed run": len(undisturbed),
        "lost": len(undisturbed.keys() - disturbed.keys()),
        "different": len(different),
        "examples": different[:3],
    }


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description="kill runs at random moments")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--companies", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=3.0, help="seconds before a kill")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Warm(environment(Path(name))) as warm:
        counts = drill(warm, options.runs, options.companies, options.seed, options.longest)
    for what, count in counts.items():
        print(f"{what}: {count}")
    raise SystemExit(1 if counts["different"] or not counts["balanced"] else 0)


if __name__ == "__main__":
    main()
