from __future__ import annotations

from crmsync.config.accounts import read_accounts
from crmsync.config.references import Known, reference_faults

TABLES = {
    "sources": {"hubspot": {"access_token": "${T}"}, "broken": {"type": "hubspot"}},
    "destinations": {
        "akooda": {"tenant_id": "${T}", "api_key": "${T}"},
        "talks": {
            "type": "datatalks",
            "access_key_id": "${T}",
            "secret_access_key": "${T}",
            "group_key": "g",
        },
    },
}


def faults(**sync):
    sources = read_accounts("sources", TABLES["sources"]).good
    destinations = read_accounts("destinations", TABLES["destinations"]).good
    known = Known(sources, destinations, TABLES)
    table = {"source": "hubspot", "object": "companies", "destination": "akooda"} | sync
    return [problem.field for problem in reference_faults(known, "s", table)]


def test_what_exists_is_no_fault():
    assert faults(method="update") == []


def test_an_account_with_a_fault_of_its_own_exists_all_the_same():
    assert faults(source="broken", object="whatever") == []


def test_every_name_that_does_not_exist_is_told():
    assert faults(source="a", destination="b") == ["syncs.s.source", "syncs.s.destination"]
    assert faults(object="a", method="b") == ["syncs.s.object", "syncs.s.method"]


def test_what_is_no_text_is_left_to_the_schema():
    assert faults(source=1, object=[], destination={}, method=0) == []


def test_disabling_is_a_fault_where_the_platform_has_no_way_to():
    assert faults(on_delete="disable") == []
    assert faults(destination="talks", on_delete="ignore") == []
    assert faults(destination="talks", on_delete="disable") == ["syncs.s.on_delete"]
