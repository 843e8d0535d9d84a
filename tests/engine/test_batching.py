from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.destinations.akooda import LIMITS, PLUGIN
from crmsync.destinations.shrinking import shrink
from crmsync.engine.batching import Batch, Batcher, OversizedError
from crmsync.payloads import Limits

MEGABYTE = 1_000_000


def filled(sizes: list[int], limits: Limits = LIMITS) -> list[Batch]:
    batcher, batches = Batcher(limits), []
    for number, size in enumerate(sizes):
        batcher.add(f"{number}.com", b"x" * size)
        while batch := batcher.take():
            batches.append(batch)
    return [*batches, *batcher.flush()]


def taken(batch: Batch | None) -> tuple[str, ...]:
    """The keys of a batch that is there."""
    assert batch is not None
    return batch.keys


@pytest.mark.parametrize(
    ("sizes", "requests"),
    [
        pytest.param([], 0, id="B01-nothing-is-no-request"),
        pytest.param([20] * 1000, 1, id="B02-1000-small"),
        pytest.param([20] * 1001, 2, id="B02-1001-small"),
        # 2 brackets + 499,998 + 1 comma + 499,999 = 1,000,000
        pytest.param([499_998, 499_999], 1, id="B03-exactly-a-megabyte"),
        pytest.param([499_999, 499_999], 2, id="B03-one-byte-more"),
        pytest.param([MEGABYTE - 2], 1, id="B03-one-payload-of-a-megabyte"),
        pytest.param([700] * 999 + [990_000], 2, id="B04-a-huge-one-last"),
        pytest.param([990_000] + [700] * 999, 2, id="B04-a-huge-one-first"),
        pytest.param([700] * 500 + [990_000] + [700] * 499, 2, id="B04-a-huge-one-amid"),
        pytest.param([700] * 1000, 1, id="B06-1000-of-700-bytes"),
    ],
)
def test_batches_are_as_few_as_the_limits_allow(sizes, requests):
    assert len(filled(sizes)) == requests


def test_b05_a_payload_too_large_by_its_description_is_shortened_to_fit():
    fields = {"domain": "acme.com", "properties.description": 'a "word" ' * 120_000}
    batcher = Batcher(LIMITS)
    with pytest.raises(OversizedError) as caught:
        batcher.add("acme.com", PLUGIN.encode(fields))
    shrunk = shrink(fields, caught.value.excess, PLUGIN.fields)
    assert shrunk is not None
    batcher.add("acme.com", PLUGIN.encode(shrunk))
    assert MEGABYTE - 12 <= batcher.flush()[0].size <= MEGABYTE


def test_b05_a_payload_too_large_for_other_reasons_is_refused_with_its_size():
    fields = {"domain": "acme.com", "properties.location": "x" * MEGABYTE}
    with pytest.raises(OversizedError, match=r"acme\.com is 1,000,\d{3} bytes.* takes 1,000,000"):
        Batcher(LIMITS).add("acme.com", PLUGIN.encode(fields))
    assert shrink(fields, 100, PLUGIN.fields) is None


def test_b07_sizes_are_utf8_bytes_unescaped():
    body = PLUGIN.encode({"domain": "å.se", "properties.description": "Å" * 100 + "👍" * 100})
    assert len(body) == len('{"domain":"å.se","properties":{"description":""}}'.encode()) + 600
    (batch,) = filled([len(body)] * 3)
    assert batch.size == 2 + 3 * len(body) + 2


def test_b08_a_key_stands_in_a_batch_once_with_its_newest_payload():
    batcher = Batcher(LIMITS)
    batcher.add("acme.com", b"old")
    batcher.add("other.com", b"other")
    batcher.add("acme.com", b"newer")
    (batch,) = batcher.flush()
    assert dict(zip(batch.keys, batch.bodies, strict=True)) == {
        "acme.com": b"newer",
        "other.com": b"other",
    }


def test_a_batch_knows_the_bytes_of_its_body():
    (batch,) = filled([10, 20, 30])
    assert batch.size == len(b"[" + b",".join(batch.bodies) + b"]")


def test_a_batch_is_taken_only_when_it_is_full():
    batcher = Batcher(Limits(max_payloads=2, max_bytes=100))
    batcher.add("a", b"1")
    assert batcher.take() is None
    batcher.add("b", b"2")
    assert batcher.take() == Batch(keys=("a", "b"), bodies=(b"1", b"2"), size=5)
    assert batcher.take() is None


def test_a_batch_with_hardly_any_room_is_taken_when_another_is_begun():
    batcher = Batcher(Limits(max_payloads=9, max_bytes=1000))
    batcher.add("roomy", b"x" * 980)
    batcher.add("full", b"x" * 990)
    assert batcher.take() is None

    batcher.add("next", b"x" * 50)

    assert taken(batcher.take()) == ("full",)
    assert batcher.take() is None


def test_a_batch_that_was_begun_long_ago_is_taken_though_it_is_not_full():
    batcher = Batcher(Limits(max_payloads=3, max_bytes=MEGABYTE))
    batcher.add("a.com", b"a", 7)
    batcher.add("b.com", b"b", 9)

    assert batcher.stale(7) is None
    assert taken(batcher.stale(8)) == ("a.com", "b.com")
    assert batcher.stale(99) is None


def test_a_payload_that_moves_to_another_batch_has_waited_as_long():
    batcher = Batcher(Limits(max_payloads=9, max_bytes=20))
    batcher.add("a.com", b"12345", 1)
    batcher.add("b.com", b"12345", 2)
    batcher.replace("b.com", b"x" * 15)

    assert [taken(batcher.stale(2)) for _ in range(2)] == [("a.com",), ("b.com",)]


def test_replacing_needs_a_payload_that_waits():
    batcher = Batcher(Limits(max_payloads=1, max_bytes=100))
    batcher.add("a", b"1")
    batcher.take()
    assert not batcher.replace("a", b"2")
    assert len(batcher) == 0


def test_a_replacement_that_fits_its_batch_no_more_moves_to_another():
    batcher = Batcher(Limits(max_payloads=10, max_bytes=20))
    batcher.add("a", b"x" * 8)
    batcher.add("b", b"x" * 8)
    assert batcher.replace("b", b"y" * 12)
    assert [batch.keys for batch in batcher.flush()] == [("a",), ("b",)]


def test_a_replacement_that_fits_nowhere_leaves_the_older_one():
    batcher = Batcher(Limits(max_payloads=10, max_bytes=20))
    batcher.add("a", b"old")
    with pytest.raises(OversizedError):
        batcher.replace("a", b"x" * 19)
    assert batcher.flush()[0].bodies == (b"old",)


def test_what_is_removed_is_not_sent_and_leaves_no_empty_batch():
    batcher = Batcher(LIMITS)
    batcher.add("a", b"1")
    assert batcher.remove("a")
    assert not batcher.remove("a")
    assert "a" not in batcher
    assert batcher.flush() == ()


def test_too_many_open_batches_send_the_fullest():
    sizes = [600, 700, 650, 800]
    batches = filled(sizes, Limits(max_payloads=10, max_bytes=1000))
    assert [len(batch.bodies[0]) for batch in batches] == [700, 600, 650, 800]


def test_a_lowered_limit_batches_anew_and_gives_back_what_fits_no_more():
    batcher = Batcher(LIMITS)
    for number in range(5):
        batcher.add(str(number), b"x" * 40)
    batcher.add("big", b"x" * 200)
    assert batcher.lower(100) == (("big", b"x" * 200),)
    assert [batch.size for batch in batcher.flush()] == [83, 83, 42]
    assert batcher.max_bytes == 100


def test_a_limit_is_never_raised():
    batcher = Batcher(LIMITS)
    batcher.add("a", b"1")
    assert batcher.lower(2 * MEGABYTE) == ()
    assert (batcher.max_bytes, len(batcher)) == (MEGABYTE, 1)


@pytest.mark.parametrize("smallest", [700, 1_000, 1_500])
def test_ordinary_payloads_need_at_most_5_percent_more_than_the_fewest(smallest):
    sizes = [smallest + (number * 37) % 400 for number in range(20_000)]
    fewest = max(ceil(len(sizes) / 1000), ceil(sum(size + 1 for size in sizes) / (MEGABYTE - 1)))
    assert len(filled(sizes)) <= ceil(fewest * 1.05)


SMALL = Limits(max_payloads=5, max_bytes=60)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "replace", "remove", "lower"]),
        st.sampled_from("abcdefghij"),
        st.integers(min_value=0, max_value=58),
    )
)


@given(STEPS)
@pytest.mark.invariant(11)
def test_nothing_is_lost_or_sent_twice_and_no_limit_is_passed(steps):
    batcher = Batcher(SMALL)
    waiting: dict[str, bytes] = {}
    for number, (step, key, size) in enumerate(steps):
        body = str(number).encode().ljust(size, b".")[: max(size, 1)]
        if step == "lower":
            for lost, _ in batcher.lower(30 + size):
                del waiting[lost]
        elif step == "remove":
            assert batcher.remove(key) == (waiting.pop(key, None) is not None)
        elif len(body) + 2 <= batcher.max_bytes and (step == "add" or key in waiting):
            getattr(batcher, step)(key, body)
            waiting[key] = body
        assert len(batcher) == len(waiting)
        while batch := batcher.take():
            check(batch, batcher.max_bytes, waiting)
    for batch in batcher.flush():
        check(batch, batcher.max_bytes, waiting)
    assert not waiting


def check(batch: Batch, max_bytes: int, waiting: dict[str, bytes]) -> None:
    assert batch.size == len(b"[" + b",".join(batch.bodies) + b"]") <= max_bytes
    assert 0 < len(batch.keys) <= SMALL.max_payloads
    for key, body in zip(batch.keys, batch.bodies, strict=True):
        assert waiting.pop(key) == body


@given(st.lists(st.integers(min_value=1, max_value=48), min_size=1, max_size=300))
def test_every_full_batch_is_within_5_percent_of_a_limit(sizes):
    limits = Limits(max_payloads=50, max_bytes=1000)  # no payload passes 5 % of the bytes
    batcher = Batcher(limits)
    for number, size in enumerate(sizes):
        batcher.add(str(number), b"x" * size)
        while batch := batcher.take():
            assert batch.size >= 950 or len(batch.keys) == 50
