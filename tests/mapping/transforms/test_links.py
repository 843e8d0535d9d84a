from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.transforms import compile_transform
from crmsync.mapping.values import Code, Remark
from tests.examples import CHARACTERS

url = compile_transform("url")

MADE = [
    pytest.param("acme.com", "https://acme.com", id="U01"),
    pytest.param("www.Acme.com/Path", "https://www.acme.com/Path", id="U01-path"),
    pytest.param(
        "https://acme.com/über uns/👍",
        "https://acme.com/%C3%BCber%20uns/%F0%9F%91%8D",
        id="U07",
    ),
    pytest.param("https://münchen.de/é", "https://xn--mnchen-3ya.de/%C3%A9", id="U07-host"),
    pytest.param("http://acme.com/a?b=c&d=%20#e", "http://acme.com/a?b=c&d=%20#e", id="as-it-is"),
    pytest.param("https://acme.com/100%", "https://acme.com/100%25", id="stray-percent"),
    pytest.param("https://acme.com/#a#b", "https://acme.com/#a%23b", id="second-hash"),
    pytest.param("HTTPS://ACME.com", "https://acme.com", id="capitals"),
    pytest.param("acme.com:8080/x", "https://acme.com:8080/x", id="port"),
    pytest.param("//acme.com/x", "https://acme.com/x", id="slashes"),
    pytest.param("https://acme.com:/x", "https://acme.com/x", id="empty-port"),
    pytest.param("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x", id="ip"),
    pytest.param("http://[::1]:8000/x", "http://[::1]:8000/x", id="ip-v6"),
    pytest.param("http://localhost:8000", "http://localhost:8000", id="localhost"),
    pytest.param("https://crm.internal/1", "https://crm.internal/1", id="own-name"),
    pytest.param(" n/a ", None, id="placeholder"),
    pytest.param("", None, id="empty"),
]

DROPPED = [
    pytest.param("javascript:alert(1)", Code.BAD_URL, id="U02-javascript"),
    pytest.param("data:text/html,x", Code.BAD_URL, id="U02-data"),
    pytest.param("ftp://x", Code.BAD_URL, id="U02-ftp"),
    pytest.param("https://acme.com/" + "x" * 4983, Code.DROPPED_TOO_LONG, id="U08"),
    pytest.param("https://acme.com/" + "é" * 1000, Code.DROPPED_TOO_LONG, id="U08-encoded"),
    pytest.param("jo@acme.com", Code.BAD_URL, id="e-mail"),
    pytest.param("acme", Code.BAD_URL, id="word"),
    pytest.param("acme.internal", Code.BAD_URL, id="unknown-ending"),
    pytest.param("https://acme", Code.BAD_URL, id="one-label"),
    pytest.param("http://1.2.3/", Code.BAD_URL, id="half-an-ip"),
    pytest.param("https://acme.com:99999/", Code.BAD_URL, id="port-out-of-range"),
    pytest.param("https://☃.net", Code.BAD_URL, id="bad-host"),
    pytest.param(["x y"], Code.BAD_URL, id="list"),
]

MENDED = [
    pytest.param("https://u:p@acme.com/x", "https://acme.com/x", Code.REPAIRED, id="U03"),
    pytest.param("https:/acme.com/x", "https://acme.com/x", Code.REPAIRED, id="one-slash"),
    pytest.param("acme.com, acme.de", "https://acme.com", Code.FIRST_OF_SEVERAL, id="several"),
]


@pytest.mark.parametrize(("given", "expected"), MADE)
def test_an_address_becomes_a_url(given, expected):
    assert url(given) == expected


@pytest.mark.parametrize(("given", "code"), DROPPED)
def test_what_is_no_web_address_is_dropped(given, code):
    remark = url(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, code)


@pytest.mark.parametrize(("given", "expected", "code"), MENDED)
def test_what_can_be_mended_is_mended_with_a_warning(given, expected, code):
    remark = url(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (expected, code)


def test_a_message_does_not_hold_the_password():
    remark = url("https://u:hush@acme")
    assert isinstance(remark, Remark)
    assert "hush" not in remark.message


def test_the_limit_can_be_lowered():
    short = compile_transform("url", 16)
    assert short("https://acme.com") == "https://acme.com"
    remark = short("https://acme.com/")
    assert isinstance(remark, Remark)
    assert remark.message == "an address of 17 characters, 16 at most; left out"


TEXTS = st.text(CHARACTERS, max_size=60)


@given(TEXTS | TEXTS.map("https://acme.com/".__add__))
def test_a_finished_url_is_ascii_and_stays_itself(text):
    found = url(text)
    made = found.value if isinstance(found, Remark) else found
    assert made is None or (str(made).isascii() and url(made) == made)
