from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.engine.delivery import SYSTEMATIC_AFTER, Delivery, Streak, Verdict, deliver
from crmsync.errors import (
    BatchRejectedError,
    CredentialsError,
    CrmsyncError,
    FatalError,
    RetryableError,
    StoppedError,
)
from crmsync.interfaces import Answer
from crmsync.receipts import Outcome

UNVERIFIED = Verdict(Outcome.UNVERIFIED, status="204")
SECONDS = [f"number {number} cannot be" for number in range(60)]


def bodies(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


class Platform:
    """Refuses every request with a bad payload in it, and keeps the others'."""

    def __init__(
        self,
        bad: Iterable[int] = (),
        *,
        names: Callable[[list[int]], dict[int, str]] | None = None,
        certain: bool = True,
        max_bytes: int = 1_000_000,
    ) -> None:
        self.bad = {str(number).encode() for number in bad}
        self.names = names or (lambda _: {})
        self.certain = certain
        self.max_bytes = max_bytes
        self.pushes: list[tuple[bytes, ...]] = []
        self.kept: set[bytes] = set()

    def push(self, batch: Sequence[bytes]) -> Answer:
        self.pushes.append(tuple(batch))
        if len(b"[" + b",".join(batch) + b"]") > self.max_bytes:
            raise BatchRejectedError("413", reason="too large", too_large=True)
        wrong = [position for position, body in enumerate(batch) if body in self.bad]
        if wrong:
            words = "bad shape" if len(batch) > 1 else f"bad shape of {batch[0].decode()}x"
            raise BatchRejectedError(
                "400", reason=words, refusals=self.names(wrong), certain=self.certain
            )
        self.kept |= set(batch)
        return Answer(verified=False, status="204")


def delivered(platform: Platform, batch: Sequence[bytes], streak: Streak | None = None) -> Delivery:
    delivery = Delivery(batch, streak or Streak())
    deliver(delivery, platform.push)
    return delivery


def rejected(delivery: Delivery) -> list[int]:
    return [
        position
        for position, verdict in enumerate(delivery.verdicts)
        if verdict.outcome is Outcome.REJECTED
    ]


def test_a_batch_of_nothing_is_no_request():
    platform = Platform()
    assert delivered(platform, []).verdicts == []
    assert platform.pushes == []


def test_a_batch_that_is_taken_gives_every_payload_the_answer():
    delivery = delivered(Platform(), bodies(3))
    assert delivery.verdicts == [UNVERIFIED] * 3
    assert delivery.error is None


def test_a_verified_answer_accepts():
    delivery = Delivery([b"1"], Streak())
    deliver(delivery, lambda _: Answer(verified=True, status="200"))
    assert delivery.verdicts == [Verdict(Outcome.ACCEPTED, status="200")]


@pytest.mark.parametrize(
    ("bad", "most"),
    [
        pytest.param([637], 21, id="B09-one-of-1000"),
        pytest.param([0], 21, id="B09-the-first-of-1000"),
        pytest.param([999], 21, id="B09-the-last-of-1000"),
        pytest.param([3, 800], 37, id="B09-two-of-1000"),
        pytest.param([0, 500], 37, id="B09-both-first-of-their-half"),
        pytest.param([499, 999], 37, id="B09-both-last-of-their-half"),
        pytest.param(list(range(7, 1000, 100)), 135, id="B09-ten-of-1000"),
    ],
)
@pytest.mark.fault(44)
@pytest.mark.invariant(12)
def test_b09_a_400_without_names_is_bisected(bad, most):
    platform = Platform(bad)
    delivery = delivered(platform, bodies(1000))
    assert rejected(delivery) == bad
    assert len(platform.kept) == 1000 - len(bad)
    assert len(platform.pushes) <= most


def test_a_single_refused_payload_is_rejected_with_the_platforms_words():
    delivery = delivered(Platform([5]), bodies(8))
    assert delivery.verdicts[5] == Verdict(Outcome.REJECTED, "bad shape of 5x")


@pytest.mark.fault(43)
@pytest.mark.invariant(12)
def test_named_refusals_are_rejected_and_the_rest_is_sent_again():
    platform = Platform([2, 5], names=lambda wrong: dict.fromkeys(wrong, "its phone"))
    delivery = delivered(platform, bodies(8))
    assert rejected(delivery) == [2, 5]
    assert delivery.verdicts[2].reason == "its phone"
    assert [len(push) for push in platform.pushes] == [8, 6]


def test_a_platform_that_names_the_first_fault_only_is_asked_again():
    platform = Platform([2, 5], names=lambda wrong: {wrong[0]: "its phone"})
    assert rejected(delivered(platform, bodies(8))) == [2, 5]
    assert [len(push) for push in platform.pushes] == [8, 7, 6]


def test_guessed_names_are_pushed_apart_before_they_count():
    platform = Platform([2, 5], names=lambda wrong: dict.fromkeys(wrong, "phone"), certain=False)
    assert rejected(delivered(platform, bodies(8))) == [2, 5]
    assert [len(push) for push in platform.pushes] == [8, 2, 6]


def test_a_guess_that_passes_ends_all_guessing():
    off_by_one = Platform([2], names=lambda wrong: {wrong[0] + 1: "its phone"}, certain=False)
    delivery = delivered(off_by_one, bodies(8))
    assert rejected(delivery) == [2]
    assert len(off_by_one.kept) == 7
    assert len(off_by_one.pushes) <= 8


def test_names_of_positions_that_do_not_exist_are_no_names():
    platform = Platform([2], names=lambda _: {99: "who?", -1: "me?"})
    assert rejected(delivered(platform, bodies(8))) == [2]


@pytest.mark.fault(45)
def test_b10_a_400_on_everything_stops_after_8_single_refusals():
    platform = Platform(range(1000))
    delivery = delivered(platform, bodies(1000))
    assert len(rejected(delivery)) == SYSTEMATIC_AFTER == 8
    assert isinstance(delivery.error, FatalError)
    assert "bad shape" in delivery.error.message
    assert delivery.verdicts.count(Verdict(Outcome.PENDING)) == 992
    assert len(platform.pushes) <= 40


def test_a_400_that_names_everything_stops_too():
    platform = Platform(range(50), names=lambda wrong: dict.fromkeys(wrong, "no field x"))
    delivery = delivered(platform, bodies(50))
    assert len(rejected(delivery)) == SYSTEMATIC_AFTER
    assert isinstance(delivery.error, FatalError)


def test_refusals_for_different_reasons_are_no_system():
    reasons = ("phone", "domain", "size")
    delivery = Delivery(bodies(30), Streak())
    while batch := delivery.next():
        reason = f"its {reasons[int(batch[0]) % 3]}"
        delivery.feed(BatchRejectedError("400", reason=reason))
    assert delivery.error is None
    assert len(rejected(delivery)) == 30


def test_a_streak_goes_on_across_batches_until_something_is_taken():
    streak = Streak()
    assert delivered(Platform(range(5)), bodies(5), streak).error is None
    assert delivered(Platform(), bodies(1), streak).error is None
    assert delivered(Platform(range(5)), bodies(5), streak).error is None
    assert delivered(Platform(range(5)), bodies(5), streak).error is not None


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("entity {0} is bad", id="a-position"),
        pytest.param('"name{0}" is no domain', id="a-quoted-value"),
        pytest.param("n{0}.example.com is unknown", id="a-domain"),
        pytest.param("jo{0}@example.com has no role", id="an-email"),
    ],
)
def test_reasons_are_one_reason_whatever_they_name(words):
    streak = Streak()
    said = [streak.refused(words.format(number)) for number in range(SYSTEMATIC_AFTER)]
    assert said == [False] * 7 + [True]


@pytest.mark.fault(49)
def test_a_refused_size_is_halved_by_bytes():
    batch = [b"x" * 500, b"a" * 100, b"b" * 100, b"c" * 100, b"d" * 100]
    platform = Platform(max_bytes=600)
    delivery = delivered(platform, batch)
    assert [len(push) for push in platform.pushes] == [5, 1, 4]
    assert delivery.verdicts == [UNVERIFIED] * 5


@pytest.mark.fault(49)
@pytest.mark.invariant(11)
def test_a_refused_size_teaches_what_fits():
    platform = Platform(max_bytes=300_000)
    delivery = delivered(platform, [b"x" * 1000] * 900)
    assert delivery.verdicts == [UNVERIFIED] * 900
    assert delivery.fits is not None
    assert 200_000 <= delivery.fits <= 300_000


def test_one_huge_payload_does_not_teach_a_tiny_limit():
    delivery = delivered(Platform(max_bytes=400_000), [b"x" * 600_000, b"small"])
    assert delivery.verdicts[0] == Verdict(Outcome.REJECTED, "too large", too_large=True)
    assert delivery.fits == 300_001


def test_no_size_is_learned_where_nothing_was_taken_or_refused():
    assert delivered(Platform(max_bytes=1), bodies(3)).fits is None
    assert delivered(Platform(), bodies(3)).fits is None


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RetryableError("503", maybe_delivered=True), Outcome.UNKNOWN),
        (RetryableError("no connection"), Outcome.PENDING),
        (CredentialsError("403"), Outcome.PENDING),
        (FatalError("200 with HTML"), Outcome.UNKNOWN),
        (FatalError("404", maybe_delivered=False), Outcome.PENDING),
        (StoppedError("asked to stop"), Outcome.UNKNOWN),
        (StoppedError("asked to stop", maybe_delivered=False), Outcome.PENDING),
    ],
    ids=[
        "maybe-arrived",
        "never-arrived",
        "credentials",
        "unexpected",
        "nothing-there",
        "stopped",
        "stopped-before-it-left",
    ],
)
def test_other_errors_end_the_delivery_and_nothing_is_settled_falsely(error, outcome):
    replies: list[Answer | CrmsyncError] = [
        BatchRejectedError("400", reason="?"),
        Answer(verified=False, status="204"),
        error,
    ]
    delivery = Delivery(bodies(8), Streak())
    while delivery.next():
        delivery.feed(replies.pop(0))
    assert [v.outcome for v in delivery.verdicts] == [
        *[Outcome.UNVERIFIED] * 4,
        *[outcome] * 2,
        *[Outcome.PENDING] * 2,
    ]
    assert delivery.error is error


def test_what_was_never_pushed_is_pending():
    replies = [BatchRejectedError("400", reason="?"), RetryableError("503", maybe_delivered=True)]
    delivery = Delivery(bodies(8), Streak())
    while delivery.next():
        delivery.feed(replies.pop(0))
    outcomes = [verdict.outcome for verdict in delivery.verdicts]
    assert outcomes == [Outcome.UNKNOWN] * 4 + [Outcome.PENDING] * 4


def test_b12_a_batch_whose_answer_was_lost_ends_the_same_when_it_is_sent_again():
    platform = Platform([3])
    lost = Delivery(bodies(8), Streak())
    platform.kept |= set(lost.next() or ())  # it arrived, and the program died
    assert not [v for v in lost.verdicts if v.outcome is not Outcome.PENDING]
    delivery = delivered(platform, bodies(8))
    assert rejected(delivery) == [3]


@given(st.integers(1, 200), st.sets(st.integers(0, 199), max_size=7), st.sampled_from(range(4)))
@pytest.mark.fault(44)
@pytest.mark.invariant(12)
def test_exactly_the_culprits_are_rejected_within_the_bound(count, bad, kind):
    bad = {number for number in bad if number < count}
    naming = [
        None,
        lambda wrong: dict.fromkeys(wrong, "x"),
        lambda w: {w[0]: "x"},
        lambda w: {0: "x"},
    ]
    platform = Platform(bad, names=naming[kind], certain=kind < 2)
    delivery = delivered(platform, bodies(count))
    assert set(rejected(delivery)) == bad
    assert len(platform.kept) == count - len(bad)
    assert len(platform.pushes) <= 2 * len(bad) * (ceil(log2(count)) + 1) + 2
