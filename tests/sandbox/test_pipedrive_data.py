from __future__ import annotations

import re
from collections import Counter

import pytest

from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.pipedrive import users
from crmsync.sandbox.pipedrive.store import DELETED, LIVE
from crmsync.sandbox.pipedrive.world import World


def world(**options):
    return World(SandboxOptions(**{"companies": 500, "deals": 2000, **options}))


def records(name, **options):
    table = world(**options).tables[name]
    return [table.record(position) for position in table.positions(LIVE)]


def odd(name, companies=4000):
    return records(name, companies=companies, deals=4000, nasty=5.0)


@pytest.mark.parametrize("name", ["deals", "organizations", "persons"])
def test_the_same_seed_makes_the_same_records(name):
    assert records(name) == records(name)
    assert records(name) != records(name, seed=2)


def test_keys_of_custom_fields_go_with_the_seed():
    keys = [tuple(field.key for field in world(seed=n).fields["deals"]) for n in (1, 1, 2)]
    assert keys[0] == keys[1]
    assert not set(keys[0]) & set(keys[2])
    assert all(re.fullmatch("[0-9a-f]{40}", key) for key in keys[0])


def test_there_are_six_persons_for_five_organizations():
    tables = world().tables
    assert (len(tables["organizations"]), len(tables["persons"])) == (500, 600)
    held = Counter(person["org_id"] for person in records("persons", nasty=0.0))
    assert set(held) == {record["id"] for record in records("organizations")}
    assert sorted(set(held.values())) == [1, 2]


def test_sound_deals_point_to_a_person_of_their_organization():
    persons = {person["id"]: person for person in records("persons", nasty=0.0)}
    for deal in records("deals", nasty=0.0):
        assert persons[deal["person_id"]]["org_id"] == deal["org_id"]
        assert deal["owner_id"] in users.ACTIVE_IDS


def test_sound_persons_write_from_their_organizations_domain():
    homes = {record["id"]: record["website"] for record in records("organizations", nasty=0.0)}
    for person in records("persons", nasty=0.0):
        domain = person["emails"][0]["value"].partition("@")[2]
        assert homes[person["org_id"]] in (None, f"https://www.{domain}")


def test_a_company_without_organizations_has_deals_all_the_same():
    deals = records("deals", companies=0, deals=50, nasty=100.0)
    assert {(deal["org_id"], deal["person_id"]) for deal in deals} == {(None, None)}


@pytest.mark.parametrize("name", ["deals", "organizations", "persons"])
def test_times_are_whole_seconds_in_utc(name):
    for record in records(name):
        for key, value in record.items():
            if key.endswith("_time") and value is not None:
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value), key


def test_a_closed_deal_has_the_times_of_its_status():
    for deal in records("deals"):
        assert (deal["won_time"] is not None) == (deal["status"] == "won")
        assert (deal["lost_time"] is not None) == (deal["status"] == "lost")
        assert (deal["close_time"] is None) == (deal["status"] == "open")


def test_deleted_deals_were_deleted_in_the_last_month():
    table = world().tables["deals"]
    deleted = [table.record(position) for position in table.positions(DELETED)]
    assert len(deleted) == 20
    assert {deal["status"] for deal in deleted} == {"deleted"}


SHAPES = {
    "varchar": str, "varchar_auto": str, "text": str, "double": float, "monetary": dict,
    "enum": int, "set": list, "date": str, "daterange": dict, "time": dict, "timerange": dict,
    "phone": str, "address": dict, "int": int, "user": int, "org": int, "people": int,
}  # fmt: skip


@pytest.mark.parametrize("kind", SHAPES)
def test_custom_values_have_the_type_of_their_field(kind):
    made = world()
    (key, *_) = [field.key for field in made.fields["deals"] if field.type == kind]
    values = [record["custom_fields"][key] for record in records("deals")]
    assert {type(value) for value in values} == {SHAPES[kind], type(None)}


def test_compound_values_have_their_parts():
    made = world()
    keys = {field.type: field.key for field in made.fields["deals"]}
    parts = {
        "monetary": {"value", "currency"},
        "daterange": {"value", "until"},
        "time": {"value", "timezone_id", "timezone_name"},
        "timerange": {"value", "until", "timezone_id", "timezone_name"},
    }
    for kind, names in parts.items():
        values = [record["custom_fields"][keys[kind]] for record in records("deals")]
        assert all(set(value) == names for value in values if value), kind


def test_records_hold_options_that_the_field_has_no_more():
    field = next(one for one in world().fields["deals"] if one.type == "enum")
    held = {deal["custom_fields"][field.key] for deal in records("deals")} - {None}
    assert held - set(field.options) == {39}


def test_unset_custom_fields_can_be_absent():
    found = [deal["custom_fields"] for deal in records("deals", pipedrive_nulls="absent")]
    assert all(value is not None for fields in found for value in fields.values())
    assert len({len(fields) for fields in found}) > 5


PERSONS = {
    "no addresses": lambda p: p["emails"] == [],
    "none primary": lambda p: p["emails"] and not any(e["primary"] for e in p["emails"]),
    "an empty primary": lambda p: p["emails"] and p["emails"][0]["value"] == "",
    "one address thrice": lambda p: (
        len({e["value"].lower() for e in p["emails"]}) == 1 and len(p["emails"]) == 3
    ),
    "no phones": lambda p: p["phones"] == [],
    "no organization": lambda p: p["org_id"] is None,
    "an owner who is gone": lambda p: p["owner_id"] not in users.ACTIVE_IDS,
}
DEALS = {
    "nobody": lambda d: d["person_id"] is None and d["org_id"] is None,
    "no person": lambda d: d["person_id"] is None and d["org_id"] is not None,
    "no organization": lambda d: d["org_id"] is None and d["person_id"] is not None,
    "no value but a currency": lambda d: d["value"] is None and d["currency"],
    "a value of nothing": lambda d: d["value"] == 0,
    "a deleted stage": lambda d: d["stage_id"] == 8,
    "an owner who is gone": lambda d: d["owner_id"] not in users.ACTIVE_IDS,
    "an odd title": lambda d: "\u202e" in d["title"],
}
ORGANIZATIONS = {
    "no address": lambda o: o["address"] is None,
    "an address in one piece": lambda o: o["address"]
    and o["address"]["value"] and not o["address"]["country"],
    "a long name": lambda o: len(o["name"]) == 255,
    "an emoji": lambda o: "🚀" in o["name"],
    "a control character": lambda o: "\x00" in o["name"],
    "an owner who is gone": lambda o: o["owner_id"] not in users.ACTIVE_IDS,
}  # fmt: skip
ODD = [
    *(("persons", what, test) for what, test in PERSONS.items()),
    *(("deals", what, test) for what, test in DEALS.items()),
    *(("organizations", what, test) for what, test in ORGANIZATIONS.items()),
]


@pytest.fixture(scope="module")
def many():
    return {name: odd(name) for name in ("persons", "deals", "organizations")}


@pytest.mark.parametrize(("name", "what", "holds"), ODD, ids=[f"{n} {w}" for n, w, _ in ODD])
def test_some_records_are_as_they_should_not_be(many, name, what, holds):
    share = sum(bool(holds(record)) for record in many[name]) / len(many[name])
    assert 0.001 < share < 0.2


@pytest.mark.parametrize(("name", "what", "holds"), ODD, ids=[f"{n} {w}" for n, w, _ in ODD])
def test_nothing_is_odd_where_none_is_asked_for(name, what, holds):
    assert not any(holds(record) for record in records(name, nasty=0.0, companies=300, deals=300))
