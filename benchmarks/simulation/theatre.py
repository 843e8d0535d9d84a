"""One schedule's worlds and runners: CRMs, platforms, a ledger, and what crmsync is run with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

from benchmarks.simulation.akooda import AkoodaWorld
from benchmarks.simulation.atoka import AtokaWorld
from benchmarks.simulation.crm import OVERLAP, Crm, Row, SimulatedSource
from benchmarks.simulation.process import Machine, Process, Watched
from benchmarks.simulation.stage import Crash, Stage
from benchmarks.simulation.wire import Door, Weather, Wire
from crmsync.adapters import Context, DestinationPlugin
from crmsync.destinations.akooda import PLUGIN as AKOODA
from crmsync.destinations.akooda.client import Akooda
from crmsync.destinations.akooda.settings import AkoodaSettings
from crmsync.destinations.atoka import PLUGIN as ATOKA
from crmsync.destinations.atoka.client import Client
from crmsync.destinations.atoka.destination import Atoka
from crmsync.destinations.atoka.settings import AtokaSettings
from crmsync.engine.plans import RunOptions, SyncPlan
from crmsync.engine.retry import retry_quarantined
from crmsync.engine.run import run_syncs
from crmsync.engine.slots import digest_of
from crmsync.history import Item, What
from crmsync.interfaces import Ledger
from crmsync.ledger import open_ledger
from crmsync.mapper import Mapper
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.spec import parse_rules
from crmsync.payloads import Limits
from crmsync.receipts import Outcome
from crmsync.reports import RunReport
from crmsync.sources import incremental
from crmsync.sources.incremental import Mode
from crmsync.state import SETTLED, EventLine, Phase
from crmsync.testing.invariants.ends import ANEW

SYNCS: Final = {"companies": "crm", "others": "other", "deals": "deals-crm"}
"""Each sync's CRM."""
PLATFORMS: Final = {"companies": "akooda", "others": "akooda", "deals": "atoka"}
RULES: Final[dict[str, dict[str, Any]]] = {
    "akooda": {
        "domain": {"from": "domain", "transforms": ["domain"]},
        "properties.displayName": "name",
        "properties.phone": "phone",
        "properties.segments": {"list": ["industry"]},
        "properties.objectId": "record.id",
        "properties.modifiedAt": "record.modified_at",
    },
    "atoka": {
        "record": {"template": "crm:{record.id}"},
        "lead": "lead",
        "stage": "stage",
        "note": {"template": "Deal {record.id}"},
    },
}
_AKOODA_SETTINGS: Final = AkoodaSettings.model_validate({"tenant_id": "t", "api_key": "k"})
_ATOKA_SETTINGS: Final = AtokaSettings.model_validate({"token": "t0ken", "in_flight": 2})
_OPEN: Final = frozenset({Outcome.PENDING, Outcome.UNKNOWN})
_PROCESS: Final = re.compile(r"process \d+")
"""Who holds a lock: the one thing in a history that is this process's and not the seed's."""
_AGAIN: Final = re.compile(rb'"attempt":[2-9]')
_MOMENT: Final = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")


@cache
def mapper_of(platform: str, variant: int) -> Mapper:
    """A compiled mapping; variant 1 of Akooda's has no segments, 2 names no phones."""
    rules = dict(RULES[platform])
    if platform == "akooda" and variant:
        rules["properties.segments" if variant == 1 else "properties.phone"] = False
    parsed, _ = parse_rules(rules, path="fields")
    plugin = AKOODA if platform == "akooda" else ATOKA
    return compile_mapping(parsed, plugin=plugin, path="fields", object_name="deals", filter={})


@cache
def atoka_plugin() -> DestinationPlugin:
    """Atoka's, as its settings tailor it."""
    return ATOKA.tailor(ATOKA, _ATOKA_SETTINGS)


class Theatre:
    """Everything around the runs of one schedule."""

    def __init__(self, stage: Stage, rng: Random, syncs: Sequence[str], folder: str | None) -> None:
        self.machine = Machine(stage)
        self.rng = rng
        self.syncs = tuple(syncs)
        self.variant = 0
        self.on_delete = "disable"
        self.limits = Limits(max_payloads=3, max_bytes=1_000_000, in_flight=1)
        self.script: list[str] = []
        self.processes: dict[str, Process] = {}
        self.crms = {
            SYNCS[one]: Crm(self.machine, SYNCS[one], Random(rng.random())) for one in syncs
        }
        self.akooda = AkoodaWorld(self._lives)
        self.atoka = AtokaWorld(self.machine, self._state)
        self.weather = {one: Weather(Random(rng.random())) for one in ("akooda", "atoka")}
        self.doors = {
            "akooda": Door(
                "akooda",
                self.weather["akooda"],
                self.akooda.handle,
                lambda request, _: self.akooda.items(request),
            ),
            "atoka": Door(
                "atoka", self.weather["atoka"], self.atoka.handle, self.atoka.items, ordered=False
            ),
        }
        self._folder = TemporaryDirectory(dir=folder) if folder is not None else None
        self._clock = Process(self.machine, "observer")
        self.ledger = self._open()
        self._numbers = 0
        self._digests: dict[tuple[str, int, datetime], tuple[object, bytes | None]] = {}

    def _open(self) -> Ledger:
        name = ":memory:" if self._folder is None else str(Path(self._folder.name) / "ledger.db")
        return open_ledger(f"sqlite:///{name}", clock=self._clock)

    def close(self) -> None:
        """Put everything away."""
        self.ledger.close()
        if self._folder is not None:
            self._folder.cleanup()

    # What crmsync is run with.

    def plan(self, sync: str, process: Process) -> SyncPlan:
        """A sync as it is configured now, for a process."""
        platform = PLATFORMS[sync]
        paces = process.paces.setdefault(platform, {})
        context = Context(name=platform, clock=process, retry_for=60, max_wait=900, paces=paces)
        plugin = replace(AKOODA, limits=self.limits) if platform == "akooda" else atoka_plugin()
        crm = self.crms[SYNCS[sync]]
        plan = SyncPlan(
            name=sync,
            source=crm.name,
            object="deals",
            destination=platform,
            mapper=mapper_of(platform, self.variant),
            plugin=plugin,
            method="upsert",
            on_delete=self.on_delete if platform == "akooda" else "ignore",
            ranks={"companies": (0, 0), "others": (0, 1)},
            mapped=frozenset(RULES[platform]),
            open_source=lambda: SimulatedSource(crm, process),
            open_destination=lambda: Akooda(
                _AKOODA_SETTINGS, context, Wire(self.doors["akooda"], process)
            ),
        )
        if platform == "akooda":
            return plan
        wire = Wire(self.doors["atoka"], process)
        client = Client(_ATOKA_SETTINGS, context, wire)
        return replace(
            plan, method="event", open_events=lambda: Atoka(_ATOKA_SETTINGS, context, client)
        )

    def process(self, *, crash_at: int = 0) -> Process:
        """A new process. It dies at its n-th step, where that is not 0."""
        self._numbers += 1
        process = Process(self.machine, f"run-{self._numbers}", crash_at=crash_at)
        self.processes[process.name] = process
        return process

    def run(self, process: Process, *, note: str = "", **options: Any) -> int | None:
        """Run all syncs; gives the exit code, None where the process died."""

        def work(ledger: Ledger) -> RunReport:
            plans = [self.plan(sync, process) for sync in self.syncs]
            return run_syncs(plans, ledger, process, RunOptions(**options))

        return self._execute(process, note, work)

    def retry(self, process: Process, sync: str) -> int | None:
        """A person lets quarantined records be tried once more."""
        return self._execute(
            process,
            "retry",
            lambda ledger: retry_quarantined(self.plan(sync, process), ledger, process),
        )

    def _execute(self, process: Process, note: str, work: Any) -> int | None:
        process.started = self.machine.server_time()
        process.tell(What.STARTED, note=note)
        ledger = self.ledger if self._folder is None else self._open()
        try:
            report = work(cast("Ledger", Watched(ledger, process, self._passed)))
        except Crash:
            process.killed = True
            return None
        finally:
            if ledger is not self.ledger:
                ledger.close()
        self._tell(process, report)
        return int(report.exit_code)

    def _tell(self, process: Process, report: RunReport) -> None:
        for one in report.syncs:
            unbalanced = not one.balanced and one.error is None
            process.tell(
                What.SYNCED,
                call=one.sync,
                system=one.destination,
                items=(Item(one.source),),
                status=int(one.exit_code),
                wait=one.duration_s,
                note="unbalanced" if unbalanced else _PROCESS.sub("process N", one.error or ""),
            )
        process.tell(What.ENDED, status=int(report.exit_code))

    # What is looked at while it goes on.

    def _passed(self, ledger: Any, process: Process, sync: str, cursor: str) -> None:
        """A cursor became durable: what did it pass?"""
        digest, _, rest = cursor.partition(":")
        kind, _, rest = rest.partition(":")
        if not rest or digest != mapper_of(PLATFORMS[sync], self.variant).digest:
            process.tell(What.PASSED, call=sync, note=ANEW)
            return
        crm = self.crms[SYNCS[sync]]
        position = incremental.decode(rest, sync)
        start = incremental.window_start(position, OVERLAP)
        full = position.mode is Mode.FULL
        begun = incremental.moment(position.since)  # of a pass: what is newer comes after it
        ids = [
            one
            for one, row in crm.rows.items()
            if row.modified < (begun if full else start)
            and (not full or _walked(one, position.last, down=crm.descending))
        ]
        behind = self._unsettled(ledger, sync, ids, any_version=full)
        process.tell(
            What.PASSED,
            call=sync,
            mark=start.timestamp(),
            note=ANEW if kind.startswith("F") else "",
            items=tuple(map(Item, behind)),
        )

    def _unsettled(
        self, ledger: Any, sync: str, ids: Sequence[str], *, any_version: bool
    ) -> list[str]:
        """Which of these records the ledger has not settled as the CRM has them."""
        known = ledger.known(sync, ids)
        crm, mapper = self.crms[SYNCS[sync]], mapper_of(PLATFORMS[sync], self.variant)
        left = []
        for one in ids:
            row, held = crm.rows[one], known.get(one)
            if row.deleted or sync == "deals":
                fine = (
                    self._is_gone(held)
                    if row.deleted
                    else self._is_noted(ledger, one, row, any_version=any_version)
                )
            else:
                digest = self._digest(crm, one, mapper)
                fine = held is not None and held.outcome not in _OPEN
                fine = fine and (any_version or digest is None or held.digest == digest)
            if not fine:
                left.append(one)
        return left

    def _digest(self, crm: Crm, one: str, mapper: Mapper) -> bytes | None:
        """Of what a record gives, None where it has no key; remembered, as fields never change."""
        row = crm.rows[one]
        version = (mapper.digest, id(row.fields), row.modified)
        found = self._digests.get(version)
        if found is None:
            mapped = mapper.map(crm.record(one))
            digest = None if mapped.key is None else digest_of(AKOODA.encode(mapped.fields))
            found = self._digests[version] = (row.fields, digest)
        return found[1]

    def _is_gone(self, held: Any) -> bool:
        return self.on_delete == "ignore" or held is None or held.outcome is Outcome.FILTERED

    @staticmethod
    def _is_noted(ledger: Any, record_id: str, row: Row, *, any_version: bool) -> bool:
        """Whether what events tell of is noted of a deal as it is."""
        key = f"crm:{record_id}"
        noted = ledger.deliveries("atoka", [key]).get(key)
        if noted is None:
            return False
        return any_version or ATOKA.decode(noted.body).get("stage") == row.fields["stage"]

    def _lives(self, domain: str, runner: str) -> bool:
        """Whether a record gives to a key, by the ledger and by the CRM since the run began."""
        began = self.processes[runner].started
        for given in self.ledger.contributions("akooda", [domain]).get(domain, ()):
            row = self.crms[SYNCS[given.sync]].rows.get(given.record_id)
            if row is None or row.deleted or row.modified >= began:
                continue
            if row.fields.get("domain") == domain:
                return True
        return False

    def _state(self, runner: str, lead: str, tag: str) -> str:
        """In which phase the ledger has an event that is being created, and what it overtakes."""
        del runner
        mine = self.ledger.event("atoka", tag)
        if mine is None:
            return "not there"
        waiting = self._waiting(lead)
        # What may have arrived already goes before whatever was never sent.
        own = 0.0 if _AGAIN.search(mine.body) else waiting.get(tag, 0.0)
        for other, due in waiting.items():
            line = self.ledger.event("atoka", other)
            if other == tag or line is None:
                continue
            if line.phase is not Phase.PLANNED or due < own:
                return f"{mine.phase.value}, before {other}"
        return mine.phase.value

    def _waiting(self, lead: str) -> dict[str, float]:
        """The events of a lead that are not settled, and by which moment they are due."""
        due: dict[str, float] = {}
        for record_id in self.crms[SYNCS["deals"]].rows:
            latest = 0.0
            for line in self.ledger.events_of("deals", record_id):
                if line.lead == lead and line.phase not in SETTLED:
                    latest = max(latest, _moment(line))
                    due[line.tag] = latest
        return due

    def met(self) -> Iterable[tuple[str, int]]:
        """The fates that befell requests, and how often."""
        for weather in self.weather.values():
            yield from weather.met.items()


def _walked(record_id: str, last: str, *, down: bool) -> bool:
    """Whether a walk over ids has passed a record."""
    if not last:
        return False
    return int(record_id) >= int(last) if down else int(record_id) <= int(last)


def _moment(line: EventLine) -> float:
    """When what an event tells of happened: its note says so."""
    found = _MOMENT.search(line.body)
    if found is None:
        return float(line.order) / 1000
    text = found[0].decode().removesuffix(" UTC") + "+00:00"
    return incremental.moment(text).timestamp()
