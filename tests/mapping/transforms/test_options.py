from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from crmsync.mapping.transforms import options

GOOD = [
    pytest.param(options.text, "a", "a", id="text"),
    pytest.param(options.positive, 49, 49, id="positive"),
    pytest.param(options.places, 0, 0, id="places"),
    pytest.param(options.one_of("a", "b"), "b", "b", id="one-of"),
    pytest.param(options.truth, False, False, id="truth"),
    pytest.param(options.texts, ["a"], ("a",), id="texts"),
    pytest.param(options.replacements, {"a": ""}, (("a", ""),), id="replacements"),
    pytest.param(
        options.size_classes, [50, 250], ((1, "SMALL"), (50, "MEDIUM"), (250, "LARGE")), id="sizes"
    ),
    pytest.param(options.size_classes, {"S": 1, "L": 9}, ((1, "S"), (9, "L")), id="size-table"),
    pytest.param(options.timezone, "Europe/Rome", ZoneInfo("Europe/Rome"), id="timezone"),
    pytest.param(options.date_formats, "%d/%m/%y", ("%d/%m/%y",), id="date-format"),
]

BAD = [
    pytest.param(options.text, 1, "write a text in quotes, not 1", id="text"),
    pytest.param(options.positive, 0, "write a whole number from 1, not 0", id="positive"),
    pytest.param(options.positive, True, "write a whole number from 1, not True", id="bool"),
    pytest.param(options.places, 16, "write a whole number from 0 to 15, not 16", id="places"),
    pytest.param(options.one_of("a", "b"), "c", "write one of 'a', 'b', not 'c'", id="one-of"),
    pytest.param(options.truth, "yes", "write true or false, not 'yes'", id="truth"),
    pytest.param(options.texts, [], "write a list of texts, not []", id="texts"),
    pytest.param(
        options.replacements, {"": "x"}, 'write a table like { "old" = "new" }', id="empty"
    ),
    pytest.param(options.size_classes, [50], "write [50, 250] or a table", id="one-size"),
    pytest.param(options.size_classes, [250, 50], "write rising numbers", id="falling-sizes"),
    pytest.param(
        options.timezone, "Mars/X", 'write an IANA name like "Europe/Stockholm"', id="zone"
    ),
    pytest.param(options.timezone, "../x", "write an IANA name", id="zone-path"),
    pytest.param(options.date_formats, "%d/%m", "needs a year, a month and a day", id="no-year"),
    pytest.param(options.date_formats, "%Q", 'write a format like "%d/%m/%Y"', id="directive"),
]


@pytest.mark.parametrize(("parse", "value", "expected"), GOOD)
def test_an_option_is_checked_and_converted(parse, value, expected):
    assert parse(value) == expected


@pytest.mark.parametrize(("parse", "value", "message"), BAD)
def test_a_wrong_option_says_what_would_be_right(parse, value, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is asserted below
        parse(value)
    assert message in str(caught.value)
