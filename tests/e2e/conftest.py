from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import World, plain_environment


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory) -> Path:
    """Where the processes of these tests keep their compiled modules."""
    folder: Path = tmp_path_factory.mktemp("bytecode")
    return folder


@pytest.fixture(scope="session")
def sandbox_at(bytecode) -> Iterator[Callable[..., str]]:
    """Gives the address of a sandbox process with these options; each set starts once."""
    running: dict[tuple[str, ...], tuple[subprocess.Popen[str], str]] = {}

    def start(*options: str) -> str:
        if options not in running:
            command = [sys.executable, "-m", "crmsync.sandbox", "--port", "0"]
            child = subprocess.Popen(
                [*command, "--companies", "300", *options],
                env=plain_environment(bytecode),
                stdout=subprocess.PIPE,
                text=True,
            )
            assert child.stdout is not None
            running[options] = (child, json.loads(child.stdout.readline())["url"])
        return running[options][1]

    yield start
    for child, _ in running.values():
        child.terminate()
        with child:
            child.wait(timeout=20)


@pytest.fixture
def world_with(sandbox_at, tmp_path, bytecode) -> Callable[..., World]:
    """Gives a world whose sandbox has these options, as at its start."""

    def make(*options: str) -> World:
        world = World(sandbox_at(*options), tmp_path, bytecode)
        world.ask("/reset", {})
        return world

    return make


@pytest.fixture
def world(undisturbed, world_with) -> World:
    """300 companies, an empty platform, no faults."""
    healthy: World = world_with()
    return healthy


@pytest.fixture(scope="session")
def undisturbed(sandbox_at, tmp_path_factory, bytecode) -> dict[str, Any]:
    """What the platform holds after one run, where nothing was changed and nothing broke."""
    world = World(sandbox_at(), tmp_path_factory.mktemp("undisturbed"), bytecode)
    world.ask("/reset", {})
    assert world.run().code == 0
    return world.held()
