"""Shows a drill's verdict to people."""

from __future__ import annotations

from collections.abc import Iterator

from crmsync.cli.output.text import columns, number, safe
from crmsync.drill.verdict import Platform, Verdict
from crmsync.exit_codes import MEANINGS, ExitCode

_SAID = 3
_COLUMNS = ("expected", "events", "lost", "wrong", "unexpected", "doubled", "disorder", "late")


def verdict_text(verdict: Verdict) -> str:
    """A table of the platforms, what was done to the runs, and what it comes to."""
    rows = [_row(platform) for platform in verdict.platforms]
    return "\n".join([columns(["platform", *_COLUMNS], rows), *_told(verdict), _end(verdict)])


def _row(platform: Platform) -> list[object]:
    return [safe(platform.name), *(getattr(platform, name) for name in _COLUMNS)]


def _told(verdict: Verdict) -> Iterator[str]:
    for platform in verdict.platforms:
        if platform.examples:
            yield f"{safe(platform.name)}: see {safe(', '.join(platform.examples))}"
    for name, why in verdict.left_out.items():
        yield f"{safe(name)}: not drilled: {safe(why)}"
    struck = ", ".join(f"{name} {number(count)}" for name, count in verdict.struck.items())
    yield f"requests struck: {struck or 'none'}"
    yield (
        f"runs: {verdict.killed} killed, {verdict.stopped} stopped, "
        f"{', '.join(_ended(verdict)) or 'none'} ended by themselves"
    )
    for said in list(verdict.said)[:_SAID]:
        yield f"a sync said: {safe(said)}"
    for what, count in (
        ("runs wrote a traceback", verdict.tracebacks),
        ("runs did not end", verdict.stuck),
        ("reports do not balance", verdict.unbalanced),
    ):
        if count:
            yield f"{number(count)} {what}"
    if verdict.owed:
        yield f"{number(verdict.owed)} still owed, and told so"


def _ended(verdict: Verdict) -> Iterator[str]:
    for code, count in verdict.ended.items():
        meaning = MEANINGS[ExitCode(code)] if code in list(ExitCode) else "by a signal"
        yield f"{count} with {code} ({meaning})"


def _end(verdict: Verdict) -> str:
    if verdict.shows_nothing:
        return f"this drill shows nothing: {safe(verdict.shows_nothing)}"
    if verdict.code is ExitCode.FAILED:
        return (
            "NOT SOUND: this should never be. Keep it with --output DIR and the same --seed, and "
            "please report it"
        )
    return f"sound after {verdict.seconds:.0f} s: nothing lost, wrong, doubled or out of order"
