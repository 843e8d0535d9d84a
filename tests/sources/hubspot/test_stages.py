from __future__ import annotations

import pytest

from crmsync.reports import JSONObject
from crmsync.sources.hubspot.objects import STAGE_FLAGS
from crmsync.sources.hubspot.stages import PIPELINE_PARTS, STAGE_PARTS, Pipelines, stage_joiner


def stage(stage_id: str, probability: object, *, closed: object = "false", **more: object):
    metadata = {"probability": probability, "isClosed": closed}
    return {
        "id": stage_id,
        "label": stage_id.title(),
        "displayOrder": 3,
        "metadata": metadata,
        **more,
    }


ROWS: list[JSONObject] = [
    {
        "id": "default",
        "label": "Sales",
        "displayOrder": 0,
        "stages": [
            stage("closedwon", "1.0", closed="true"),
            stage("closedlost", "0.0", closed="true"),
            stage("demo", "0.2000000000000000111"),
            stage("parked", "0.5", closed="true"),
            stage("odd", "much"),
            stage("old", "0.7", archived=True),
        ],
    },
    {"id": "partners", "label": "Partners", "stages": [stage("closedwon", "0.0", closed="true")]},
    {"id": "gone", "label": "Gone", "archived": True, "stages": [stage("lost", "0.0")]},
]
PIPELINES = Pipelines(ROWS)


def joined(heads=("stage", "pipeline"), **deal):
    return stage_joiner(heads, PIPELINES)(deal)


def flags(deal):
    found = joined(**deal)["stage"]
    return tuple(found.get(name) for name in STAGE_FLAGS)


WON, LOST, OPEN, UNKNOWN = (
    (True, True, False),
    (False, True, False),
    (False, False, True),
    (None,) * 3,
)


@pytest.mark.parametrize(
    ("deal", "expected"),
    [
        pytest.param({"dealstage": "closedwon"}, WON, id="E02-by-its-probability"),
        pytest.param(
            {"dealstage": "closedwon", "pipeline": "partners"}, LOST, id="E03-relabelled-as-lost"
        ),
        pytest.param({"dealstage": "closedlost"}, LOST, id="lost"),
        pytest.param({"dealstage": "demo"}, OPEN, id="open"),
        pytest.param({"dealstage": "parked"}, LOST, id="closed-by-the-pipeline-alone"),
        pytest.param({"dealstage": "odd"}, OPEN, id="a-probability-that-is-none"),
        pytest.param({"dealstage": "demo", "hs_is_closed_won": "true"}, WON, id="won-first"),
        pytest.param({"dealstage": "demo", "hs_is_closed": "true"}, LOST, id="closed-third"),
        pytest.param(
            {"dealstage": "closedwon", "hs_is_closed": "true"}, WON, id="probability-before-closed"
        ),
        pytest.param({"dealstage": "old", "hs_is_closed": "true"}, LOST, id="archived-stage"),
        pytest.param({"dealstage": "nowhere", "hs_is_closed_won": "true"}, WON, id="unknown-won"),
        pytest.param({"dealstage": "nowhere", "hs_is_closed": "false"}, OPEN, id="unknown-open"),
        pytest.param(
            {"dealstage": "nowhere", "hs_is_closed_won": "false"},
            (False, None, None),
            id="unknown-not-won",
        ),
        pytest.param({"dealstage": "closedwon", "pipeline": None}, UNKNOWN, id="E02-id-alone"),
        pytest.param({"dealstage": "demo", "pipeline": "partners"}, UNKNOWN, id="other-pipeline"),
        pytest.param({"dealstage": "lost", "pipeline": "gone"}, UNKNOWN, id="archived-pipeline"),
    ],
)
def test_won_and_closed_are_told_by_evidence_and_never_by_the_id(deal, expected):
    assert flags({"pipeline": "default", **deal}) == expected


def test_a_stage_and_a_pipeline_have_what_paths_reach_for():
    found = joined(dealstage="demo", pipeline="default")

    assert found["stage"] == {
        "id": "demo",
        "label": "Demo",
        "order": 3,
        "probability": 0.2,
        "is_won": False,
        "is_closed": False,
        "is_open": True,
    }
    assert found["pipeline"] == {"id": "default", "label": "Sales", "order": 0}
    assert set(found["stage"]) == set(STAGE_PARTS)
    assert set(found["pipeline"]) == set(PIPELINE_PARTS)


@pytest.mark.parametrize("held", ["old", "nowhere"], ids=["archived", "unknown"])
def test_a_stage_that_is_not_described_has_its_id_alone(held):
    assert joined(dealstage=held, pipeline="default")["stage"] == {"id": held}
    assert joined(dealstage=held, pipeline="gone")["pipeline"] == {"id": "gone"}


def test_what_is_empty_or_not_asked_for_is_not_joined():
    assert joined(dealstage="", pipeline=None) == {}
    assert joined(["pipeline"], dealstage="demo", pipeline="default").keys() == {"pipeline"}
    assert joined([], dealstage="demo", pipeline="default") == {}


def test_deals_that_are_alike_share_one_mapping():
    join = stage_joiner(["stage"], PIPELINES)
    deal: JSONObject = {"dealstage": "demo", "pipeline": "default"}

    assert join(deal) is join({**deal, "dealname": "another"})


@pytest.mark.parametrize("rows", [[{}], [{"id": "1", "stages": None}], [{"stages": ["x", {}]}]])
def test_a_description_of_another_shape_is_no_error(rows):
    join = stage_joiner(["stage"], Pipelines(rows))

    assert join({"dealstage": "demo", "pipeline": "1"}) == {"stage": {"id": "demo"}}


def test_a_stage_is_at_home_where_no_other_pipeline_has_its_id():
    assert list(PIPELINES.home("demo")) == ["default"]
    assert list(PIPELINES.home("closedwon")) == []
    assert list(PIPELINES.home("nowhere")) == []
