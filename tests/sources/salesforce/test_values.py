from __future__ import annotations

import pytest

from crmsync.sources.salesforce.values import converter

# (type, what REST gives, what Bulk gives, what both become)
SAME = {
    "text": ("string", "Acme", "Acme", "Acme"),
    "no text": ("string", None, "", None),
    "text with NUL": ("textarea", "a\0b", "a\0b", "ab"),
    "nothing but NUL": ("textarea", "\0", "\0", None),
    "a whole number": ("int", 250, "250", 250),
    "a whole number with a point": ("int", 250.0, "250.0", 250),
    "an int with a fraction": ("int", 1.5, "1.5", 1.5),
    "no number": ("int", None, "", None),
    "an amount": ("currency", 5000, "5000.0", 5000.0),
    "an exponent": ("double", 1e20, "1.0E20", 1e20),
    "not a number": ("double", None, "NaN", None),
    "true": ("boolean", True, "true", True),
    "false": ("boolean", False, "false", False),
    "neither": ("boolean", None, "", None),
    "a moment": (
        "datetime",
        "2026-01-02T03:04:05.000+0000",
        "2026-01-02T03:04:05.000Z",
        "2026-01-02T03:04:05.000Z",
    ),
    "no moment": ("datetime", None, "", None),
    "a day": ("date", "4000-12-31", "4000-12-31", "4000-12-31"),
}


@pytest.mark.parametrize(("type_", "rest", "bulk", "value"), SAME.values(), ids=SAME)
def test_rest_and_bulk_give_the_same_value(type_, rest, bulk, value):
    convert = converter(type_)

    assert convert([rest]) == convert([bulk]) == [value]
    assert [type(one) for one in convert([rest, bulk])] == [type(value)] * 2


@pytest.mark.parametrize("type_", ["int", "double", "boolean", "datetime"])
def test_what_does_not_fit_its_type_stays_as_it_came(type_):
    assert converter(type_)(["soon"]) == ["soon"]
