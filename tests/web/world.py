"""A daemon's world without a daemon: a configuration, a ledger with a past, and its page."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from crmsync.config.loading import Loaded, load
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Ledger
from crmsync.ledger import open_stored
from crmsync.ledger.sqlite_store import SqliteStore
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.reports import Counts, RunReport, SyncReport
from crmsync.scheduling.agenda import Standing
from crmsync.scheduling.daemon import Sight
from crmsync.state import RecordWrite, Settlement
from crmsync.testing.clocks import FakeClock
from crmsync.web.service import StatusPage

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SYNC = "sheet-companies"
TOKEN = "a-token-of-more-than-16-characters"
CONFIG = """\
[state]
url = "{state}"
[daemon]
{daemon}
[sources.sheet]
type = "file"
folder = "."
[destinations.akooda]
tenant_id = "file:secret"
api_key = "file:secret"
base_url = "{platform}"
[syncs.sheet-companies]
source = "sheet"
object = "companies"
destination = "akooda"
schedule = "every 1h"
missing_key = "quarantine"
{sync}
[syncs.sheet-companies.fields]
domain = {{ from = "domain", transforms = "domain" }}
"properties.displayName" = "name"
"properties.objectId" = "record.id"
"""
COMPANIES = "id,domain,name\n1,one-company.com,Company One\n2,,Nameless\n"


@dataclass
class Watching:
    """What the page sees of a daemon, as the test wants it."""

    loaded: Loaded
    standing: Standing = field(default_factory=Standing)
    turned: float = 1.0

    def sights(self) -> tuple[Sight, ...]:
        return tuple(
            Sight(name, self.standing, NOW + timedelta(minutes=20))
            for name, one in self.loaded.config.syncs.items()
            if one.schedule is not None
        )


class World:
    """One folder with a configuration, its file and its ledger.

    Attributes:
        daemon: What the page is told of the daemon; its parts may be set.
        clock: The page's.
    """

    def __init__(
        self, folder: Path, *, platform: str = "http://127.0.0.1:9", state: str = "", **lines: str
    ) -> None:
        self.folder = folder
        self.state = state or f"sqlite:///{folder / 'crmsync.db'}"
        (folder / "secret").write_text("made-up", encoding="utf-8")
        (folder / "companies.csv").write_text(COMPANIES, encoding="utf-8")
        self.clock = FakeClock(NOW)
        self.configure(platform=platform, **lines)

    def configure(self, *, platform: str = "http://127.0.0.1:9", **lines: str) -> None:
        """Write the configuration, with more lines for `daemon` and `sync`."""
        given = {"platform": platform, "state": self.state, "daemon": "", "sync": "", **lines}
        text = CONFIG.format(**given)
        (self.folder / "config.toml").write_text(text, encoding="utf-8")
        self.daemon = Watching(load(self.folder / "config.toml"))

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, to be written to."""
        with closing(open_stored(self.state, clock=self.clock, read_only=False)) as ledger:
            if isinstance(ledger.store, SqliteStore):
                # What is lost with the machine is lost with the test.
                ledger.store._connection.execute("PRAGMA synchronous = OFF")
            yield ledger

    def ran(self, *ends: datetime, sync: str = SYNC, **told: Any) -> str:
        """Runs that ended then, all with the same report; gives the id of the last."""
        runs = [
            report(sync, run_id=f"run-{end:%d%H%M%S}", ended=end, **told)
            for end in ends or (NOW - timedelta(minutes=30),)
        ]
        with self.ledger() as ledger:
            for run in runs:
                ledger.start_run(run.run_id, run.started_at)
                ledger.finish_sync(run.run_id, run.syncs[0], run.finished_at)
                ledger.finish_run(run)
        return runs[-1].run_id

    def refuse(self, *ids: str, sync: str = SYNC, message: str = "it is empty") -> None:
        """Put records into quarantine."""
        problem = Problem("domain", "MISSING_DOMAIN", message, Severity.ERROR)
        writes = [
            RecordWrite(one, None, 1, b"digest", b"", Outcome.INVALID, (problem,)) for one in ids
        ]
        with self.ledger() as ledger:
            ledger.settle(
                Settlement(sync=sync, destination="akooda", run_id="r", at=NOW, records=writes)
            )

    @contextmanager
    def served(self, address: str = "127.0.0.1:0") -> Iterator[Asking]:
        """The page over real HTTP, on a port that was free."""
        page = StatusPage(address, self.daemon, self.clock)
        page.start()
        try:
            yield Asking(page)
        finally:
            page.stop()


@dataclass
class Answer:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


class Asking:
    """Somebody who asks the page.

    Attributes:
        page: What is asked.
        headers: What each request carries; a test may set some.
    """

    def __init__(self, page: StatusPage) -> None:
        self.page = page
        self.headers: dict[str, str] = {}

    @property
    def url(self) -> str:
        return self.page.address.url.rstrip("/")

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """One request; `sec_fetch_site` is the header Sec-Fetch-Site."""
        return self._ask(method, path, None, headers)

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> Answer:
        """Send a form, as a browser does that shows the page."""
        given = {"origin": self.url, "sec_fetch_site": "same-origin", **headers}
        return self._ask("POST", path, urlencode(form), given)

    def token(self, path: str = "/quarantine") -> str:
        """What a form on a page carries."""
        found = re.search(r'name="form" value="([0-9a-f]{64})"', self.get(path).text)
        assert found
        return found[1]

    def raw(self, data: bytes, *, patience: float = 10.0) -> bytes:
        """Send bytes, and read until the page hangs up."""
        place = (self.page.address.host, self.page.address.port)
        with socket.create_connection(place, timeout=patience) as wire:
            wire.sendall(data)
            told = b""
            while part := wire.recv(65_536):
                told += part
            return told

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        named = {name.replace("_", "-"): text for name, text in headers.items() if text}
        if body is not None:
            named["Content-Type"] = "application/x-www-form-urlencoded"
        address = self.page.address
        with closing(http.client.HTTPConnection(address.host, address.port, timeout=20)) as wire:
            wire.request(method, path, body, self.headers | named)
            answer = wire.getresponse()
            text = answer.read().decode()
            lower = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, lower, text)


def counts(**told: int) -> Counts:
    """Counts whose books balance."""
    return Counts(read=sum(told.values()), **told)


def report(
    sync: str = SYNC,
    *,
    run_id: str = "run",
    ended: datetime = NOW,
    code: ExitCode = ExitCode.OK,
    seconds: float = 60.0,
    **told: Any,
) -> RunReport:
    """A run of one sync."""
    usual = {"source": "sheet", "object": "companies", "destination": "akooda"}
    given: dict[str, Any] = {"counts": counts(accepted=3, unchanged=5), **usual, **told}
    one = SyncReport(sync=sync, exit_code=code, duration_s=seconds, **given)
    return RunReport(
        run_id=run_id,
        exit_code=code,
        started_at=ended - timedelta(seconds=seconds),
        finished_at=ended,
        syncs=(one,),
    )


def told(ended: datetime = NOW, **values: Any) -> dict[str, Any]:
    """One sync's report as the ledger gives it."""
    document: dict[str, Any] = report(ended=ended, **values).syncs[0].to_json()
    return document | {"run_id": "run", "finished_at": ended.isoformat()}
