"""Laws about manners: limits, splitting, retries, pauses, locks, stops, clocks, isolation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import ceil, log2

from crmsync.exit_codes import ExitCode
from crmsync.history import Entry, What
from crmsync.testing.invariants.evidence import (
    Evidence,
    answers,
    is_write,
    is_yes,
    of_runners,
    writes,
)

MAX_BYTES, MAX_PAYLOADS = 1_000_000, 1_000
RETRIES_ALWAYS, RETRY_SHARE = 10, 0.1
STOP_SECONDS = 5.0
_REFUSED = frozenset({400, 422})
_ITS_OWN_FAULT = frozenset({ExitCode.FAILED, ExitCode.TEMPORARY, ExitCode.CREDENTIALS})
_LEEWAY = 1e-6
_BUG = ("this is a bug", "a bug in", "unexpected")


def within_limits(evidence: Evidence) -> Iterator[str]:
    """No body is over 1,000,000 bytes or 1,000 payloads, and none has a key twice."""
    for entry in writes(evidence.history):
        keys = Counter(item.key for item in entry.items)
        twice = [key for key, times in keys.items() if times > 1]
        if entry.size > MAX_BYTES or len(entry.items) > MAX_PAYLOADS:
            yield f"{entry.call}: {entry.size} bytes, {len(entry.items)} payloads in one request"
        if twice and entry.system == "akooda":
            yield f"{entry.call}: {twice} more than once in one request"


def poison_is_isolated(evidence: Evidence) -> Iterator[str]:
    """Finding n bad payloads of m takes 2n(ceil(log2 m) + 1) + 1 requests a batch at most."""
    for runner, entries in of_runners(evidence.history).items():
        found = answers(entries)
        asked = [one for one in writes(entries) if one.system == "akooda"]
        if any(_is_trouble(found.get(one.exchange)) for one in asked):
            continue
        taken = {item for one in asked if is_yes(found[one.exchange]) for item in one.items}
        bad = {item for one in asked for item in one.items} - taken
        batches = sum(one.what is What.INTENDED and one.system == "akooda" for one in entries)
        size = max((len(one.items) for one in asked), default=1)
        most = batches + 2 * len(bad) * (ceil(log2(size)) + 1) + bool(bad)
        if batches and len(asked) > most:
            yield f"{runner} made {len(asked)} requests for {len(bad)} bad payloads of {size}"


def _is_trouble(answer: Entry | None) -> bool:
    """Whether a request had another end than taken or refused, or was refused by an accident."""
    if answer is None or (answer.note and not is_yes(answer)):
        return True
    return not (is_yes(answer) or answer.status in _REFUSED)


def retries_in_budget(evidence: Evidence) -> Iterator[str]:
    """A sync sends at most 10 requests again, or a tenth of all, to each account."""
    for runner, entries in of_runners(evidence.history).items():
        found = answers(entries)
        seen: set[tuple[str, str, str]] = set()
        again: Counter[str] = Counter()
        asked: Counter[str] = Counter()
        for one in entries:
            if one.what is What.INTENDED:  # a batch of its own: what it repeats is no retry
                seen = {name for name in seen if name[0] != one.system}
            if one.what is not What.ASKED or not one.body:
                continue
            asked[one.system] += 1
            name = (one.system, one.call, one.body)
            again[one.system] += name in seen
            if is_yes(found.get(one.exchange)):
                seen.discard(name)
            else:
                seen.add(name)
        # Each sync opens its own account, with a budget of its own.
        syncs = sum(one.what is What.LOCKED and one.call.startswith("sync ") for one in entries)
        always = RETRIES_ALWAYS * max(1, syncs)
        for system, times in again.items():
            if times > max(always, RETRY_SHARE * asked[system]):
                yield f"{runner} sent {times} of {asked[system]} requests to {system} again"


def pauses_are_kept(evidence: Evidence) -> Iterator[str]:
    """No request leaves before a Retry-After has passed, whichever request was told it."""
    until: dict[tuple[str, str], float] = {}
    for entry in evidence.history:
        account = (entry.runner, entry.system)
        if not entry.runner:
            continue
        if entry.what is What.ANSWERED and entry.wait is not None and not is_yes(entry):
            until[account] = max(until.get(account, 0.0), entry.at + entry.wait)
        elif entry.what is What.ASKED and entry.at < until.get(account, 0.0) - _LEEWAY:
            early = until[account] - entry.at
            yield f"{entry.runner} asked {entry.system} {early:g} s before it was to"


def stops_in_time(evidence: Evidence) -> Iterator[str]:
    """A run that is asked to stop has ended a few seconds later."""
    for runner, entries in of_runners(evidence.history).items():
        asked = next((one.at for one in entries if one.what is What.STOPPED), None)
        ends = [one.at for one in entries if one.what in (What.ENDED, What.CRASHED)]
        if asked is not None and (not ends or ends[-1] - asked > STOP_SECONDS):
            yield f"{runner} was to stop, and took {ends[-1] - asked if ends else 'for ever'} s"


def one_writer(evidence: Evidence) -> Iterator[str]:
    """Only who holds a platform's lock writes to it, and only one holds it."""
    held: dict[str, str] = {}
    if not any(entry.what is What.LOCKED for entry in evidence.history):
        return
    for entry in evidence.history:
        if entry.what is What.LOCKED:
            if held.get(entry.call, entry.runner) != entry.runner:
                yield f"{entry.runner} took the lock of {entry.call} from {held[entry.call]}"
            held[entry.call] = entry.runner
        elif entry.what is What.FREED and held.get(entry.call) == entry.runner:
            del held[entry.call]
        elif entry.what is What.CRASHED:
            held = {name: who for name, who in held.items() if who != entry.runner}
        elif is_write(entry) and held.get(f"destination {entry.system}") != entry.runner:
            yield f"{entry.runner} wrote to {entry.system} without its lock"


def ends_are_known(evidence: Evidence) -> Iterator[str]:
    """Every run ends with a documented exit code, and no error is a bug of ours."""
    codes = {int(code) for code in ExitCode}
    for entry in evidence.history:
        if entry.what is What.ENDED and entry.status not in codes:
            yield f"{entry.runner} ended with {entry.status}"
        if entry.what in (What.ENDED, What.SYNCED) and entry.note.startswith(_BUG):
            yield f"{entry.runner} ended with a bug: {entry.note}"


def isolated(evidence: Evidence) -> Iterator[str]:
    """A sync fails only where its own CRM or platform did."""
    for runner, entries in of_runners(evidence.history).items():
        if any(one.what is What.STOPPED for one in entries):
            continue
        troubled = _troubled(entries)
        for one in entries:
            if one.what is What.SYNCED and one.status in _ITS_OWN_FAULT:
                systems = {one.system, *(item.key for item in one.items)}
                locked = "another sync is writing" in one.note
                if not (systems & troubled or locked):
                    yield f"{runner}: {one.call} failed though nothing was wrong: {one.note}"


def _troubled(entries: Sequence[Entry]) -> set[str]:
    """The systems that gave no good answer to something."""
    return {
        one.system
        for one in entries
        if one.what is What.CUT or (one.what is What.ANSWERED and not is_yes(one))
    }


def durations_are_true(evidence: Evidence) -> Iterator[str]:
    """What a report says a sync took fits into its run, whatever the wall clock did."""
    begun: dict[str, float] = {}
    for entry in evidence.history:
        if entry.what is What.STARTED:
            begun[entry.runner] = entry.at
        elif entry.what is What.SYNCED and entry.wait is not None and entry.runner in begun:
            passed = entry.at - begun[entry.runner]
            if not -_LEEWAY <= entry.wait <= passed + 0.01:
                yield f"{entry.call} says that it took {entry.wait:g} s, of {passed:g} in all"


def requests_by_system(history: Iterable[Entry]) -> dict[str, int]:
    """How many requests each system had, for people."""
    counted: dict[str, int] = defaultdict(int)
    for entry in history:
        counted[entry.system] += entry.what is What.ASKED
    return dict(counted)
