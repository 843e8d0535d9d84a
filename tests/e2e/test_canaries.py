"""No credential shows anywhere: every system's at once, all libraries' logs on, all files searched.

Besides, every e2e test is searched, see `conftest.searched` and `World.crmsync`.
"""

from __future__ import annotations

import base64
import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Final
from urllib.parse import quote, quote_plus

import pytest

from crmsync.testing.servers import FaultServer, Received, reply
from tests.e2e.canaries import MARK, canaries, canary, must_not_show, search, shown
from tests.e2e.crms import SOURCES
from tests.e2e.platforms import AKITA, DATATALKS, FEW
from tests.e2e.world import World, until

OWN: Final = canaries(
    *("SF_CONSUMER_KEY", "SF_CONSUMER_SECRET", "SF_PASSWORD", "SF_SECURITY_TOKEN"),
    *("SF_REFRESH_TOKEN", "PIPEDRIVE_API_TOKEN", "PIPEDRIVE_CLIENT_ID"),
    *("PIPEDRIVE_CLIENT_SECRET", "PIPEDRIVE_REFRESH_TOKEN", "AKITA_API_KEY", "ATOKA_TOKEN"),
    *("ATOKA_APP_USER_ID", "DATATALKS_ACCESS_KEY_ID", "DATATALKS_SECRET_ACCESS_KEY"),
    *("HTTP_TOKEN", "DB_PASSWORD", "OF_ANOTHER_PROGRAM"),
)
TABLES: Final[Mapping[str, str]] = {
    **{f"sources.{name}": lines for name, lines in SOURCES.items()},
    "sources.by-password": (
        'type = "salesforce"\nauth = "password"\nsoap = true\nusername = "a@b.example"\n'
        'password = "${SF_PASSWORD}"\nsecurity_token = "${SF_SECURITY_TOKEN}"\n'
        'login_url = "URL/salesforce"'
    ),
    "sources.by-refresh": (
        'type = "salesforce"\nauth = "refresh_token"\nconsumer_key = "${SF_CONSUMER_KEY}"\n'
        'refresh_token = "${SF_REFRESH_TOKEN}"\nlogin_url = "URL/salesforce"'
    ),
    "sources.by-app": (
        'type = "pipedrive"\nclient_id = "${PIPEDRIVE_CLIENT_ID}"\n'
        'client_secret = "${PIPEDRIVE_CLIENT_SECRET}"\nrefresh_token = "file:refresh-token"\n'
        'base_url = "URL/pipedrive"\noauth_url = "URL/pipedrive"'
    ),
    "destinations.akooda": (
        'tenant_id = "${AKOODA_TENANT_ID}"\napi_key = "${AKOODA_API_KEY}"\nbase_url = "URL/akooda"'
    ),
    "destinations.akita": f'{AKITA.lines}\nbase_url = "URL/akita"',
    "destinations.atoka": 'token = "${ATOKA_TOKEN}"\nbase_url = "URL/atoka"',
    "destinations.datatalks": f'{DATATALKS.lines}\nbase_url = "URL/datatalks"',
    "alerts": 'webhook = "${ALERT_WEBHOOK}"\nping = "${ALERT_PING}"\nping_also = ["start", "fail"]',
    "daemon": 'http_token = "${HTTP_TOKEN}"',
}
SYNCS: Final = (
    ("hubspot", "companies", "akooda"),
    ("hubspot", "deals", "datatalks"),
    ("salesforce", "Account", "akita"),
    ("pipedrive", "deals", "atoka"),
    ("by-password", "Account", "akooda"),
    ("by-refresh", "Opportunity", "akooda"),
    ("by-app", "organizations", "akooda"),
)
LOUD: Final = ("--log-level", "debug", "--log-format")


class Everything(World):
    """A world with every system, and every way to sign in that needs no key file."""

    def configure(self, *, akooda: str = "", **tables: str) -> None:
        """Write the configuration; `url` takes the place of the sandbox's."""
        del akooda
        url = tables.get("url", self.url)
        parts = [f'[limits]\nretry_for = "{tables.get("patience", "1m")}"']
        parts += [f"[{name}]\n{lines.replace('URL', url)}" for name, lines in TABLES.items()]
        for source, what, platform in SYNCS:
            sync = f'source = "{source}"\nobject = "{what}"\ndestination = "{platform}"'
            parts.append(f'[syncs.{source}-{what}]\n{sync}\nschedule = "every 1s"')
        (self.folder / "config.toml").write_text("\n".join(parts), encoding="utf-8")
        (self.folder / "refresh-token").write_text(canary("PIPEDRIVE_REFRESH_TOKEN"))
        self.env = {**self.env, **OWN}

    def searched(self) -> int:
        """Search what is there, but for the credential's own file."""
        return search(self.folder, homes=[self.folder / "refresh-token"])

    def looked_at(self) -> None:
        """Use commands that tell of runs and records, and search what they tell."""
        for words in (
            *(["status"], ["runs", "--json"], ["quarantine", "list"]),
            *(["quarantine", "export", "--output", "out.csv", "--format", "csv"],),
            *(["dry-run", "--full", "--format", "html", "--output", "page.html"],),
        ):
            self.crmsync(*LOUD, "json", *words)


@pytest.fixture
def everything(sandbox_at, tmp_path, warm) -> Iterator[Everything]:
    world = Everything(sandbox_at(*FEW), tmp_path, warm)
    world.ask("/reset", {})
    with FaultServer([reply(200)]) as alerted:
        world.env["ALERT_WEBHOOK"] = f"{alerted.url}/{MARK}-webhook"
        world.env["ALERT_PING"] = f"{alerted.url}/{MARK}-ping?key={MARK}"
        yield world
    (tmp_path / "refresh-token").unlink()


@pytest.mark.slow
@pytest.mark.security(1, 2, 6)
def test_with_every_log_on_no_credential_of_any_system_shows_anywhere(everything):
    checked = everything.crmsync(*LOUD, "text", "check")
    ended = everything.crmsync(*LOUD, "json", "run", "--json")
    everything.looked_at()
    assert checked.code == 0, checked.out
    assert {sync["error"] for sync in ended.json["syncs"]} == {None}
    assert '"logger":"httpcore' in ended.err
    assert everything.searched() >= 5


REFUSALS: Final = {"401": 401, "403": 403, "500": 500}


@pytest.mark.parametrize("status", REFUSALS.values(), ids=[f"SEC4-{one}" for one in REFUSALS])
def test_what_a_refusal_repeats_of_a_request_is_scrubbed(everything, status):
    with FaultServer(lambda asked: reply(status, repeated(asked))) as server:
        everything.configure(url=server.url, patience="0.1s")
        checked = everything.crmsync("check")
        ended = everything.crmsync("run", "--json")
        everything.crmsync("status")
        heard = [shown(repr(one)) for one in server.received]
    assert checked.code > 0
    assert ended.code > 0
    assert any(heard)
    assert everything.searched() >= 4


def repeated(asked: Received) -> bytes:
    """A refusal that says again what it was asked, in three ways."""
    words = f"{asked.target} {asked.headers} {asked.body.decode('latin-1')}"
    basic = base64.b64encode(words.encode()).decode()
    return json.dumps({"message": words, "error": quote(words), "errors": [basic]}).encode()


@contextmanager
def daemon(world: World) -> Iterator[list[str]]:
    """A daemon with its page at work; gives the lines that it logged so far."""
    lines: list[str] = []
    words = ("--log-level", "debug", "daemon", "--http", "127.0.0.1:0")
    with world.started_afresh(*words) as child:
        assert child.stderr is not None
        reader = Thread(target=lines.extend, args=(child.stderr,), daemon=True)
        reader.start()
        yield lines
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=60)
        reader.join(timeout=60)


@pytest.mark.slow
@pytest.mark.security(2, 7)
def test_a_daemons_arguments_log_and_alerts_show_no_credential(everything):
    with daemon(everything) as lines:
        until(lambda: sum(" sync_finished " in line for line in lines) >= 3)
    must_not_show("".join(lines), "the daemon's log")
    assert any(" DEBUG " in line for line in lines)
    assert everything.searched() >= 3


CODED = {
    "plain": str,
    "percent": quote,
    "form": quote_plus,
    "json": json.dumps,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "basic-auth": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "basic-auth-id": lambda text: base64.b64encode(f"me@x:{text}:y".encode()).decode(),
    "base64-url": lambda text: base64.urlsafe_b64encode(f"ab{text}".encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "capitals": str.upper,
    "backwards": lambda text: text[::-1],
    "repr": repr,
}


@pytest.mark.parametrize("coded", CODED.values(), ids=[f"SEC6-{one}" for one in CODED])
def test_a_credential_that_would_show_is_found(coded, tmp_path):
    path = tmp_path / "leak"
    path.write_bytes(b"\0" * 100_000 + coded(canary("HUBSPOT_ACCESS_TOKEN")).encode() + b"\0")
    with pytest.raises(AssertionError, match="a credential shows in"):
        search(tmp_path)
    path.unlink()
