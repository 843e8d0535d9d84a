from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.world import Asking, World


@pytest.fixture
def world(tmp_path) -> World:
    return World(tmp_path)


@pytest.fixture
def asking(world) -> Iterator[Asking]:
    """Somebody who asks the page of a world that has run once."""
    world.ran()
    with world.served() as asking:
        yield asking
