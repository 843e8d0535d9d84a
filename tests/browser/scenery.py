"""A month of four syncs, good days and bad, for whoever looks at the page with their eyes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson
from typing_extensions import override

from crmsync.config.loading import load
from crmsync.destinations.atoka.encoding import pack
from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.reconcile import Intent
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Ledger
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.scheduling.agenda import Standing
from crmsync.scheduling.daemon import Sight
from crmsync.state import EventLine, Phase, RecordWrite, Settlement
from tests.web.world import NOW, SYNC, Watching, World, counts, report

HOSTILE: Final = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
"""The name of a company that somebody typed into a form."""

CONFIG: Final = """\
[sources.hubspot]
access_token = "file:secret"
[sources.salesforce]
login_url = "https://acme.my.salesforce.com"
consumer_key = "file:secret"
consumer_secret = "file:secret"
[sources.pipedrive]
api_token = "file:secret"
company_domain = "acme"
[sources.sheet]
type = "file"
folder = "."
[destinations.akooda]
tenant_id = "file:secret"
api_key = "file:secret"
base_url = "{platform}"
[destinations.akita]
api_key = "file:secret"
[destinations.atoka]
token = "file:secret"
[syncs.hubspot-companies]
source = "hubspot"
object = "companies"
destination = "akooda"
schedule = "every 1h"
timezone = "Europe/Stockholm"
[syncs.salesforce-accounts]
source = "salesforce"
object = "Account"
destination = "akita"
schedule = "15 2 * * *"
timezone = "Europe/Stockholm"
[syncs.pipedrive-deals]
source = "pipedrive"
object = "deals"
destination = "atoka"
schedule = "every 30m"
timezone = "Europe/Stockholm"
[syncs.sheet-companies]
source = "sheet"
object = "companies"
destination = "akooda"
[syncs.sheet-companies.fields]
domain = {{ from = "domain", transforms = "domain" }}
"properties.displayName" = "name"
"properties.objectId" = "record.id"
"""
COMPANIES: Final = 'id,domain,name\n1,one-company.com,Company One\n2,,"{name}"\n'
REFUSED: Final = (
    ("30412", "nordlicht.de", "Nordlicht Energie GmbH", "PARTNER is not a stage that it knows"),
    ("30977", "brightwater.io", "Brightwater Analytics", "the platform takes 500 characters"),
    ("31500", None, "Åse & Søn ApS", "domain is empty; website is empty"),
)


class Daemon(Watching):
    """One that runs one of its syncs, and backs off from another."""

    @override
    def sights(self) -> tuple[Sight, ...]:
        return (
            Sight("hubspot-companies", Standing(), NOW + timedelta(minutes=48)),
            Sight(
                "salesforce-accounts",
                Standing(failures=2, not_before=NOW + timedelta(minutes=2)),
                NOW + timedelta(hours=14, minutes=15),
            ),
            Sight("pipedrive-deals", self.standing, NOW + timedelta(minutes=11)),
        )


class Scenery(World):
    """The world of `World`, with more in it."""

    def __init__(self, folder: Path, *, platform: str = "http://127.0.0.1:9") -> None:
        super().__init__(folder, platform=platform)
        name = HOSTILE.replace('"', '""')
        (folder / "companies.csv").write_text(COMPANIES.format(name=name), encoding="utf-8")
        (folder / "config.toml").write_text(CONFIG.format(platform=platform), encoding="utf-8")
        self.daemon = Daemon(load(folder / "config.toml"), standing=Standing(running=True))
        random = Random(7)
        with self.ledger() as ledger:
            for run in sorted(self._runs(random), key=lambda run: run.finished_at):
                ledger.start_run(run.run_id, run.started_at)
                ledger.finish_sync(run.run_id, run.syncs[0], run.finished_at)
                ledger.finish_run(run)
            ledger.start_run(f"{NOW:%Y%m%dT%H%M%SZ}-now", NOW - timedelta(minutes=1))
            self._refused(ledger)
            self._owed(ledger)

    def _runs(self, random: Random) -> Iterator[Any]:
        yield from (_hourly(NOW - timedelta(hours=n, minutes=12), n, random) for n in range(30))
        yield from (_nightly(NOW - timedelta(days=n, hours=9), n, random) for n in range(30))
        yield from (_deals(NOW - timedelta(minutes=30 * n + 19), n, random) for n in range(30))
        end = NOW - timedelta(days=2)
        yield report(SYNC, run_id=_id(end, 3), ended=end, counts=counts(unverified=1, invalid=1))

    def _refused(self, ledger: Ledger) -> None:
        writes = [_write(*one) for one in REFUSED]
        ledger.settle(_settled("hubspot-companies", writes))
        ledger.settle(_settled(SYNC, [_write("2", None, HOSTILE, f"{HOSTILE} has no domain")]))

    def _owed(self, ledger: Ledger) -> None:
        body = orjson.dumps({"domain": "acme.com"})
        ledger.intend(
            batch_id="b", sync="hubspot-companies", destination="akooda", payloads=[("a.com", body)]
        )
        ledger.recover("akooda")
        why = "not found 3 times after it may have been sent"
        event = Event(tag="8f2c1a", lead="lead-77", note="Deal 5512: Proposal")
        told = pack(Intent(event=event, order=0, phase=Phase.PARKED), None)
        line = EventLine(
            event.tag, "pipedrive-deals", "5512", event.lead, 0, Phase.PARKED, told, NOW, reason=why
        )
        ledger.pin("pipedrive-deals", "acme")
        ledger.journal("atoka", [line])


def _id(end: datetime, mark: int) -> str:
    return f"{end:%Y%m%dT%H%M%SZ}-{mark}c4f{mark}a"


def _hourly(end: datetime, ago: int, random: Random) -> Any:
    told: dict[str, Any] = {"seconds": 8 + random.random() * 6}
    told["counts"] = counts(
        unverified=random.randint(4, 60),
        unchanged=random.randint(0, 9),
        merged=random.randint(0, 3),
    )
    if ago == 29:
        told |= {"counts": counts(unverified=9_120, merged=310, skipped=88), "seconds": 95}
    if ago in (11, 12):
        told |= {"counts": counts(pending=38), "code": ExitCode.TEMPORARY, "owed": 38}
        told |= {"error": "akooda is down (503); run again later", "status": "temporary"}
    if ago == 3:
        told |= {"counts": counts(unverified=41, rejected=2, invalid=1), "code": ExitCode.OWED}
        told |= {"status": "partial"}
    if ago == 0:
        told |= {"quarantined": 3, "owed": 1, "code": ExitCode.OWED, "status": "partial"}
    return report(
        "hubspot-companies",
        source="hubspot",
        run_id=_id(end, 1),
        ended=end,
        source_requests=random.randint(2, 9),
        destination_requests=1,
        bytes_sent=random.randint(9_000, 60_000),
        warnings=random.randint(0, 7),
        **told,
    )


def _nightly(end: datetime, ago: int, random: Random) -> Any:
    told: dict[str, Any] = {"seconds": 900 + random.random() * 900}
    told["counts"] = counts(accepted=random.randint(120, 900), unchanged=random.randint(0, 40))
    if ago < 2:
        told |= {"counts": counts(), "code": ExitCode.CREDENTIALS, "status": "failed", "seconds": 2}
        told["error"] = (
            "salesforce refuses the consumer key (invalid_client); make a new secret in "
            "Setup > App Manager, and put it where consumer_secret points"
        )
    told |= {"source": "salesforce", "object": "Account", "destination": "akita"}
    return report("salesforce-accounts", run_id=_id(end, 2), ended=end, **told)


def _deals(end: datetime, ago: int, random: Random) -> Any:
    told: dict[str, Any] = {"counts": counts(accepted=random.randint(0, 6)), "seconds": 3}
    if not ago:
        told |= {"owed": 1, "code": ExitCode.OWED, "status": "partial"}
    told |= {"source": "pipedrive", "object": "deals", "destination": "atoka"}
    return report("pipedrive-deals", run_id=_id(end, 4), ended=end, **told)


def _write(record: str, key: str | None, name: str, message: str) -> RecordWrite:
    payload = {"domain": key, "properties": {"displayName": name, "stage": "PARTNER"}}
    body = orjson.dumps({k: v for k, v in payload.items() if v})
    problems = (
        Problem(key or "domain", "MISSING_DOMAIN" if key is None else "REJECTED", message),
        Problem("properties.phone", "BAD_PHONE", '"n/a" is no number; left out', Severity.WARNING),
    )
    outcome = Outcome.REJECTED if key else Outcome.INVALID
    return RecordWrite(record, None, 1, record.encode(), body, outcome, problems)


def _settled(sync: str, writes: list[RecordWrite]) -> Settlement:
    at = NOW - timedelta(hours=3)
    return Settlement(sync=sync, destination="akooda", run_id="r", at=at, records=writes)
