"""A platform that was restored from a backup, or emptied, without a word to crmsync."""

from __future__ import annotations

import pytest


@pytest.mark.fault(71)
@pytest.mark.invariant(4)
def test_what_a_platform_forgot_is_sent_again_by_a_ledger_that_begins_anew(world, undisturbed):
    assert world.run().code == 0
    world.ask("/akooda/reset", {})

    again = world.run("--full")
    assert (again.code, again.sync["counts"]["unverified"], world.held()) == (0, 0, {})

    for file in world.folder.glob("crmsync.db*"):
        file.rename(file.with_name(f"old-{file.name}"))
    assert world.run().code == 0
    assert world.held() == undisturbed
