"""Rate windows and pauses, shared by all workers of an account."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.adapters import Context
from crmsync.errors import RetryableError, StoppedError
from crmsync.testing.clocks import FakeClock
from crmsync.transport.clock import SystemClock
from crmsync.transport.pacing import ALL, Hint, Pacer, Rate, Window


def pacer(clock, *, max_wait=900.0, **lanes):
    context = Context(name="hubspot", clock=clock, retry_for=300, max_wait=max_wait)
    return Pacer(context, {ALL if lane == "every" else lane: rate for lane, rate in lanes.items()})


def pass_through(pace, lane="default", times=1):
    for _ in range(times):
        pace.release(pace.acquire(lane))


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("110/60s", Rate(110, 60)),
        ("5/s", Rate(5, 1)),
        (" 1000 / 1h ", Rate(1000, 3600)),
        ("250000/d", Rate(250_000, 86_400)),
        ("1/2.5m", Rate(1, 150)),
    ],
)
def test_a_rate_is_read(text, rate):
    assert Rate.parse(text) == rate


@pytest.mark.parametrize(
    "text", ["", "5", "0/s", "5/0s", "-5/s", "5/1w", "5/s/s", "five/s", "5/ms"]
)
def test_what_is_no_rate_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="110/60s"):
        Rate.parse(text)


def test_a_rate_shows_as_it_is_written():
    assert str(Rate(110, 60.0)) == "110/60s"


def test_up_to_the_limit_nobody_waits():
    clock = FakeClock()
    pace = pacer(clock, default=Rate(3, 10))

    pass_through(pace, times=3)
    assert clock.sleeps == []

    pass_through(pace)
    assert clock.sleeps == [10.0]


def test_a_permit_is_held_until_the_window_after_the_answer():
    window = Window(Rate(1, 10))
    window.take()
    assert window.wait(now=7.0) == 10.0  # in flight: its answer comes at 7 at the earliest

    window.give_back(now=8.0)

    assert window.wait(now=9.0) == 9.0
    assert window.wait(now=18.0) == 0.0


@given(
    st.integers(1, 6),
    st.integers(1, 5),
    st.lists(st.tuples(st.floats(0, 30), st.floats(0, 1)), min_size=1, max_size=60),
)
def test_no_window_of_the_server_ever_holds_more_than_the_limit(limit, workers, network):
    """Requests take up to 30 s and are counted at any moment of that: still never too many."""
    seconds, window, now = 10.0, Window(Rate(limit, 10.0)), 0.0
    flying: list[float] = []
    counted: list[float] = []
    for latency, moment in network:
        while len(flying) == workers or window.wait(now) > 0:
            if len(flying) < workers and now + window.wait(now) <= min(flying, default=1e9):
                now += max(window.wait(now), 1e-6)
            else:
                now = max(now, min(flying))
                flying.remove(min(flying))
                window.give_back(now)
        window.take()
        flying.append(now + latency)
        counted.append(now + latency * moment)

    for start in counted:
        assert sum(start <= at < start + seconds for at in counted) <= limit


def test_threads_together_keep_the_limit():
    clock, lock, sent = FakeClock(), threading.Lock(), []
    pace = pacer(clock, default=Rate(5, 10))

    def work(_):
        windows = pace.acquire("default")
        with lock:
            sent.append(clock.monotonic())
        pace.release(windows)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(60)))

    assert len(sent) == 60
    for start in sent:
        assert sum(start <= at < start + 10 for at in sent) <= 5


def test_lanes_have_their_own_windows():
    clock = FakeClock()
    pace = pacer(clock, default=Rate(2, 10), search=Rate(1, 1), free=None)

    pass_through(pace, "default", 2)
    pass_through(pace, "search")
    pass_through(pace, "free", 100)

    assert clock.sleeps == []


def test_the_users_own_bound_holds_for_all_lanes_together():
    clock = FakeClock()
    pace = pacer(clock, every=Rate(2, 60), default=Rate(100, 10), search=Rate(5, 1))

    pass_through(pace, "default")
    pass_through(pace, "search")
    assert clock.sleeps == []

    pass_through(pace, "search")
    assert clock.sleeps == [60.0]


def test_a_learned_limit_takes_effect_at_once_but_never_on_the_users_bound():
    clock = FakeClock()
    pace = pacer(clock, every=Rate(4, 60), default=Rate(1, 10))
    pace.learn({"default": Rate(190, 10), ALL: Rate(190, 10), "unknown": Rate(1, 1)})

    pass_through(pace, times=4)
    assert clock.sleeps == []

    pass_through(pace)
    assert clock.sleeps == [60.0]


def test_a_lower_limit_waits_for_the_permits_already_out():
    clock = FakeClock()
    pace = pacer(clock, default=Rate(10, 10))
    pass_through(pace, times=4)

    pace.learn({"default": Rate(2, 10)})
    pass_through(pace)

    assert clock.sleeps == [10.0]


@pytest.mark.parametrize("nonsense", [Rate(0, 10), Rate(-1, 10), Rate(5, 0), Rate(5, -1)])
def test_a_learned_limit_of_nothing_is_ignored(nonsense):
    clock = FakeClock()
    pace = pacer(clock, default=Rate(3, 10))

    pace.learn({"default": nonsense})
    pass_through(pace, times=3)

    assert clock.sleeps == []


def test_less_remaining_than_we_know_of_means_that_others_use_it_too():
    clock = FakeClock()
    pace = pacer(clock, default=Rate(100, 10))
    pass_through(pace)

    pace.learn({"default": Hint(remaining=2, reset=4.0)})
    pass_through(pace, times=2)
    assert clock.sleeps == []

    pass_through(pace)
    assert clock.sleeps == [4.0]


def test_as_much_remaining_as_we_know_of_changes_nothing():
    clock = FakeClock()
    pace = pacer(clock, default=Rate(3, 10))
    for left in (2, 1, 0):
        pass_through(pace)
        pace.learn({"default": Hint(Rate(3, 10), remaining=left)})

    pass_through(pace)

    assert clock.sleeps == [10.0]


def test_a_shorter_window_learned_later_still_frees_in_order():
    window = Window(Rate(2, 60))
    window.take()
    window.take()
    window.give_back(now=0.0)
    window.learn(Hint(Rate(2, 10)), now=1.0)
    window.give_back(now=1.0)

    assert window.wait(now=5.0) == 6.0  # the second rests until 11, the first until 60


def test_a_pause_holds_every_lane_until_it_is_over():
    clock = FakeClock()
    pace = pacer(clock, default=Rate(9, 1), search=None)

    pace.pause(30)
    pace.pause(5)  # a shorter one does not shorten it
    pass_through(pace, "search")

    assert clock.sleeps == [30.0]


def test_a_pause_holds_every_thread():
    clock, started = FakeClock(), []
    pace = pacer(clock, default=None)
    pace.pause(30)

    def work(_):
        pass_through(pace)
        started.append(clock.monotonic())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))

    assert min(started) >= 30


def test_a_pause_longer_than_max_wait_is_not_waited_for():
    clock = FakeClock()
    pace = pacer(clock, max_wait=900, default=None)
    pace.pause(901)

    with pytest.raises(RetryableError, match="hubspot asked for no requests") as caught:
        pace.acquire("default")
    assert caught.value.final
    assert caught.value.hint.startswith("come back at 12:16 UTC")
    assert clock.sleeps == []


def test_a_stop_ends_the_waiting():
    clock = SystemClock()
    pace = pacer(clock, default=None)
    pace.pause(60)
    threading.Timer(0.02, clock.stop).start()

    with pytest.raises(StoppedError):
        pace.acquire("default")


def test_time_that_barely_moves_does_not_make_it_spin():
    clock = FakeClock()
    clock.advance(1e9)  # where adding a nanosecond changes nothing
    pace = pacer(clock, default=Rate(1, 0.1))
    rng = random.Random(7)

    for _ in range(200):
        pass_through(pace)
        clock.advance(rng.random() / 10)

    assert len(clock.sleeps) < 600
