from __future__ import annotations

import pytest

from crmsync.mapping.transforms import compile_transform
from crmsync.mapping.values import Code, Remark

email = compile_transform("email")

MADE = [
    pytest.param("John.Doe@Example.COM ", "john.doe@example.com", id="O01"),
    pytest.param("jo@münchen.de", "jo@xn--mnchen-3ya.de", id="O07"),
    pytest.param("me@gmail.com", "me@gmail.com", id="O09"),
    pytest.param("mailto:jo@acme.com?subject=x", "jo@acme.com", id="mailto"),
    pytest.param("Jo Doe <Jo@acme.com>", "jo@acme.com", id="with-name"),
    pytest.param("larentis+unicorno@spaziodati.eu", "larentis+unicorno@spaziodati.eu", id="plus"),
    pytest.param("n/a", None, id="placeholder"),
    pytest.param("", None, id="empty"),
]

DROPPED = [
    pytest.param("a@localhost", id="O06-localhost"),
    pytest.param("a@b", id="O06-one-label"),
    pytest.param("not an email", id="O06-words"),
    pytest.param("jo@acme.internal", id="unknown-ending"),
    pytest.param("jo@10.0.0.1", id="ip"),
    pytest.param("jo..doe@acme.com", id="two-dots"),
    pytest.param("@acme.com", id="no-local-part"),
    pytest.param("jörg@acme.com", id="international-local-part"),
    pytest.param("x" * 65 + "@acme.com", id="long-local-part"),
    pytest.param("jo@" + "a." * 125 + "com", id="too-long"),
]


@pytest.mark.parametrize(("given", "expected"), MADE)
def test_an_address_becomes_a_key(given, expected):
    assert email(given) == expected


@pytest.mark.parametrize("given", DROPPED)
def test_what_cannot_be_delivered_to_is_dropped(given):
    remark = email(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.BAD_EMAIL)


def test_of_several_addresses_the_first_usable_one_counts():
    remark = email("a@localhost; b@acme.com, c@acme.com")
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == ("b@acme.com", Code.FIRST_OF_SEVERAL)
