from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crmsync.sandbox.__main__ import options_of
from crmsync.sandbox.server import RunningSandbox, start
from crmsync.testing.servers import nobody
from tests.e2e.canaries import canary, search
from tests.e2e.world import World


@pytest.fixture(autouse=True)
def searched(request) -> Iterator[None]:
    """No e2e test leaves a file that shows a credential: ledgers, journals, exports, pages."""
    own = "tmp_path" in request.fixturenames
    folder = request.getfixturevalue("tmp_path") if own else None
    yield
    if folder is not None:
        search(folder)


@pytest.fixture(autouse=True, scope="session")
def shared_folders_searched() -> Iterator[None]:
    """Nor does what several tests share."""
    yield
    for folder in World.folders:
        search(folder)


@pytest.fixture
def nobody_listens() -> Iterator[str]:
    """An address that refuses connections."""
    with nobody() as url:
        yield url


@pytest.fixture
def plannable(warm) -> None:
    """Skips where a command cannot be run under a plan of `benchmarks/kernel.c`."""
    if "LD_PRELOAD" not in warm.env:
        pytest.skip("there is no C compiler: nothing can stand between crmsync and the kernel")


@pytest.fixture(scope="session")
def sandbox_at() -> Iterator[Callable[..., str]]:
    """Gives the address of a sandbox with these options of its command; each set starts once."""
    running: dict[tuple[str, ...], RunningSandbox] = {}

    def serving(*options: str) -> str:
        if options not in running:
            key = canary("DATATALKS_SECRET_ACCESS_KEY")  # which signatures are checked by
            signed = ("--datatalks-secret-access-key", key)
            given = ("--port", "0", "--companies", "300", *signed, *options)
            running[options] = start(options_of(given))
        return running[options].url

    yield serving
    with ThreadPoolExecutor(16) as several:  # each takes its time to close its connections
        several.map(RunningSandbox.stop, running.values())


@pytest.fixture
def world_with(sandbox_at, tmp_path, warm) -> Callable[..., World]:
    """Gives a world whose sandbox has these options, as at its start."""

    def make(*options: str) -> World:
        world = World(sandbox_at(*options), tmp_path, warm)
        world.ask("/reset", {})
        return world

    return make


@pytest.fixture
def world(undisturbed, world_with) -> World:
    """300 companies, an empty platform, no faults."""
    healthy: World = world_with()
    return healthy


@pytest.fixture(scope="session")
def undisturbed(sandbox_at, tmp_path_factory, warm) -> dict[str, Any]:
    """What the platform holds after one run, where nothing was changed and nothing broke."""
    world = World(sandbox_at(), tmp_path_factory.mktemp("undisturbed"), warm)
    world.ask("/reset", {})
    assert world.run().code == 0
    return world.held()
