from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmsync.sandbox.salesforce.parser import parse
from crmsync.sandbox.salesforce.syntax import And, Comparison
from crmsync.sources.salesforce import soql
from tests.examples import CHARACTERS

AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
VALUES = {
    "text": ("Acme", "'Acme'"),
    "an apostrophe": ("O'Neil", "'O\\'Neil'"),
    "a backslash": ("a\\", "'a\\\\'"),
    "line ends": ("a\r\n\tb", "'a\\r\\n\\tb'"),
    "NUL": ("a\0b", "'a\\u0000b'"),
    "null": (None, "null"),
    "true": (True, "TRUE"),
    "an integer": (5, "5"),
    "a small number": (0.00001, "0.00001"),
    "a decimal": (Decimal("1E+3"), "1000"),
    "a moment": (AT, "2026-01-02T03:04:05.678Z"),
    "a day": (date(2026, 1, 2), "2026-01-02"),
}


@pytest.mark.parametrize(("value", "text"), VALUES.values(), ids=VALUES)
def test_a_value_is_written_as_soql_has_it(value, text):
    assert soql.literal(value) == text


@given(st.text(CHARACTERS))
@example("' OR Name != '")
@example("\\' OR Id != null OR Name = \\'")
@pytest.mark.security(41)
def test_no_text_gets_out_of_its_quotes(text):
    found = parse(soql.select(["Id"], "Account", where=[soql.compare("Name", "=", text)])).where

    assert isinstance(found, Comparison)
    assert [one.value for one in found.values] == [text]


@given(st.lists(st.text(CHARACTERS), min_size=1, max_size=5))
@pytest.mark.security(41)
def test_no_text_gets_out_of_a_list(texts):
    found = parse(soql.select(["Id"], "Account", where=[soql.among("Name", texts)])).where

    assert isinstance(found, Comparison)
    assert [one.value for one in found.values] == texts


@pytest.mark.parametrize(
    "wrong", ["", "Name FROM User", "Name,Id", "1Name", "Owner..Name", "a'b", "Näme", "Name\n"]
)
@pytest.mark.security(42)
def test_what_could_be_no_name_gets_into_no_statement(wrong):
    for attempt in (
        lambda: soql.select([wrong], "Account"),
        lambda: soql.select(["Id"], wrong),
        lambda: soql.select(["Id"], "Account", order=[wrong]),
        lambda: soql.count(wrong),
        lambda: soql.compare(wrong, "=", 1),
    ):
        with pytest.raises(ValueError, match="is no name"):
            attempt()


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), datetime(2026, 1, 2)])  # noqa: DTZ001 - that is what is wrong
def test_what_is_no_value_is_refused(wrong):
    with pytest.raises(ValueError, match=r"is no number|has no time zone"):
        soql.literal(wrong)


def test_a_sign_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no comparison"):
        soql.compare("Name", "= null OR Id !=", None)


def test_a_list_needs_a_value():
    with pytest.raises(ValueError, match="nothing"):
        soql.among("Id", [])


def test_conditions_are_put_together_as_salesforce_wants_them():
    tied = soql.either("SystemModstamp = 2026-01-02 AND Id > 'a'", "SystemModstamp > 2026-01-02")
    text = soql.select(["Id"], "Account", where=[tied, "IsDeleted = TRUE"], order=["Id"], limit=5)

    assert text == (
        "SELECT Id FROM Account WHERE ((SystemModstamp = 2026-01-02 AND Id > 'a') OR "
        "(SystemModstamp > 2026-01-02)) AND IsDeleted = TRUE ORDER BY Id LIMIT 5"
    )
    assert isinstance(parse(text).where, And)


def test_a_count_has_its_conditions():
    assert soql.count("Account") == "SELECT COUNT() FROM Account"
    assert soql.count("Account", where=["A = 1", "B = 2"]).endswith("WHERE A = 1 AND B = 2")
