from __future__ import annotations

import pytest

from crmsync.drill.changes import change
from crmsync.sandbox.asking import ask

COUNTED = [
    ("hubspot", "/hubspot/companies/count", 3),
    ("hubspot", "/hubspot/deals/count", 3),
    ("pipedrive", "/pipedrive/deals/count", 3),
    ("pipedrive", "/pipedrive/organizations/count", 3),
    ("salesforce", "/salesforce/Account/count", 1),
]


@pytest.mark.parametrize(("system", "path", "new"), COUNTED, ids=str)
def test_records_are_new_after_a_change(url, system, path, new):
    ask(url, "/reset", {})
    before = ask(url, path)["live"]
    change(system, url, 3, seed=1)
    assert ask(url, path)["live"] == before + new


@pytest.mark.parametrize("seed", [1, 2])
def test_deals_move_to_a_stage_that_the_seed_decides(url, seed):
    ask(url, "/reset", {})
    change("salesforce", url, 40, seed=seed)
    names = ("Prospecting", "Qualification", "Needs Analysis")
    ids = ask(url, "/salesforce/touch", {"object": "Opportunity", "count": 40})["ids"]
    stages = [ask(url, f"/salesforce/Opportunity/{one}")["StageName"] for one in ids]
    assert stages.count(names[seed]) > 20


def test_what_the_sandbox_refuses_is_told(url):
    with pytest.raises(ValueError, match="objec"):
        ask(url, "/salesforce/change", {"object": "Nothing", "count": 1})
