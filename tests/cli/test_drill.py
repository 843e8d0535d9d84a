from __future__ import annotations

from pathlib import Path

CONFIG = """
[sources.hubspot]
access_token = "${NOT_SET}"
[destinations.akooda]
tenant_id = "${NOT_SET}"
api_key = "${NOT_SET}"
[syncs.companies]
source = "hubspot"
object = "companies"
destination = "akooda"
"""


def test_an_unknown_kind_of_fault_is_a_fault_of_usage(crmsync):
    Path("config.toml").write_text(CONFIG)
    ended = crmsync("drill", "--faults", "flood")
    assert ended.code == 2
    assert "garbage" in ended.err


def test_a_sync_that_does_not_exist_is_told(crmsync):
    Path("config.toml").write_text(CONFIG)
    ended = crmsync("drill", "--sync", "deals")
    assert ended.code == 2
    assert "companies" in ended.err
