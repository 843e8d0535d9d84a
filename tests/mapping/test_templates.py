from __future__ import annotations

import pytest

from crmsync.mapping.templates import Slot, parse_template


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("{a}", (Slot("a", optional=False),), id="path"),
        pytest.param("{ a.b ?}", (Slot("a.b", optional=True),), id="optional"),
        pytest.param("x{a}y", ("x", Slot("a", optional=False), "y"), id="literal-around"),
        pytest.param("{{{a}}}", ("{", Slot("a", optional=False), "}"), id="braces"),
        pytest.param(
            "{a}{b}", (Slot("a", optional=False), Slot("b", optional=False)), id="neighbours"
        ),
    ],
)
def test_a_template_is_literals_and_slots(text, parts):
    assert parse_template(text) == parts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("plain", "no path stands in braces"),
        ("{{a}}", "no path stands in braces"),
        ("{a} }", '"}" at 4 has no partner'),
        ("{a", '"{" at 0 has no partner'),
        ("{a{b}}", '"{" at 0 has no partner'),
        pytest.param("{a}" * 101, "101 paths stand in it; 100 are the most", id="SEC35-many"),
    ],
)
def test_a_template_that_cannot_be_meant_is_refused(text, message):
    with pytest.raises(ValueError, match=message.replace("}", r"\}").replace("{", r"\{")):
        parse_template(text)
