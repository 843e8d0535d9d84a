from __future__ import annotations

import time

import pytest


@pytest.mark.slow
def test_the_demo_shows_everything_in_less_than_20_seconds(world):
    began = time.monotonic()
    ended = world.afresh("demo")
    assert ended.code == 0
    assert time.monotonic() - began < 20
    assert "The second run sent exactly the 3 companies that changed." in ended.out
    for command in ("dry-run", "run", "quarantine list", "explain"):
        assert f"$ crmsync {command}" in ended.out
