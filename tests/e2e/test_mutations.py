"""Answers that were changed on their way: a slice of `python -m benchmarks.mutations`."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.mutated_worlds import FOLDER, OPTIONS, WAYS, Way, World
from benchmarks.relay import Relay
from tests.e2e.canaries import LITERAL

HITS = 3

pytestmark = [pytest.mark.fault(3, 4, 5, 6, 19, 31, 33, 34, 66, 67), pytest.mark.invariant(10, 18)]


@pytest.fixture(scope="module")
def url(sandbox_at) -> str:
    found: str = sandbox_at(*OPTIONS, *LITERAL)
    return found


@pytest.fixture(scope="module")
def relay(url) -> Iterator[Relay]:
    with Relay(url) as running:
        yield running


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=FOLDER) as name:
        yield Path(name)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_changed_answers_are_borne_and_leave_no_trace(relay, url, folder, way: Way):
    world = World(relay, url, folder, way)
    chance = random.Random(way.name)
    hits = [world.hit(chance, values=number == 0) for number in range(HITS)]

    assert [hit.wrong for hit in hits] == [()] * HITS
    assert world.recovered() == []
