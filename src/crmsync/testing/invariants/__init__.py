"""The laws that hold over every schedule of crashes and faults, I1 to I27, and their checker.

    violations = check(Evidence(history=…, remembered=…, held=…, wanted=…))

A law of which nothing was looked at says nothing. Those that no history shows say where they are
tested instead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, NamedTuple

from crmsync.testing.invariants import ends, events, manners
from crmsync.testing.invariants.evidence import Evidence, Remembered, Violation, remember

__all__ = ["INVARIANTS", "Evidence", "Invariant", "Remembered", "Violation", "check", "remember"]


class Invariant(NamedTuple):
    """A law.

    Attributes:
        title: In a few words.
        check: Tells, in a sentence each, where it does not hold; None where no history shows it.
        elsewhere: Where it is tested then.
    """

    title: str
    check: Callable[[Evidence], Iterator[str]] | None = None
    elsewhere: str = ""


INVARIANTS: Final[Mapping[str, Invariant]] = {
    "I1": Invariant("each record read has one outcome", ends.conserved),
    "I2": Invariant("the cursor passes nothing unsettled", ends.cursor_is_safe),
    "I3": Invariant("the cursor does not go back", ends.cursor_is_monotone),
    "I4": Invariant("the platform comes to what the CRM says", ends.converged),
    "I5": Invariant("what is unchanged is not sent", ends.quiet),
    "I6": Invariant("an event is there once at most", events.at_most_once),
    "I7": Invariant("no event is lost without a word", events.none_lost),
    "I8": Invariant("a lead's events are in order", events.in_order),
    "I9": Invariant("intended before sent", events.intended_before_sent),
    "I10": Invariant("delivered means a whole yes", events.no_false_yes),
    "I11": Invariant("limits of a request", manners.within_limits),
    "I12": Invariant("a bad payload harms no other", manners.poison_is_isolated),
    "I13": Invariant("retries within their budget", manners.retries_in_budget),
    "I14": Invariant("no request before Retry-After", manners.pauses_are_kept),
    "I15": Invariant("a stop is heeded in time", manners.stops_in_time),
    "I16": Invariant("one writer at a time", manners.one_writer),
    "I17": Invariant("same seed, same trace", ends.repeatable),
    "I18": Invariant("every end is a known one", manners.ends_are_known),
    "I19": Invariant("quarantine is whole", ends.quarantine_is_whole),
    "I20": Invariant("a newer ledger is refused", elsewhere="tests/ledger/test_migrations.py"),
    "I21": Invariant("one platform's fault is no other's", manners.isolated),
    "I22": Invariant("memory is bounded", elsewhere="benchmarks/run.py, tests/transport"),
    "I23": Invariant("credentials stay where they belong", elsewhere="tests/transport"),
    "I24": Invariant("no secret gets out", elsewhere="tests/transport/test_redaction.py"),
    "I25": Invariant("the wall clock changes only when", manners.durations_are_true),
    "I26": Invariant("what lives is not disabled", ends.nothing_blown_up),
    "I27": Invariant("any order comes to the same", ends.any_way_the_same),
}


def check(evidence: Evidence, laws: Collection[str] = INVARIANTS) -> list[Violation]:
    """Every violation of these laws that the evidence shows."""
    return [
        Violation(name, message)
        for name, law in INVARIANTS.items()
        if name in laws and law.check is not None
        for message in law.check(evidence)
    ]
