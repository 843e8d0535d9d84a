"""`crmsync drill`, as a user runs it: without a credential at hand."""

from __future__ import annotations

import json

import pytest

CONFIG = """
[sources.hubspot]
access_token = "${NOT_SET}"
[destinations.akooda]
tenant_id = "${NOT_SET}"
api_key = "${NOT_SET}"
[destinations.atoka]
token = "${NOT_SET}"
[syncs.companies]
source = "hubspot"
object = "companies"
destination = "akooda"
[syncs.deals]
source = "hubspot"
object = "deals"
destination = "atoka"
"""
SMALL = ("--rounds", "1", "--records", "20", "--faults", "kill", "--faults", "lost")


@pytest.mark.slow
def test_a_drill_runs_the_users_own_configuration_and_tells_what_came_of_it(warm, tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG)
    options = (*SMALL, "--output", "kept")
    code, out, err = warm.crmsync(("-q", "drill", "--json", *options), tmp_path, warm.env)
    told = json.loads(out)
    assert told["sound"], out
    assert code in (0, 3), err
    akooda, atoka = told["platforms"]
    assert akooda["expected"] >= 10
    assert atoka["events"] >= 10
    assert [akooda[name] + atoka[name] for name in ("lost", "wrong", "doubled")] == [0, 0, 0]
    assert told["killed"] + sum(told["ended"].values()) >= 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "kept"]
    kept = {path.name for path in (tmp_path / "kept").iterdir()}
    assert {
        "drill.toml",
        "drill.db",
        "undisturbed.toml",
        "rehearsal.toml",
        "undisturbed.db",
    } <= kept


def test_a_configuration_that_fails_even_undisturbed_is_told_before_anything_is_drilled(
    warm, tmp_path
):
    text = CONFIG.replace('object = "companies"', 'object = "companies"\nfilter = { mine = ["x"] }')
    (tmp_path / "config.toml").write_text(text)
    code, out, err = warm.crmsync(("drill", "--sync", "companies"), tmp_path, warm.env)
    assert code != 0
    assert out == ""
    assert "undisturbed run on the simulators fails: companies:" in err
    assert "→" in err
