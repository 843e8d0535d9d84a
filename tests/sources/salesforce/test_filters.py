from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from crmsync.errors import ConfigError
from crmsync.records import Query
from crmsync.sources.salesforce.filters import pushed
from crmsync.sources.salesforce.objects import Described, Field, long_id
from tests.sources.salesforce.org import BULK, REST

KIND = Described(
    name="Account",
    fields={
        name: Field(name, name, type_, filterable=name != "Essay")
        for name, type_ in {
            "Type": "picklist", "Tags": "multipicklist", "Seats": "int", "Rate": "percent",
            "Live": "boolean", "Day": "date", "At": "datetime", "OwnerId": "reference",
            "Essay": "textarea",
        }.items()
    },
)  # fmt: skip
KEY = "0055g00000AbcdeAAA"
CASES = {
    "a text": ("Type", ("Customer",), ["Type = 'Customer'"]),
    "several": ("Type", ("A", " B "), ["Type IN ('A','B')"]),
    "an attack": ("Type", ("' OR Id != '",), ["Type = '\\' OR Id != \\''"]),
    "a number": ("Seats", ("5",), ["Seats = 5"]),
    "no number": ("Seats", ("many",), ["Id = null"]),
    "infinity": ("Rate", ("inf", "0.5"), ["Rate = 0.5"]),
    "a truth": ("Live", ("True",), ["Live = TRUE"]),
    "a day": ("Day", ("2026-01-02", "soon"), ["Day = 2026-01-02"]),
    "an id": ("OwnerId", (KEY,), [f"OwnerId = '{KEY}'"]),
    "a moment": ("At", ("2026-01-02T00:00:00Z",), []),
    "a multi-select": ("Tags", ("a",), []),
    "what cannot be filtered by": ("Essay", ("a",), []),
    "a path": ("Owner.Email", ("a",), []),
    "no field": ("Nmae", ("a",), []),
}


@pytest.mark.parametrize(("path", "values", "conditions"), CASES.values(), ids=CASES)
def test_a_filter_is_pushed_where_soql_can_take_it(path, values, conditions):
    assert pushed(KIND, {path: values}) == conditions


def test_an_id_as_addresses_show_it_is_named_instead_of_matching_nothing(org):
    query = Query(object="Account", filter={"OwnerId": (KEY[:15],)})

    with pytest.raises(ConfigError, match="15 characters") as caught:
        org.pages(query)
    assert long_id(KEY) in caught.value.hint
    with closing(org.source()) as source:
        assert [one.passed for one in source.check(query)][:2] == [True, False]


@pytest.mark.parametrize("settings", [REST, BULK], ids=["REST", "Bulk"])
def test_a_pushed_filter_reads_and_counts_what_matches_alone(org, settings):
    query = Query(object="Account", filter={"Type": ("PROSPECT", "Other")})
    pages = org.pages(query, **settings)
    found = {one.id for page in pages for one in page.records}

    assert found == {*org.live(Type="Prospect"), *org.live(Type="Other")}
    assert pages[0].total == len(found)


def test_the_fields_of_a_filter_are_read_for_those_that_look_again(org):
    query = replace(Query(object="Account"), filter={"Owner.Email": ("nobody@x.se",)})
    record = next(iter(org.records(query).values()))

    assert record.joins["Owner"]["Email"]
