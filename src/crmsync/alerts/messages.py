"""What people are told: one JSON body for every channel, with its `text` for chats."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import orjson

from crmsync.alerts.standing import Reason, Trouble
from crmsync.exit_codes import ExitCode
from crmsync.reports import JSONObject, timestamp
from crmsync.transport.redaction import redact

VERSION: Final = 1
"""Of the body. A key may be added under the same number; none changes its meaning."""

LONGEST: Final = 2_000
"""Characters of an error that a message quotes."""

_LOOK: Final = "`crmsync runs {run_id}` has the report"
_NEXT: Final = {
    ExitCode.FAILED: "read the error; " + _LOOK,
    ExitCode.USAGE: "`crmsync check --sync {sync}` tells every fault of the configuration",
    ExitCode.TEMPORARY: "nothing, if it passes: the next run goes on from there; else look whether "
    "the CRM, the platform or the network is down",
    ExitCode.GUARDED: "look in the CRM first; `crmsync dry-run --full --sync {sync}` shows what "
    "would be sent; if it is meant, `crmsync run --sync {sync} --allow {guard}`",
    ExitCode.CREDENTIALS: "mend the credential or scope that the error names; "
    "`crmsync check --sync {sync}` tries it",
}
_STALE: Final = "`crmsync status --sync {sync}`: does cron or the daemon still start it?"
_QUARANTINE: Final = "`crmsync quarantine list --sync {sync}` has the reasons"
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def told(reason: Reason, trouble: Trouble, report: JSONObject, run_id: str) -> JSONObject:
    """The body of a message: `state` is `bad`, or `recovered` where the trouble is over.

    *report* is of the sync's last whole run (spec §6).
    """
    happened, next_step = _words(reason, trouble, report, run_id)
    return _body(
        {
            "state": "bad" if trouble.bad else "recovered",
            "reason": reason.value,
            "sync": report["sync"],
            "source": report["source"],
            "object": report["object"],
            "destination": report["destination"],
            "run_id": run_id,
            "status": report["status"],
            "exit_code": report["exit_code"],
            "guard": report.get("guard"),
            "happened": happened,
            "next": next_step,
            "since": _moment(trouble.since),
            "ended": _moment(trouble.ended),
            "times": trouble.times,
            "owed": report["owed"],
            "quarantined": report["quarantined"],
            "counts": report["counts"],
        },
        text=f"crmsync: {report['sync']} {happened}" + (f". Next: {next_step}" * bool(next_step)),
    )


def trial(at: datetime) -> JSONObject:
    """The body of a message that only shows that messages arrive."""
    happened = "this is a test: messages of crmsync arrive here"
    return _body(
        {"state": "test", "reason": None, "sync": None, "happened": happened, "since": _moment(at)},
        text=f"crmsync: {happened}",
    )


def encoded(body: JSONObject, *, text_alone: bool = False) -> bytes:
    """A body's bytes, without secrets. *text_alone* is for who takes no other key."""
    kept: JSONObject = {"text": body["text"]} if text_alone else body
    return redact(orjson.dumps(kept).decode()).encode()


def _body(facts: JSONObject, *, text: str) -> JSONObject:
    # "Slack uses &, <, and > as control characters", which an error that quotes somebody else's
    # words must not bring: https://api.slack.com/docs/attachments, read 2026-11-22.
    return {"text": text.translate(_ENTITIES), "version": VERSION, **facts}


def _words(reason: Reason, trouble: Trouble, report: JSONObject, run_id: str) -> tuple[str, str]:
    """What happened, and what to do next."""
    since = _moment(trouble.since)
    if not trouble.bad:
        return f"is well again; it was {reason.value} since {since}", ""
    sync = str(report["sync"])
    if reason is Reason.STALE:
        return "has not succeeded for too long", _STALE.format(sync=sync)
    if reason is Reason.QUARANTINE:
        count = f"has {report['quarantined']} records in quarantine"
        return count, _QUARANTINE.format(sync=sync)
    why = str(report["error"] or report["status"])[:LONGEST]
    advice = _NEXT.get(ExitCode(int(str(report["exit_code"]))), _LOOK)
    guard = report.get("guard")
    return (
        f"fails since {since} ({trouble.times} times): {why}",
        advice.format(sync=sync, run_id=run_id, guard=guard),
    )


def _moment(at: datetime | None) -> str | None:
    return timestamp(at) if at is not None else None
