"""A user's world: a configuration in a folder, real crmsync processes, a sandbox behind sockets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.request import Request, urlopen

import crmsync
from tests.e2e.canaries import canaries, must_not_show, without_events
from tests.e2e.warm import Started, Warm

SYNC = "hubspot-companies"
CREDENTIALS = canaries("HUBSPOT_ACCESS_TOKEN", "AKOODA_TENANT_ID", "AKOODA_API_KEY")
LOGGING = ("--log-level", "--log-format", "--quiet", "--verbose", "-q", "-v", "-vv")
"""A command with one of these options logs as it says; every other logs all there is."""
CONFIG = """\
{top}
[sources.hubspot]
access_token = "${{HUBSPOT_ACCESS_TOKEN}}"
base_url = "{hubspot}/hubspot"
{source}
[destinations.akooda]
tenant_id = "${{AKOODA_TENANT_ID}}"
api_key = "${{AKOODA_API_KEY}}"
base_url = "{akooda}/akooda"
{destination}
[syncs.hubspot-companies]
source = "hubspot"
object = "companies"
destination = "akooda"
{sync}
"""
PATIENCE = 60.0
"""Seconds that a test waits for what must come, on a machine however busy."""


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)

    @property
    def sync(self) -> Any:
        """The one sync of a report."""
        (sync,) = self.json["syncs"]
        return sync


class World:
    """One configuration against one sandbox.

    Attributes:
        url: The sandbox's address.
        folder: Where the configuration and its ledger are.
        warm: What most of its commands come from.
        env: The variables of the commands, credentials among them.
        folders: Those of all worlds.
    """

    folders: ClassVar[set[Path]] = set()

    def __init__(self, url: str, folder: Path, warm: Warm) -> None:
        self.url = url
        self.folder = folder
        self.folders.add(folder)
        self.warm = warm
        self.env = {**warm.env, **CREDENTIALS}
        self.configure()

    def configure(self, *, akooda: str = "", **tables: str) -> None:
        """Write the smallest configuration, with more lines for `top`, `source`, `sync` …."""
        lines = {"top": "", "source": "", "destination": "", "sync": "", **tables}
        text = CONFIG.format(hubspot=self.url, akooda=akooda or self.url, **lines)
        (self.folder / "config.toml").write_text(text, encoding="utf-8")

    def crmsync(self, *arguments: str, **env: str) -> Ended:
        """Run a command to its end; gives its exit code and what it wrote.

        With variables of its own it starts afresh: some are read while crmsync is loaded. What it
        logs, everything there is, is searched for credentials, and left out of what is given.
        """
        if env:
            return self.afresh(*arguments, **env)
        loud = () if set(LOGGING) & set(arguments) else ("--log-level", "debug")
        return _searched(*self.warm.crmsync((*loud, *arguments), self.folder, self.env))

    def afresh(self, *arguments: str, **env: str) -> Ended:
        """The same in a process that loads crmsync itself, as a user's does."""
        done = subprocess.run(
            [sys.executable, "-m", "crmsync", *arguments],
            cwd=self.folder,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=200,
            check=False,
        )
        return _searched(done.returncode, done.stdout, done.stderr)

    def run(self, *arguments: str) -> Ended:
        """`crmsync run --json`."""
        return self.crmsync("run", "--json", *arguments)

    @contextmanager
    def started(self, *arguments: str) -> Iterator[Started]:
        """A command that goes on while the test does; killed where it is left running."""
        with self.warm.start(arguments, self.folder, self.env) as child:
            try:
                yield child
            finally:
                child.kill()

    @contextmanager
    def started_afresh(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """The same in a process that loads crmsync itself, as a user's does."""
        child = subprocess.Popen(
            [sys.executable, "-m", "crmsync", *arguments],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        with child:
            try:
                must_not_show(Path(f"/proc/{child.pid}/cmdline").read_bytes(), "arguments")
                yield child
            finally:
                child.kill()

    def ask(self, path: str, document: Mapping[str, object] | None = None, *, at: str = "") -> Any:
        """The control API of the sandbox, or of another one: POST with a document, else GET."""
        data = None if document is None else json.dumps(document).encode()
        request = Request(f"{at or self.url}/_sandbox{path}", data=data)  # noqa: S310 - our own loopback server
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - the same
            return json.load(answer)

    def faults(self, **plans: str) -> None:
        """Replace the plan of faults; a system that is not named has none."""
        self.ask("/faults", plans)

    def change(self, count: int, seed: int = 1) -> list[str]:
        """Change sound companies in the CRM; gives their ids."""
        ids: list[str] = self.ask("/hubspot/change", {"count": count, "seed": seed})["ids"]
        return ids

    def live(self) -> int:
        """Live companies, by the CRM's own count."""
        count: int = self.ask("/hubspot/companies/count")["live"]
        return count

    def requests(self, kind: str) -> int:
        """Requests of a kind (`akooda.post`) that the sandbox was asked."""
        count: int = self.ask("/requests")["requests"].get(kind, 0)
        return count

    def held(self, at: str = "") -> dict[str, Any]:
        """What the platform holds by domain; null and empty count as absent."""
        everything = self.ask("/akooda/organizations", at=at)
        return {domain: present(entity) for domain, entity in everything.items()}

    def held_after_a_fresh_run(self) -> dict[str, Any]:
        """What the platform holds when it is emptied and a new ledger starts from nothing."""
        self.ask("/akooda/reset", {})
        text = (self.folder / "config.toml").read_text(encoding="utf-8")
        fresh = self.folder / "fresh.toml"
        fresh.write_text(f'state.url = "sqlite:///fresh.db"\n{text}', encoding="utf-8")
        ended = self.crmsync("--config", "fresh.toml", "run", "--json")
        assert ended.code == 0, ended.err
        return self.held()


def _searched(code: int, out: str, err: str) -> Ended:
    must_not_show(out, "stdout")
    must_not_show(err, "stderr")
    return Ended(code, out, without_events(err))


def until(happened: Callable[[], object]) -> None:
    """Look again and again until it happened."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def plain_environment(bytecode: Path) -> dict[str, str]:
    """This process's variables without crmsync's, and with a place for compiled modules.

    Without it each process would compile crmsync anew, where it is not installed compiled.
    """
    ours = ("CRMSYNC_", "HUBSPOT_", "AKOODA_", "XDG_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    if Path(cache_from_source(crmsync.__file__)).exists():
        return plain
    plain.pop("PYTHONDONTWRITEBYTECODE", None)
    return plain | {"PYTHONPYCACHEPREFIX": str(bytecode)}


def present(value: Any) -> Any:
    """A document without what counts as absent: null, an empty list, an empty object."""
    if isinstance(value, dict):
        return {k: present(v) for k, v in value.items() if v not in (None, [], {})}
    return value
