from __future__ import annotations

import pytest

from crmsync.sources.hubspot.objects import OBJECTS, api_path, wanted

COMPANIES = OBJECTS["companies"]
ALWAYS = ("hs_object_id", "createdate", "hs_lastmodifieddate", "hs_merged_object_ids")


@pytest.mark.parametrize(
    ("version", "what", "path"),
    [
        ("2026-09", "objects", "/crm/objects/2026-09/companies"),
        ("2027-03-beta", "objects", "/crm/objects/2027-03-beta/companies"),
        ("v3", "objects", "/crm/v3/objects/companies"),
        ("v4", "objects", "/crm/v3/objects/companies"),  # v4 has associations only
        ("2026-09", "owners", "/crm/owners/2026-09"),
        ("v3", "owners", "/crm/v3/owners/"),
        ("2026-09", "properties", "/crm/properties/2026-09/companies"),
        ("v3", "properties", "/crm/v3/properties/companies"),
        ("2026-09", "account", "/account-info/2026-09/details"),
        ("v3", "account", "/account-info/v3/details"),
    ],
)
def test_a_path_follows_the_version(version, what, path):
    assert api_path(what, version, "companies") == path


@pytest.mark.parametrize(
    ("paths", "asked"),
    [
        ([], ()),
        (["name", "domain", "name"], ("domain", "name")),
        (["createdate"], ()),
        (["owner.email", "owner.active"], ("hubspot_owner_id",)),
        (["record.url", "record.id"], ()),
        (["csm_owner.email"], ("csm_owner",)),
    ],
)
def test_only_what_is_mapped_is_asked_for_and_what_is_always_needed(paths, asked):
    assert wanted(COMPANIES, paths).properties == (*ALWAYS, *asked)


@pytest.mark.parametrize(
    ("path", "owners"), [("owner.email", True), ("owner.id", False), ("owner", False)]
)
def test_owners_are_needed_for_more_than_their_id(path, owners):
    asked = wanted(COMPANIES, [path])

    assert asked.references == {"owner": "hubspot_owner_id"}
    assert asked.owners is owners


def test_a_dotted_path_that_is_not_known_is_for_the_account_to_tell():
    assert wanted(COMPANIES, ["csm_owner.email", "name"]).dotted == {"csm_owner"}
