from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from typing_extensions import override

from benchmarks.kernel import compiler, library, under
from tests.e2e.warm import Warm
from tests.e2e.world import plain_environment
from tests.examples import CHARACTERS
from tests.ledger.postgres.clusters import MISSING, URL, Cluster, own_cluster

# A busy machine is no failure: how long an example takes is for benchmarks to say.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("calm", CALM, max_examples=25)
# For who changes what a property is about: pytest --hypothesis-profile=thorough tests/engine
settings.register_profile("thorough", CALM, max_examples=1_000)
settings.load_profile("calm")
st.register_type_strategy(str, st.text(CHARACTERS))

TESTS = Path(__file__).parent

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it
ENOUGH = 1 << 30
"""Bytes that must be free there; the whole suite writes an eighth of them."""


def in_memory() -> bool:
    """Whether files can be in memory: a ledger waits for its disk at every step."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return False
    runs_programs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    return runs_programs and shutil.disk_usage(MEMORY).free > ENOUGH


if in_memory():  # else where the machine has them; workers and commands inherit it
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Tests wait a third of their time, for processes and for clocks: others work meanwhile."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return ceil((cores or 1) * 1.5)


class TurnedFolder(pytest.Directory):
    """The folder of all tests, begun somewhere in its middle."""

    def __init__(self, *, begun_at: float, **given: Any) -> None:
        super().__init__(**given)
        self._begun_at = begun_at

    @override
    def collect(self) -> list[pytest.Item | pytest.Collector]:
        found = list(pytest.Dir.from_parent(self, path=self.path).collect())
        first = round(len(found) * self._begun_at)
        return found[first:] + found[:first]


class Sharing:
    """Lets each worker begin to collect at another place, and take over what others compiled.

    As it compiles a test, pytest rewrites each assertion: that is most of what collecting takes.
    """

    def __init__(self, worker: int, workers: int) -> None:
        self._begun_at = worker / workers
        sys.dont_write_bytecode = False  # whatever the environment says: others are to read it

    def pytest_collect_directory(
        self, path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """Another order of folders."""
        if path != TESTS:
            return None
        folder: TurnedFolder = TurnedFolder.from_parent(parent, path=path, begun_at=self._begun_at)
        return folder

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The order that all workers must agree upon."""
        items.sort(key=_place)


class Briefly:
    """Tells the controller of each test once, not three times.

    Nobody is shown set-ups and tear-downs that passed, but to tell of them costs both sides as
    much as a small test.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """What pytest's own does, but for these reports."""
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed:
                item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True


def pytest_configure(config: pytest.Config) -> None:
    """A worker shares what it compiles, and tells no more than is wanted."""
    if (given := getattr(config, "workerinput", None)) is not None:
        number = int(given["workerid"].removeprefix("gw"))
        config.pluginmanager.register(Sharing(number, given["workercount"]))
        if config.option.durations is None and config.option.xmlpath is None:  # they list them
            config.pluginmanager.register(Briefly())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays: nothing of it is garbage, and looking for some takes a while."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000)  # of what tests leave, most goes without: 700 is for small heaps
        gc.enable()


def _place(item: pytest.Item) -> tuple[str, ...]:
    """The folder of tests that one is in: those of one share servers, browsers and sandboxes."""
    return item.path.parts[: len(TESTS.parts) + 1]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes seconds begins first: begun last, one worker would be waited for.

    With `--dist=worksteal` each worker begins with as many tests as others, in this order.
    """
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    slow = [item for item in items if item.get_closest_marker("slow")]
    others = sorted((one for one in items if not one.get_closest_marker("slow")), key=_place)
    total, items[:] = len(items), []
    for number in range(workers):
        first = slow[number::workers]
        share = max(0, (total - len(items)) // (workers - number) - len(first))
        items += first + others[:share]
        del others[:share]


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """What commands come from. They may be killed at a call to the kernel: benchmarks/kernel.py."""
    env = plain_environment(tmp_path_factory.mktemp("bytecode"))
    if compiler():
        env = under(env, library(tmp_path_factory.mktemp("kernel")))
    with Warm(env) as running:
        yield running


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of our own, that a test may stop and start."""
    with own_cluster() as started:
        if started is None:
            pytest.skip(MISSING)
        yield started


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """The PostgreSQL server that the environment names, else our own."""
    given = os.environ.get(URL)
    url: str = given or request.getfixturevalue("cluster").url
    return url
