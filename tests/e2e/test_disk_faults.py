"""Disks that are full, broken or read-only: what the kernel refuses, told and outlived."""

from __future__ import annotations

from errno import EIO, EMFILE, ENOSPC, EROFS

import pytest

from benchmarks.kernel import PLAN
from benchmarks.victims import whole
from tests.e2e.world import Ended

pytestmark = [pytest.mark.usefixtures("plannable"), pytest.mark.invariant(9, 18)]
LEDGER = "crmsync.db"
FULL = "the disk is full"
FAILING = "reading or writing it failed"


@pytest.fixture
def run_under(world):
    """Runs a command under a plan of `benchmarks/kernel.c`."""

    def run(plan, *arguments):
        env = {**world.env, PLAN: plan}
        return Ended(*world.warm.crmsync(arguments or ("run", "--json"), world.folder, env))

    return run


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        pytest.param(f"fail+:pwrite64:20:{ENOSPC}:{LEDGER}", FULL, id="F80 full as it is made"),
        pytest.param(f"fail+:pwrite64:170:{ENOSPC}:{LEDGER}", FULL, id="F80 full later"),
        pytest.param(f"torn:pwrite64:200:{ENOSPC}:{LEDGER}", FULL, id="F80 half a write"),
        pytest.param(f"fail:pwrite64:180:{EIO}:{LEDGER}", FAILING, id="F82 one write"),
        pytest.param(f"fail:pread64:9:{EIO}:{LEDGER}", FAILING, id="F82 one read"),
        pytest.param(f"fail:fdatasync:33:{EIO}:{LEDGER}", FAILING, id="F82 one sync"),
        pytest.param(f"fail+:creat:9:{EMFILE}:{LEDGER}-", FAILING, id="F84 no more files"),
    ],
)
def test_a_disk_that_refuses_ends_the_run_and_when_it_takes_again_nothing_is_lost(
    world, undisturbed, run_under, plan, says
):
    ended = run_under(plan)
    assert ended.code == 1
    assert says in ended.err
    assert "Traceback" not in ended.err
    ledger = world.folder / LEDGER
    assert not ledger.exists() or whole(ledger)

    assert world.run().code == 0
    assert world.held() == undisturbed


@pytest.mark.parametrize("old", [False, True], ids=["F83 no ledger yet", "F83 a ledger"])
def test_on_a_read_only_disk_nothing_is_asked_of_anybody(world, run_under, old):
    if old:
        world.crmsync("ledger", "migrate")
    ended = run_under(
        f"fail+:creat:1:{EROFS}:{LEDGER};fail+:openat:1:{EROFS}:{LEDGER};"
        f"fail+:pwrite64:1:{EROFS}:{LEDGER};fail+:mkdir:1:{EROFS}:{LEDGER}"
    )
    assert ended.code == 1
    assert LEDGER in ended.err
    assert world.ask("/requests")["requests"] == {}


def test_f82_after_a_failed_sync_it_ends_and_nothing_is_sent(world, run_under):
    world.crmsync("ledger", "migrate")
    ended = run_under(f"fail:fdatasync:9:{EIO}:{LEDGER}")
    assert (ended.code, world.requests("akooda.post")) == (1, 0)


def test_f81_a_preview_that_finds_no_room_is_told_and_the_next_run_is_as_ever(
    world, undisturbed, run_under
):
    page = world.folder / "preview.html"
    plan = f"fail+:write:1:{ENOSPC}:preview"
    ended = run_under(plan, "dry-run", "--format", "html", "--output", str(page))
    assert ended.code == 1
    assert "No space left" in ended.err
    assert "Traceback" not in ended.err

    assert world.run().code == 0
    assert world.held() == undisturbed
