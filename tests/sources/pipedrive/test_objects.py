from __future__ import annotations

import pytest

from crmsync.sources.pipedrive.objects import OBJECTS, wanted

DEALS, ORGANIZATIONS = OBJECTS["deals"], OBJECTS["organizations"]


@pytest.mark.parametrize(
    ("path", "joined", "plain", "others"),
    [
        ("title", {}, {"title"}, set()),
        ("status", {}, {"status"}, set()),
        ("status.is_won", {"status": {"is_won"}}, set(), set()),
        ("owner", {"owner": {"id"}}, set(), set()),
        ("stage.position", {"stage": {"position"}}, set(), set()),
        ("organization.address.locality", {"organization": {"address.locality"}}, set(), set()),
        ("organization.Website URL", {"organization": {"Website URL"}}, set(), set()),
        ("label_ids", {}, set(), {"label_ids"}),
        ("Website URL", {}, set(), {"Website URL"}),
        ("creator_user_id", {}, {"creator_user_id"}, set()),
        ("creator_user_id.email", {}, set(), {"creator_user_id.email"}),
        ("record.url", {}, set(), set()),
    ],
)
def test_a_path_tells_what_has_to_be_asked_for(path, joined, plain, others):
    found = wanted(DEALS, {path})

    assert {head: set(tails) for head, tails in found.joined.items()} == joined
    assert (set(found.plain), set(found.others)) == (plain, others)


def test_an_address_of_an_organization_is_one_of_its_fields():
    assert wanted(ORGANIZATIONS, {"address.locality"}).plain == {"address"}


def test_what_can_be_filtered_by_is_what_its_list_takes():
    for kind in OBJECTS.values():
        assert kind.pushed <= kind.records.takes
        assert kind.archive is None or kind.pushed <= kind.archive.takes


def test_every_joined_field_is_a_standard_one():
    for kind in OBJECTS.values():
        assert set(kind.joined.values()) <= kind.standard
        assert set(kind.records_joined.values()) <= set(OBJECTS)
        assert kind.labelled <= kind.standard
