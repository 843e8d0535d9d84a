"""The plugin: tailored to an account, and mapped to by a person's rules."""

from __future__ import annotations

import pytest

from crmsync.destinations.akita import LIMITS, PLUGIN
from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.errors import ConfigError
from crmsync.mapping.colliding import collision
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import effective, load_preset
from crmsync.mapping.spec import parse_rules
from crmsync.payloads import Contribution
from crmsync.receipts import Outcome
from crmsync.records import Record

CHURN: dict[str, object] = {
    "is_churned": {"from": "stage", "values": {"churn": True}, "otherwise": ""},
    "customer_end_date": "left_on",
    "internal_id": "id",
    "name": "name",
}


def mapper(fields: dict[str, object], *, missing_key: str = "skip", **keys: object):
    settings = AkitaSettings.model_validate({"api_key": "${AKITA_API_KEY}", **keys})
    rules, faults = parse_rules(fields, path="fields")
    assert faults == []
    plugin = PLUGIN.tailor(PLUGIN, settings)
    return compile_mapping(rules, plugin=plugin, path="fields", filter={}, missing_key=missing_key)


def record(**fields: object) -> Record:
    return Record("7", fields={"id": "1", "name": "Acme", **fields})


def test_one_account_a_request_over_as_many_connections_as_are_set():
    settings = AkitaSettings.model_validate({"api_key": "${K}", "in_flight": 8})
    assert LIMITS.max_payloads == PLUGIN.tailor(PLUGIN, settings).limits.max_payloads == 1
    assert PLUGIN.tailor(PLUGIN, settings).limits.in_flight == 8


@pytest.mark.parametrize(("stage", "tracked"), [("lead", False), ("customer", True), ("", False)])
def test_a01_the_preset_tracks_customers(stage, tracked):
    mapped = mapper(effective(load_preset("hubspot", "companies", "akita"), {})).map(
        record(lifecyclestage=stage)
    )
    assert mapped.key == "hubspot:7"
    assert mapped.fields["is_tracked"] is tracked


def test_a02_the_same_record_is_the_same_payload():
    mapping = mapper(CHURN)
    bodies = {PLUGIN.encode(mapping.map(record(stage="churn")).fields) for _ in range(2)}
    assert len(bodies) == 1


def test_a04_a_churn_with_a_day_to_come_goes_without_the_day():
    mapped = mapper(CHURN).map(record(stage="churn", left_on="2131-01-01T00:00:00Z"[:10]))
    assert mapped.outcome is None
    assert mapped.fields["is_churned"] is True
    assert "customer_end_date" not in mapped.fields


def test_a06_an_internal_id_of_digits_stays_text():
    assert mapper(CHURN).map(record(id=1)).key == "1"


@pytest.mark.parametrize("empty", ["", None, "  ", "\u200b"])
@pytest.mark.parametrize(
    ("missing_key", "outcome"), [("skip", Outcome.SKIPPED), ("quarantine", Outcome.INVALID)]
)
def test_a07_a_record_without_an_internal_id_is_never_sent(empty, missing_key, outcome):
    mapped = mapper(CHURN, missing_key=missing_key).map(record(id=empty))
    assert (mapped.key, mapped.fields, mapped.outcome) == (None, {}, outcome)
    assert [problem.code for problem in mapped.problems] == ["MISSING_INTERNAL_ID"]


def given(record_id: str, sync: str = "hubspot-companies") -> Contribution:
    return Contribution(sync, record_id, (0, 0), 0, {"internal_id": "1"})


def test_a08_two_records_with_one_internal_id_are_both_refused():
    problem = collision("1", [given("8"), given("7")], PLUGIN)
    assert problem == collision("1", [given("7"), given("8")], PLUGIN)
    assert problem is not None
    assert problem.code == "INTERNAL_ID_COLLISION"
    assert "7 (hubspot-companies), 8 (hubspot-companies)" in problem.message


def test_a_trait_that_no_setting_names_is_no_field():
    with pytest.raises(ConfigError, match=r"no field \"traits.plan\""):
        mapper({**CHURN, "traits.plan": "plan"})
    mapping = mapper({**CHURN, "traits.plan": "plan"}, traits={"plan": "text"})
    assert mapping.map(record(plan="Gold")).fields["traits.plan"] == "Gold"
