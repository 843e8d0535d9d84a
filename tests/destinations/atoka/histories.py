"""Plays the life of a journal against a platform that loses answers, with crashes between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.reconcile import (
    Action,
    Ending,
    Intent,
    Look,
    Result,
    Rules,
    ended,
    intended,
    looked,
    moves,
    resumed,
)
from crmsync.state import Phase

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
RULES = Rules(looks=(5.0, 30.0, 120.0))
QUIET = 120.0


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Fate(NamedTuple):
    """What happens to one request: an ending, how long it takes, when it is committed.

    `commit` is seconds from the request's start, None for never. A crash comes before the
    request, or before its ending is recorded.
    """

    ending: Ending
    takes: float = 0.1
    commit: float | None = None
    crash: str = ""


CLEAN = Fate(Ending.CREATED, commit=0.05)


class Creation(NamedTuple):
    """A request that left."""

    tag: str
    began: float
    fate: Fate


@dataclass
class Platform:
    """Commits in time, shows later."""

    visibility: float
    commits: list[tuple[float, str]] = field(default_factory=list)

    def visible(self, tag: str, now: float) -> tuple[int, ...]:
        return tuple(
            number
            for number, (moment, one) in enumerate(self.commits, 1)
            if one == tag and moment + self.visibility <= now
        )

    def order(self, lead: str) -> list[str]:
        """The lead's tags in the order of their commits, late ones where they came."""
        return [tag for _, tag in sorted(self.commits) if tag.startswith(f"{lead}-")]


class Journal:
    """Runs to the end: each decision is carried out, each new line durable before the next."""

    def __init__(self, counts: list[int], fates: list[Fate], visibility: float) -> None:
        self.lines = {
            f"{lead}-{order}": Intent(
                event=Event(tag=f"{lead}-{order}", lead=str(lead)), order=order
            )
            for lead, count in enumerate(counts)
            for order in range(count)
        }
        self.fates = iter(fates)
        self.platform = Platform(visibility)
        self.creations: list[Creation] = []
        self.failing_looks: Iterator[bool] = iter(())
        self.now = 0.0

    def run(self, most: int = 2000) -> None:
        """One run: until nothing can be done any more, or a crash."""
        self._keep(*(resumed(line, at(self.now), RULES) for line in self.lines.values()))
        for _ in range(most):
            decisions = list(moves(self.lines.values(), at(self.now), RULES))
            acting = [d for d in decisions if d.action in (Action.SEND, Action.LOOK)]
            waits = [d.until for d in decisions if d.action is Action.WAIT and d.until]
            if acting:
                line = acting[0].intent
                if not (self._send(line) if acting[0].action is Action.SEND else self._look(line)):
                    return
            elif waits:
                self.now = max(self.now, (min(waits) - START).total_seconds())
            else:
                return
        raise AssertionError("the run does not end")

    def _send(self, line: Intent) -> bool:
        fate = next(self.fates, CLEAN)
        line = intended(line, at(self.now))
        self._keep(line)
        if fate.crash == "before":
            return False
        self.creations.append(Creation(line.event.tag, self.now, fate))
        if fate.commit is not None:
            self.platform.commits.append((self.now + fate.commit, line.event.tag))
        if fate.crash == "after":
            return False
        self.now += fate.takes
        number = len(self.platform.commits) if fate.ending is Ending.CREATED else None
        self._keep(
            ended(line, Result(fate.ending, number, "as the fates have it"), at(self.now), RULES)
        )
        return True

    def _look(self, line: Intent) -> bool:
        failed = next(self.failing_looks, False)
        ids = () if failed else self.platform.visible(line.event.tag, self.now)
        self._keep(looked(line, Look(at(self.now), ids, failed=failed), RULES))
        return True

    def _keep(self, *lines: Intent) -> None:
        self.lines.update((line.event.tag, line) for line in lines)

    def phases(self) -> set[Phase]:
        return {line.phase for line in self.lines.values()}
