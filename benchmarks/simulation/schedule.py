"""A schedule: what happens, in which order, decided by a seed; and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random

from benchmarks.simulation import staging
from benchmarks.simulation.akooda import POISON
from benchmarks.simulation.judging import violations
from benchmarks.simulation.process import Process
from benchmarks.simulation.stage import Actor, StuckError
from benchmarks.simulation.theatre import SYNCS, Theatre
from crmsync.payloads import Limits
from crmsync.testing.invariants import Violation

KINDS = (("companies",), ("companies", "others"), ("deals",), ("companies", "deals"))
_WEIGHTS = (45, 15, 30, 10)
_DOMAINS = ("one.com", "two.com", "three.com", "four.com", "five.com", "six.com")
_STAGES = ("New", "Talk", "Offer", "Won", "Lost")
_PASSING = ("refused", "reset", "lost", "late", "429", "503", "500", "502", "cut", "slow")
_UPSERTS_ONLY = ("closed",)
_UNCLEAR = frozenset({"lost", "late", "502", "cut"})
_FINAL = ("html", "302", "401")
_KINDS_OF_COMPANIES = ("create", "edit", "move", "delete", "merge")
_KINDS_OF_DEALS = ("create", "edit")
_OFTEN = (15, 45, 10, 15, 15)
_FEW = 3
_DAY = 86_400.0
_LAST = 2
_AT_REST = '"mode":"since"'
"""What is in the cursor of a read that is complete."""


@dataclass
class Played:
    """What came of a schedule.

    Attributes:
        script: What happened, a line each.
        violations: The laws that it broke.
        trace: A digest of its whole history.
        counts: Runs, crashes, second runners, jumps, and fates by name.
    """

    seed: int
    script: list[str]
    violations: list[Violation]
    trace: str
    counts: Counter[str] = field(default_factory=Counter)


def play(seed: int, *, files: str | None = None) -> Played:
    """Play one schedule. *files* is a folder for its ledger, None keeps that in memory.

    Threads of crmsync must be on the stage (`staging.staged`).
    """
    rng = Random(seed)
    stage = staging.begin(seed)
    (syncs,) = rng.choices(KINDS, _WEIGHTS)
    theatre = Theatre(stage, rng, syncs, files)
    playing = _Playing(theatre, rng)
    try:
        found = playing.whole()
    except StuckError as error:
        found = [Violation("I15", str(error))]
    finally:
        theatre.close()
    lines = b"".join(entry.line() for entry in theatre.machine.history)
    trace = blake2b(lines, digest_size=8).hexdigest()
    return Played(seed, theatre.script, found, trace, playing.counts)


class _Playing:
    """Plays one schedule: disturbed rounds, then calm runs, then the judgement."""

    def __init__(self, theatre: Theatre, rng: Random) -> None:
        self._theatre = theatre
        self._rng = rng
        self._stage = theatre.machine.stage
        self.counts: Counter[str] = Counter()

    def whole(self) -> list[Violation]:
        """Play all of it."""
        self._set_up()
        for _ in range(self._rng.randint(2, 4)):
            self._round()
        self._calm()
        self.counts.update(dict(self._theatre.met()))
        return violations(self._theatre)

    def _chance(self, share: float) -> bool:
        """Whether something happens that happens in this share of all cases."""
        return self._rng.random() < share

    def _say(self, text: str) -> None:
        self._theatre.script.append(f"{self._stage.now:10.2f} s  {text}")

    # The beginning.

    def _set_up(self) -> None:
        rng, theatre = self._rng, self._theatre
        theatre.on_delete = rng.choice(("disable", "disable", "ignore"))
        payloads, flying = rng.choice((1, 2, 3, 8)), rng.choice((1, 1, 2))
        theatre.limits = Limits(max_payloads=payloads, max_bytes=1_000_000, in_flight=flying)
        theatre.akooda.mode = rng.choice(("any_fails", "any_fails", "lenient"))
        theatre.akooda.details = self._chance(0.5)
        theatre.akooda.max_bytes = rng.choice((1_000_000, 1_000_000, 600))
        theatre.atoka.lag = rng.choice((0.0, 4.0, 20.0))
        theatre.atoka.skew = rng.choice((0.0, 0.0, 90.0, -90.0))
        for crm in theatre.crms.values():
            crm.page_size = rng.choice((1, 2, 3, 5))
            crm.descending = self._chance(0.3)
            for number in range(rng.randint(3, 8)):
                self._create(crm.name, number + 1)
        self._say(
            f"{theatre.syncs}: {theatre.on_delete}, {payloads} payloads, {flying} in flight, "
            f"{theatre.akooda.mode}, details {theatre.akooda.details}, "
            f"{theatre.akooda.max_bytes} bytes, pages of "
            f"{[crm.page_size for crm in theatre.crms.values()]}"
        )

    def _create(self, name: str, number: int) -> None:
        rng, crm = self._rng, self._theatre.crms[name]
        if name == SYNCS["deals"]:
            crm.put(str(number), lead=rng.choice("xyz"), stage=rng.choice(_STAGES))
        else:
            crm.put(str(number), **self._company(number))

    def _company(self, number: int) -> dict[str, object]:
        rng = self._rng
        poison = POISON if self._chance(0.06) else ""
        return {
            "domain": rng.choice((*_DOMAINS, *_DOMAINS, None)),
            "name": f"{poison}Company {number}.{rng.randint(0, 99)}",
            "phone": rng.choice((None, "+46 8 111 111", "+46 8 222 222")),
            "industry": rng.choice((None, "retail", "mining")),
        }

    # A disturbed round.

    def _round(self) -> None:
        rng, theatre = self._rng, self._theatre
        for _ in range(rng.randint(0, 3)):
            self._change()
        self._stage.sleep(rng.choice((1.0, 20.0, 90.0, 3_600.0, 8 * _DAY)))
        if self._chance(0.25):
            self._jump()
        if self._chance(0.1):
            theatre.variant = rng.randint(0, 2)
            self._say(f"the mapping is now variant {theatre.variant}")
        self._weather()
        runners = [self._launch()]
        if self._chance(0.2):
            self.counts["second runners"] += 1
            self._stage.sleep(rng.uniform(0.0, 3.0))
            runners.append(self._launch(second=True))
        self._meanwhile()
        for actor, process in runners:
            self._stage.join(actor)
            self._stage.settle(process)
        for crm in theatre.crms.values():
            crm.blind = False

    def _meanwhile(self) -> None:
        """What happens while the runners run."""
        for _ in range(self._rng.choice((0, 0, 1, 2))):
            self._stage.at(self._rng.uniform(0.0, 3.0), self._change)
        if self._chance(0.2):
            self._stage.at(self._rng.uniform(0.0, 3.0), self._jump)

    def _jump(self) -> None:
        self.counts["jumps"] += 1
        seconds = self._rng.choice((10 * _DAY, -10 * _DAY, 300.0, -300.0))
        self._theatre.machine.jump(seconds)
        self._say(f"the wall clock is set by {seconds:g} s")

    def _weather(self) -> None:
        """What befalls requests in this round."""
        rng, theatre = self._rng, self._theatre
        for name, weather in theatre.weather.items():
            more = _UPSERTS_ONLY if name == "akooda" else ()
            weather.chance = rng.choice((0.0, 0.1, 0.3, 0.6))
            weather.kinds = tuple(rng.sample((*_PASSING, *more), rng.randint(1, 4)))
            if "closed" in weather.kinds:
                # A platform that took a payload and refuses the very same is none that is known.
                weather.kinds = tuple(kind for kind in weather.kinds if kind not in _UNCLEAR)
            if self._chance(0.15):
                weather.kinds += (rng.choice(_FINAL),)
        for crm in theatre.crms.values():
            crm.down = rng.choice((0.0, 0.0, 0.1, 0.3))
            # A window that shows nothing tells nobody anything: only a full pass can see it.
            crm.blind = self._chance(0.04) and self._has_been_read()
            self._say(f"{crm.name}: down {crm.down}{', blind' if crm.blind else ''}")
        told = {n: (w.chance, w.kinds) for n, w in theatre.weather.items()}
        self._say(f"weather: {told}")

    def _has_been_read(self) -> bool:
        """Whether every sync has completed a full pass: an empty one is suspicious from then on."""
        ledger = self._theatre.ledger
        return all(ledger.sync_state(sync).full_total for sync in self._theatre.syncs)

    def _launch(self, *, second: bool = False) -> tuple[Actor, Process]:
        rng, theatre = self._rng, self._theatre
        crash_at = rng.randint(1, 60) if self._chance(0.5) else 0
        process = theatre.process(crash_at=crash_at)
        blind = any(crm.blind for crm in theatre.crms.values())
        full = self._chance(0.25) or blind
        self.counts["runs"] += 1

        def work() -> None:
            code = theatre.run(process, full=full)
            self.counts["crashes"] += code is None
            self._say(f"{process.name} {'died' if code is None else f'ended with {code}'}")

        if self._chance(0.08):
            self._stage.at(rng.uniform(0.0, 3.0), process.stop)
        which = "second runner " if second else ""
        self._say(f"{which}{process.name} starts, full {full}, dies at step {crash_at or 'none'}")
        return self._stage.spawn(work, process), process

    def _change(self) -> None:
        """Change something in a CRM."""
        rng = self._rng
        crm = rng.choice(list(self._theatre.crms.values()))
        live = sorted(crm.live(), key=int)
        one = rng.choice(live)
        deals = crm.name == SYNCS["deals"]
        (what,) = rng.choices(
            _KINDS_OF_DEALS if deals else _KINDS_OF_COMPANIES, _OFTEN[: 2 if deals else 5]
        )
        if what in ("delete", "merge") and (
            len(live) < _FEW or self._theatre.on_delete == "ignore"
        ):
            what = "edit"
        if what == "create":
            gone = (int(old) for row in crm.rows.values() for old in row.merged)
            self._create(crm.name, max((*map(int, crm.rows), *gone)) + 1)
        elif what == "move":
            crm.put(one, domain=rng.choice(_DOMAINS))
        elif what == "delete":
            crm.delete(one)
        elif what == "merge":
            crm.merge(one, rng.choice(live))
        elif deals:
            crm.put(one, stage=rng.choice(_STAGES))
        else:
            self._edit(crm.name, one)
        self._say(f"{crm.name}: {what} {one}")

    def _edit(self, name: str, one: str) -> None:
        company = self._company(int(one))
        fields = self._rng.sample(sorted(company), self._rng.randint(1, 2))
        self._theatre.crms[name].put(one, **{field: company[field] for field in fields})

    # The end.

    def _calm(self) -> None:
        """Faults have stopped: a few runs, a person's retry, and one with nothing to do."""
        theatre = self._theatre
        for weather in theatre.weather.values():
            weather.chance = 0.0
        for crm in theatre.crms.values():
            crm.down = 0.0
        self._say("calm")
        for number in range(3):
            self._stage.sleep(60.0)
            whole = not self._goes_on()
            # Keys that nobody gives anything to any more are given up by a full pass.
            if self._run(full=number == _LAST) == 0 and whole:
                break
        for sync in theatre.syncs:
            if any(True for _ in theatre.ledger.quarantine(sync)):
                theatre.retry(theatre.process(), sync)
        self._stage.sleep(120.0)
        self._run("quiet", full=self._chance(0.5))

    def _goes_on(self) -> bool:
        """Whether a read is under way: what changed behind it is for the run after."""
        states = map(self._theatre.ledger.sync_state, self._theatre.syncs)
        return any(_AT_REST not in (state.cursor or "") for state in states)

    def _run(self, note: str = "", *, full: bool = False) -> int | None:
        process = self._theatre.process()
        code = self._theatre.run(process, note=note, full=full)
        self.counts["runs"] += 1
        self._say(f"{process.name} {note} ended with {code}")
        return code
