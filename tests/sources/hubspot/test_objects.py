from __future__ import annotations

import pytest

from crmsync.sources.hubspot.objects import DEALS, OBJECTS, STAGE_CHANGES, api_path, wanted

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
        ("2026-09", "pipelines", "/crm/pipelines/2026-09/companies"),
        ("v3", "pipelines", "/crm/v3/pipelines/companies"),
        ("2026-09", "associations", "/crm/associations/2026-09/companies"),
        ("v3", "associations", "/crm/v4/associations/companies"),  # v3 cannot page them
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


FLAGS = ("hs_is_closed", "hs_is_closed_won")


@pytest.mark.parametrize(
    ("paths", "reached", "pipelines"),
    [
        (["stage.id"], ("dealstage",), False),
        (["stage"], ("dealstage",), False),
        (["stage.label"], ("dealstage", "pipeline"), True),
        (["stage.is_won"], ("dealstage", *FLAGS, "pipeline"), True),
        (["pipeline"], ("pipeline",), False),
        (["pipeline.label"], ("pipeline",), True),
        (["company.domain"], (), False),
    ],
)
def test_of_a_deal_only_what_tells_its_stage_is_asked_for(paths, reached, pipelines):
    asked = wanted(DEALS, paths)

    assert (asked.reached, asked.pipelines) == (tuple(sorted(reached)), pipelines)


@pytest.mark.parametrize(
    ("paths", "reached", "owners"),
    [
        (["company.id"], (), False),
        (["company"], (), False),
        (["company.domain", "company.id"], ("domain",), False),
        (["company.owner.email"], ("hubspot_owner_id",), True),
        (["company.owner.id"], ("hubspot_owner_id",), False),
        (["company.csm_owner.email"], ("csm_owner",), True),
    ],
)
def test_of_a_company_only_what_is_mapped_is_asked_for(paths, reached, owners):
    asked = wanted(DEALS, paths)

    assert asked.company is not None
    assert (asked.company.reached, asked.lists_owners) == (reached, owners)


def test_a_company_has_a_company_of_its_own_as_a_field_only():
    assert wanted(COMPANIES, ["company.domain"]).company is None


def test_a_stage_change_asks_for_pipelines_where_its_stages_are_mapped():
    assert wanted(STAGE_CHANGES, ["to_stage.label"]).pipelines
    assert not wanted(STAGE_CHANGES, ["change.to", "to_stage.id"]).pipelines
    assert wanted(STAGE_CHANGES, ["change.to", "from_stage.label"]).reached == ()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("amount", "amount"),
        ("owner", "hubspot_owner_id"),
        ("owner.id", "hubspot_owner_id"),
        ("stage", "dealstage"),
        ("pipeline", "pipeline"),
        *((path, "") for path in ("owner.email", "stage.is_won", "company", "company.domain")),
        *((path, "") for path in ("record.id", "csm_owner.id", "csm_owner.email")),
    ],
)
def test_a_path_to_the_records_own_property_is_told_from_one_to_something_joined(path, name):
    assert DEALS.own_property(path) == name


@pytest.mark.parametrize("path", ["change.to", "change", "from_stage", "to_stage.id"])
def test_a_change_itself_is_no_property(path):
    assert STAGE_CHANGES.own_property(path) == ""
