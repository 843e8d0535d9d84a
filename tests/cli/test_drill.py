from __future__ import annotations


def test_an_unknown_kind_of_fault_is_a_fault_of_usage(crmsync, configured):
    ended = crmsync("drill", "--faults", "flood")
    assert ended.code == 2
    assert "garbage" in ended.err


def test_a_sync_that_does_not_exist_is_told(crmsync, configured):
    ended = crmsync("drill", "--sync", "deals")
    assert ended.code == 2
    assert "there are: main" in ended.err
