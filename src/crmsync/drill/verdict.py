"""What a drill showed: what is held after all that went wrong against what must be. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, NamedTuple

from crmsync.drill.casting import Cast
from crmsync.drill.lives import Lives
from crmsync.drill.platforms import State
from crmsync.exit_codes import ExitCode
from crmsync.values import Value

_EXAMPLES: Final = 5


class World(NamedTuple):
    """What the platforms hold at a moment, each by the account's name.

    Attributes:
        states: What is held by key.
        events: How often each event was told.
        twice: Events that were told more than once.
        disorder: Events that are dated before an earlier one.
    """

    states: Mapping[str, State]
    events: Mapping[str, Counter[str]]
    twice: Mapping[str, int]
    disorder: Mapping[str, int]


class Seen(NamedTuple):
    """What was seen of a drill.

    Attributes:
        first: The world after the first run without trouble; `last` after the last one.
        expected: What an undisturbed run of an empty ledger gives.
        owed: By account, what the ledger still owes: leads that wait, keys that a person must
            decide about.
        report: Of the last run without trouble.
        struck: Requests that a fault struck, by system and fault (`hubspot.429`).
    """

    first: World
    last: World
    expected: World
    owed: Mapping[str, frozenset[str]]
    report: Mapping[str, Any]
    struck: Mapping[str, int]
    seconds: float


class Platform(Value):
    """How one platform came out of it. All but `expected`, `late` and `events` should be 0.

    Attributes:
        expected: Keys and events that an undisturbed run gives it.
        events: Events that it was told in all.
        lost: Of what is expected, what it does not have though nothing is owed about it.
        wrong: Keys whose values differ.
        unexpected: Keys that an undisturbed run does not give it.
        doubled: Events that it was told more than once.
        disorder: Events that are dated before an earlier one.
        late: What was not right after the first run without trouble, and was in the end.
        examples: Some of what is lost, wrong or unexpected.
    """

    name: str
    system: str
    expected: int
    events: int
    lost: int
    wrong: int
    unexpected: int
    doubled: int
    disorder: int
    late: int
    examples: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is lost, wrong, doubled or in disorder."""
        return not any((self.lost, self.wrong, self.unexpected, self.doubled, self.disorder))


class Verdict(Value):
    """A whole drill's.

    Attributes:
        killed: Runs that were killed; `stopped` likewise.
        ended: Runs that ended by themselves, by exit code.
        said: What syncs that failed said, and how often.
        struck: Requests that a fault struck, by system and fault (`hubspot.429`).
        tracebacks: Runs that wrote one.
        stuck: Runs that did not end.
        unbalanced: Reports of syncs whose books do not balance.
        owed: What the last run without trouble still owes.
        exit_code: Of the last run without trouble.
        left_out: Why a sync was not drilled, by its name.
    """

    platforms: tuple[Platform, ...]
    killed: int
    stopped: int
    ended: Mapping[int, int]
    said: Mapping[str, int]
    struck: Mapping[str, int]
    tracebacks: int
    stuck: int
    unbalanced: int
    owed: int
    exit_code: int
    seconds: float
    left_out: Mapping[str, str]

    @property
    def shows_nothing(self) -> str:
        """Why the drill proves nothing; empty where it does."""
        if not (self.struck or self.killed or self.stopped):
            return "nothing went wrong in it: give it more --rounds, --records or --faults"
        idle = [one.name for one in self.platforms if not one.expected]
        return f"nothing reaches {', '.join(idle)}" if idle else ""

    @property
    def code(self) -> ExitCode:
        """What the command ends with."""
        well = self.exit_code in (ExitCode.OK, ExitCode.OWED)
        clean = not (self.tracebacks or self.stuck or self.unbalanced)
        sound = all(one.sound for one in self.platforms)
        if self.shows_nothing or not (well and clean and sound):
            return ExitCode.FAILED
        return ExitCode.OWED if self.owed else ExitCode.OK

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        sound = self.code is not ExitCode.FAILED
        return {"sound": sound, "shows_nothing": self.shows_nothing, **asdict(self)}


def judged(played: Cast, seen: Seen, lives: Lives) -> Verdict:
    """Compare what is held in the end with what an undisturbed run gives."""
    return Verdict(
        platforms=tuple(_platform(part.name, part.system, seen) for part in played.destinations),
        killed=lives.killed,
        stopped=lives.stopped,
        ended=dict(sorted(lives.ended.items())),
        said=dict(lives.said.most_common()),
        struck=dict(sorted(seen.struck.items())),
        tracebacks=lives.tracebacks,
        stuck=lives.stuck,
        unbalanced=lives.unbalanced,
        owed=sum(sync["owed"] for sync in seen.report.get("syncs", ())),
        exit_code=int(seen.report.get("exit_code", ExitCode.FAILED)),
        seconds=round(seen.seconds, 1),
        left_out=dict(played.left_out),
    )


def _platform(name: str, system: str, seen: Seen) -> Platform:
    last, expected = seen.last, seen.expected
    owed = seen.owed[name]
    lost = {key for key in _lost(name, last, expected) if not _is_owed(key, owed)}
    wrong = {key for key in _wrong(name, last, expected) if not _is_owed(key, owed)}
    unexpected = last.states[name].keys() - expected.states[name].keys()
    off = lost | wrong
    early = _lost(name, seen.first, expected) | _wrong(name, seen.first, expected)
    return Platform(
        name=name,
        system=system,
        expected=len(expected.states[name]) + len(expected.events[name]),
        events=last.events[name].total(),
        lost=len(lost),
        wrong=len(wrong),
        unexpected=len(unexpected),
        doubled=last.twice[name],
        disorder=last.disorder[name],
        late=len(early - _lost(name, last, expected) - _wrong(name, last, expected)),
        examples=tuple(sorted(off | unexpected)[:_EXAMPLES]),
    )


def _is_owed(key: str, owed: frozenset[str]) -> bool:
    """Whether a key, or one of the words that an event is known by, is owed something."""
    return key in owed or any(key.startswith(f"{one} ") or f'"{one}"' in key for one in owed)


def _lost(name: str, world: World, expected: World) -> set[str]:
    keys = expected.states[name].keys() - world.states[name].keys()
    return keys | (expected.events[name].keys() - world.events[name].keys())


def _wrong(name: str, world: World, expected: World) -> set[str]:
    held, wanted = world.states[name], expected.states[name]
    return {key for key in held.keys() & wanted.keys() if held[key] != wanted[key]}
