from __future__ import annotations

import pytest

from crmsync.records import NO_JOINS
from crmsync.sources.pipedrive.endpoints import Parameter
from crmsync.sources.pipedrive.joins import (
    Joiner,
    Plan,
    pipelines_by_id,
    stages_by_id,
    users_by_id,
)
from crmsync.sources.pipedrive.objects import OBJECTS, PARTS, wanted
from crmsync.sources.pipedrive.values import Fields, Layout, layout

USERS = users_by_id([{"id": 5, "name": "Ann", "email": "ann@x.se", "active_flag": True}])
STAGES = stages_by_id([
    {"id": 9, "pipeline_id": 1, "order_nr": 7, "name": "Late", "deal_probability": 80},
    {"id": 3, "pipeline_id": 1, "order_nr": 2, "name": "Early", "deal_probability": 10},
    {"id": 4, "pipeline_id": 2, "order_nr": 9, "name": "Renewal", "deal_probability": None},
])  # fmt: skip


def plan(*paths, kind="deals"):
    return Plan(OBJECTS[kind], wanted(OBJECTS[kind], paths), Layout())


def joined(row, *paths, found=None, kind="deals"):
    joiner = Joiner(
        plan=plan(*paths, kind=kind), users=USERS, stages=STAGES,
        pipelines=pipelines_by_id([{"id": 1, "name": "Sales"}]),
    )  # fmt: skip
    return joiner({"id": 1, **row}, found or {})


def test_a_stage_knows_its_place_in_its_own_pipeline():
    assert {one: stage["position"] for one, stage in STAGES.items()} == {"3": 1, "9": 2, "4": 1}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("open", {"is_won": False, "is_closed": False, "is_open": True}),
        ("won", {"is_won": True, "is_closed": True, "is_open": False}),
        ("lost", {"is_won": False, "is_closed": True, "is_open": False}),
        ("deleted", {"is_won": False, "is_closed": False, "is_open": False}),
    ],
)
def test_a_deals_status_tells_what_its_stage_means(status, told):
    row = {"stage_id": 9, "status": status}
    stage = joined(row, "stage.label", "status.is_lost")["stage"]

    assert {name: stage[name] for name in told} == told
    assert stage["label"] == "Late"
    assert joined(row, "status.is_lost")["status"]["is_lost"] is (status == "lost")


def test_an_id_that_points_to_nothing_known_is_joined_alone():
    row = {"owner_id": 7, "stage_id": 8, "pipeline_id": 8, "person_id": 8, "org_id": 8,
           "status": "won"}  # fmt: skip
    paths = ("owner.email", "stage.label", "pipeline.label", "person.name", "organization.name")

    assert joined(row, *paths) == {
        "owner": {"id": "7"}, "stage": {"id": "8"}, "pipeline": {"id": "8"},
        "person": {"id": "8"}, "organization": {"id": "8"},
    }  # fmt: skip
    assert joined(row, "status.is_won")["status"]["is_won"] is True


def test_an_empty_reference_is_not_joined():
    assert joined({"org_id": None, "person_id": None}, "organization.name", "person.name") == {}
    assert joined({"owner_id": 5}, "title") is NO_JOINS


def test_a_record_of_another_object_is_joined_as_it_was_found():
    acme = {"id": "8", "name": "Acme"}
    found = {"organizations": {"8": acme}}

    assert joined({"org_id": 8}, "organization.name", found=found)["organization"] is acme


def test_an_organization_without_persons_has_no_addresses():
    assert joined({}, "persons.emails", kind="organizations")["persons"] == {"emails": ()}


def test_what_is_documented_of_a_join_is_what_it_has():
    row = {"owner_id": 5, "stage_id": 3, "pipeline_id": 1, "status": "won"}
    joins = joined(row, "owner.email", "stage.label", "pipeline.label", "status.is_won")

    assert {head: set(one) for head, one in joins.items()} == {
        head: set(PARTS[head]) for head in joins
    }


def test_a_shape_has_what_is_reached_and_no_more():
    fields = Fields([{"field_code": "a" * 40, "field_name": "Site", "is_custom_field": True}])
    kind = OBJECTS["organizations"]
    asked = wanted(kind, {"name", "Site", "owner.email"})
    shaped = Plan(kind, asked, layout(asked.others, fields)).shape(
        {"id": 8, "name": "Acme", "website": "x", "owner_id": 5, "custom_fields": {"a" * 40: "s"}},
        USERS,
    )

    assert shaped == {"id": "8", "name": "Acme", "Site": "s", "owner": USERS["5"]}


def test_a_trimmed_row_keeps_what_the_joins_and_the_fields_are_made_of():
    row = {"id": 1, "title": "T", "value": 5, "org_id": 8, "update_time": "x", "is_deleted": False,
           "status": "open", "custom_fields": {"a": 1}}  # fmt: skip
    trimmed = plan("title", "organization.name").trimmer()(row)

    assert set(trimmed) == {"id", "title", "org_id", "update_time", "is_deleted", "status"}


@pytest.mark.parametrize(("reached", "named"), [(1, 1), (15, 15), (16, 0)])
def test_custom_fields_are_named_where_they_are_few(reached, named):
    rows = [
        {"field_code": f"{n:040x}", "field_name": f"F{n}", "is_custom_field": True}
        for n in range(20)
    ]
    kind = OBJECTS["deals"]
    asked = wanted(kind, {f"F{n}" for n in range(reached)})
    given = Plan(kind, asked, layout(asked.others, Fields(rows))).asked

    assert len(given.get(Parameter.CUSTOM_FIELDS, "").split(",")) == max(named, 1)
    assert (Parameter.CUSTOM_FIELDS in given) is bool(named)


def test_one_custom_field_is_named_where_none_is_reached_so_that_not_all_come():
    custom: dict[str, object] = {
        "field_code": "a" * 40, "field_name": "F", "is_custom_field": True
    }  # fmt: skip
    labels: dict[str, object] = {
        "field_code": "label_ids",
        "field_name": "Labels",
        "field_type": "set",
    }
    kind = OBJECTS["deals"]
    found = layout({"label_ids"}, Fields([labels, custom]))

    assert Plan(kind, wanted(kind, {"label_ids"}), found).asked == {
        Parameter.CUSTOM_FIELDS: "a" * 40
    }
