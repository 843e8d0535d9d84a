"""The overview: each sync with its last and next run, how it stands, and its charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from crmsync.web.charts import Bar, Freshness, bars, freshness, legend
from crmsync.web.judging import Report, State, finished
from crmsync.web.rendering import Frame
from crmsync.web.times import lasting, roughly
from crmsync.web.watching import Seen

KINDS: Final = {
    State.FAILING: "bad",
    State.LATE: "bad",
    State.RUNNING: "busy",
    State.WAITING: "busy",
    State.HELD_BACK: "later",
    State.ATTENTION: "look",
    State.GOOD: "good",
    State.NEW: "later",
}
"""The look of each state."""

_ENDS: Final = {"look": "Something left", "later": "Later again", "bad": "Failed"}


def overview(seen: Sequence[Seen], frame: Frame) -> dict[str, Any]:
    """What the template of the overview takes. What needs a person comes first."""
    told, aside = headline(seen)
    first = sorted(seen, key=lambda one: not one.verdict.is_trouble)
    return {"headline": told, "aside": aside, "syncs": [_sync(one, frame) for one in first]}


def headline(seen: Sequence[Seen]) -> tuple[str, str]:
    """How all of them stand, in a sentence, and what else to say."""
    states = Counter(KINDS[one.verdict.state] for one in seen)
    count, bad, look = len(seen), states["bad"], states["look"]
    aside = f"{states['busy']} at work now." if states["busy"] else ""
    if bad:
        return _of(bad, count, "needs a person.", "need a person."), aside
    if look:
        return _of(look, count, "needs a look.", "need a look."), aside
    if states["later"]:
        return _of(states["later"], count, "waits for a later run.", "wait for a later run."), aside
    if count == 1:
        return "The sync is up to date.", aside
    return f"All {count} syncs are up to date.", aside


def _of(some: int, count: int, one: str, several: str) -> str:
    if some == count == 1:
        return f"The sync {one}"
    return f"{some} of {count} syncs {one if some == 1 else several}"


def _sync(seen: Seen, frame: Frame) -> dict[str, object]:
    reports = seen.course.reports
    last = seen.course.last
    return {
        "name": seen.name,
        "source": seen.config.source,
        "object": seen.config.object,
        "destination": seen.config.destination,
        "state": str(seen.verdict.state).capitalize(),
        "kind": KINDS[seen.verdict.state],
        "reason": seen.verdict.reason,
        "last": _last(last, frame) if last is not None else None,
        "next": _next(seen, frame),
        "owed": seen.course.owed,
        "quarantined": seen.course.quarantined,
        "outcomes": _outcomes(reports) if reports else None,
        "freshness": _fresh(freshness(reports, frame.now), frame),
    }


def _last(report: Report, frame: Frame) -> dict[str, object]:
    return {
        "run_id": report["run_id"],
        "at": frame.moment(finished(report)),
        "told": f"{report['status']}, {report['counts']['read']:,} read",
    }


def _next(seen: Seen, frame: Frame) -> dict[str, object]:
    """When it comes next: its schedule's time, or the end of a wait, or nothing of the daemon's."""
    if seen.sight is None:
        return {"head": "by hand or cron", "at": None, "told": "", "plan": ""}
    standing, at, head, told = seen.sight.standing, seen.sight.next_due, "", ""
    if standing.running:
        at, head, told = None, "now", "it runs ·"
    elif standing.waiting_since is not None:
        at, head, told = None, "soon", "it waits for its turn ·"
    elif standing.not_before is not None and standing.not_before > frame.now:
        at, told = standing.not_before, f"after {standing.failures} failures ·"
    elif at is None:
        head = "never"
    return {
        "head": head,
        "at": frame.moment(at) if at is not None else None,
        "told": told,
        "plan": seen.config.schedule or "",
        "zone": seen.config.timezone,
    }


def _outcomes(reports: Sequence[Report]) -> dict[str, object]:
    drawn = bars(reports)
    return {
        "bars": drawn,
        "legend": legend(reports),
        "ends": _ends(drawn),
        "told": _runs(drawn),
        "alt": f"{_runs(drawn)}. " + "; ".join(bar.told for bar in drawn[-3:]),
    }


def _runs(drawn: Sequence[Bar]) -> str:
    return "of the last run" if len(drawn) == 1 else f"of the last {len(drawn)} runs"


def _ends(drawn: Sequence[Bar]) -> list[tuple[str, str, int]]:
    counts = Counter(bar.end for bar in drawn)
    return [(end, name, counts[end]) for end, name in _ENDS.items() if counts[end]]


def _fresh(chart: Freshness | None, frame: Frame) -> Mapping[str, object] | None:
    if chart is None:
        return None
    told = f"{roughly(chart.now)} now, at worst {lasting(chart.worst)}"
    since = frame.moment(chart.since).relative
    return {"line": chart.line, "told": told, "since": since, "alt": f"{told}, since {since}"}
