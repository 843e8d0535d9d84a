"""A drill from its first run to its verdict."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

from crmsync.config.files import read_config
from crmsync.config.loading import Loaded
from crmsync.drill import casting, platforms, troubles
from crmsync.drill.casting import Cast, Part
from crmsync.drill.changes import change
from crmsync.drill.lives import Lives
from crmsync.drill.troubles import KILL, STOP
from crmsync.drill.verdict import Seen, Verdict, World, judged
from crmsync.errors import CrmsyncError
from crmsync.exit_codes import ExitCode
from crmsync.ledger import open_stored
from crmsync.receipts import Outcome
from crmsync.sandbox.accounts import FITTING
from crmsync.sandbox.asking import ask
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import start
from crmsync.transport.clock import SystemClock
from crmsync.values import Value

CLEAN: Final = 4
"""Runs without any trouble that a drill waits for everything to come right."""

LEDGER: Final = "drill"
"""The name of the disturbed runs' configuration and ledger."""

EVERY_LEAD: Final = 1_000_000
"""More leads than a drill has."""

_WELL: Final = (ExitCode.OK, ExitCode.OWED)
_SHARE: Final = 20
"""Between two rounds every so-many-th record changes, and as many are new."""


class Wanted(Value):
    """What is to be drilled.

    Attributes:
        syncs: By name.
        troubles: Names of what goes wrong.
        rounds: How often runs are disturbed and records change.
        records: How many records of each object each CRM has.
        seed: Of the data, the changes, the faults and the moments of signals.
        folder: Where configuration and ledger are written.
    """

    syncs: Sequence[str]
    troubles: Sequence[str]
    rounds: int
    records: int
    seed: int
    folder: Path


def drill(loaded: Loaded, wanted: Wanted, told: Callable[[str], None]) -> Verdict:
    """Run the syncs through all that goes wrong, and compare with an undisturbed world.

    Args:
        loaded: The user's configuration. Nothing that it names is asked or changed.
        wanted: What is drilled.
        told: Called with how far it is, for people.

    Raises:
        ConfigError: No simulator plays any of the syncs.
        CrmsyncError: A run fails though nothing disturbs it.
    """
    played = casting.cast(loaded.config, wanted.syncs)
    with ExitStack() as stages:
        options = [_options(loaded, played, wanted, number) for number in range(played.stages)]
        urls = [stages.enter_context(start(one)).url for one in options]
        return _Course(loaded, played, wanted, urls, options).through(told)


class _Course:
    """One drill, its simulators being up."""

    def __init__(
        self,
        loaded: Loaded,
        played: Cast,
        wanted: Wanted,
        urls: Sequence[str],
        options: Sequence[SandboxOptions],
    ) -> None:
        self._played = played
        self._wanted = wanted
        self._urls = urls
        self._chance = random.Random(wanted.seed)  # noqa: S311 - moments, no secrets
        table = casting.with_files_at(read_config(loaded.path).table, loaded.path.parent.absolute())
        self._script = casting.script(table, played, urls, options[0])
        self._lives = self._configured(LEDGER)

    def through(self, told: Callable[[str], None]) -> Verdict:
        """All of it."""
        began = time.monotonic()
        told("one undisturbed run first")
        self._rehearse(told)
        for number in range(self._wanted.rounds):
            self._disturb(number)
            lives = self._lives
            told(
                f"round {number + 1} of {self._wanted.rounds}: {lives.killed} killed, "
                f"{lives.stopped} stopped, {sum(lives.ended.values())} ended by themselves"
            )
        struck = self._calm()
        told("no more trouble: clean runs follow")
        first, last, report = self._settle()
        told("the same records once more, undisturbed, with an empty ledger")
        seen = Seen(
            first=first,
            last=last,
            expected=self._undisturbed(),
            owed=self._owed(),
            report=report,
            struck=struck,
            seconds=time.monotonic() - began,
        )
        return judged(self._played, seen, self._lives)

    def _rehearse(self, told: Callable[[str], None]) -> None:
        """Let one run go undisturbed: what fails then is no work of the troubles."""
        report = self._configured("rehearsal").run()
        if report.get("exit_code") not in _WELL:
            why = "; ".join(f"{sync['sync']}: {sync['error']}" for sync in _failed(report))
            raise CrmsyncError(
                f"an undisturbed run on the simulators fails: {why or 'it wrote no report'}",
                hint="a filter or a method may want what the simulators do not have; leave that "
                "sync out, or look closer with --output DIR and `crmsync --config "
                "DIR/rehearsal.toml check`",
            )
        for part in self._played.destinations:
            url = self._urls[part.stage]
            if not (platforms.state(part.system, url) or platforms.events(part.system, url)):
                told(f"nothing reaches {part.name}: the drill will show nothing of it")
            ask(url, f"/{part.system}/reset", {})

    def _disturb(self, number: int) -> None:
        names, seed = self._wanted.troubles, self._wanted.seed * 1_000 + number
        if number:
            for part in self._played.sources:
                count = max(1, self._wanted.records // _SHARE)
                change(part.system, self._urls[part.stage], count, seed)
        for url, plans in self._plans(names, seed).items():
            ask(url, "/faults", plans)
        if KILL in names:
            self._lives.kill()
        if STOP in names:
            self._lives.stop()
        self._lives.run()

    def _plans(self, names: Sequence[str], seed: int) -> dict[str, dict[str, str]]:
        plans: dict[str, dict[str, str]] = {url: {} for url in self._urls}
        for parts, platform in ((self._played.sources, False), (self._played.destinations, True)):
            for part in parts:
                plan = troubles.plan(names, platform=platform, seed=seed)
                plans[self._urls[part.stage]][part.system] = plan
        return plans

    def _calm(self) -> dict[str, int]:
        """End all trouble, let what is late have its effect; gives what was done by kind."""
        struck: dict[str, int] = {}
        for url in self._urls:
            ask(url, "/faults", {})
            ask(url, "/late", {})
            for name, count in ask(url, "/requests")["faults"].items():
                struck[name] = struck.get(name, 0) + count
        return struck

    def _settle(self) -> tuple[World, World, Mapping[str, Any]]:
        """Clean runs until nothing changes; gives the world after the first and the last."""
        report = self._lives.run()
        first = last = self._world()
        for _ in range(CLEAN - 1):
            before, report = last, self._lives.run()
            last = self._world()
            if last == before and report.get("exit_code") in _WELL:
                break
        return first, last, report

    def _owed(self) -> dict[str, frozenset[str]]:
        """What the ledger owes each platform, and knows that it does."""
        owed: dict[str, set[str]] = {part.name: set() for part in self._played.destinations}
        url = f"sqlite:///{self._wanted.folder / LEDGER}.db"
        with closing(open_stored(url, clock=SystemClock(), read_only=True)) as ledger:
            for name, leads in owed.items():
                leads.update(ledger.open_leads(name, limit=EVERY_LEAD))
            for one in ledger.quarantine():
                if one.outcome is Outcome.UNKNOWN and one.key:
                    owed[self._played.syncs[one.sync].destination].add(one.key)
        return {name: frozenset(keys) for name, keys in owed.items()}

    def _undisturbed(self) -> World:
        """What one run of an empty ledger gives empty platforms."""
        for part in self._played.destinations:
            ask(self._urls[part.stage], f"/{part.system}/reset", {})
        self._configured("undisturbed").run()
        return self._world()

    def _world(self) -> World:
        def of(part: Part) -> str:
            return self._urls[part.stage]

        parts = self._played.destinations
        return World(
            states={part.name: platforms.state(part.system, of(part)) for part in parts},
            events={part.name: platforms.events(part.system, of(part)) for part in parts},
            twice={part.name: platforms.told_twice(part.system, of(part)) for part in parts},
            disorder={part.name: platforms.in_disorder(part.system, of(part)) for part in parts},
        )

    def _configured(self, name: str) -> Lives:
        """A configuration with a ledger of its own."""
        path = self._wanted.folder / f"{name}.toml"
        for left in self._wanted.folder.glob(f"{name}.db*"):  # of an earlier drill
            if left.is_file():
                left.unlink()
        text = f'state = {{ url = "sqlite:///{name}.db" }}\n{self._script}'
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        return Lives(path, self._chance)


def _failed(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [sync for sync in report.get("syncs", ()) if sync["exit_code"] not in _WELL]


def _options(loaded: Loaded, played: Cast, wanted: Wanted, number: int) -> SandboxOptions:
    fitting = dict(FITTING)
    for part in played.destinations:
        if part.system == "datatalks" and part.stage == number:
            fitting["datatalks_contact_key"] = loaded.config.destinations[
                part.name
            ].settings.contact_key
    return SandboxOptions(
        companies=wanted.records,
        deals=wanted.records,
        seed=wanted.seed + number,
        **fitting,  # type: ignore[arg-type]  # the options of that name
    )
