from __future__ import annotations

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.transforms.hosts import (
    Address,
    is_ip,
    is_lenient_label,
    is_plain,
    is_strict_ip,
    is_strict_label,
    says_nothing,
    split_address,
    to_ascii,
    to_labels,
)

PLAIN = Address(scheme="", user=False, host="acme.com", port="", rest="", repaired=False)

ADDRESSES = [
    pytest.param("acme.com", {}, id="host"),
    pytest.param(
        "https://u:p@acme.com:81/a?b#c",
        {"scheme": "https", "user": True, "port": "81", "rest": "/a?b#c"},
        id="everything",
    ),
    pytest.param("//acme.com/a", {"rest": "/a"}, id="slashes"),
    pytest.param("acme.com:80", {"port": "80"}, id="port"),
    pytest.param("data:x", {"scheme": "data", "host": "x"}, id="opaque"),
    pytest.param("ftp://acme.com/y", {"scheme": "ftp", "rest": "/y"}, id="other-scheme"),
    pytest.param("http:/acme.com", {"scheme": "http", "repaired": True}, id="broken-http"),
    pytest.param("https//acme.com", {"scheme": "https", "repaired": True}, id="broken-https"),
    pytest.param("htp://acme.com", {"scheme": "https", "repaired": True}, id="misspelt"),
    pytest.param("a@b@acme.com", {"user": True}, id="two-ats"),
]


@pytest.mark.parametrize(("text", "expected"), ADDRESSES)
def test_an_address_is_taken_apart(text, expected):
    assert split_address(text) == PLAIN._replace(**expected)


@pytest.mark.parametrize("text", ["", "-", "N/A", "None", "TBD", "unknown", "xxx", "?"])
def test_placeholders_say_nothing(text):
    assert says_nothing(text)
    assert not says_nothing(f"{text}acme{text}")


@pytest.mark.parametrize("host", ["10.0.0.1", "0x7f.1", "1.2.3", "2130706433", "[::1]", "acme.0x"])
def test_hosts_that_end_in_a_number_are_ip_addresses(host):
    assert is_ip(host)


@pytest.mark.parametrize("host", ["acme.com", "1.2.3.com", "0xacme.de", "360.cn"])
def test_names_are_no_ip_addresses(host):
    assert not is_ip(host)


def test_only_the_usual_spelling_is_a_strict_ip_address():
    assert is_strict_ip("10.0.0.1")
    assert is_strict_ip("[::1]")
    assert not is_strict_ip("2130706433")


@pytest.mark.parametrize(
    ("label", "strict", "lenient"),
    [
        ("acme", True, True),
        ("a-b", True, True),
        ("a_b", False, True),
        ("-a", False, False),
        ("a-", False, False),
        ("", False, False),
        ("a" * 63, True, True),
        ("a" * 64, False, False),
        ("xn--mnchen-3ya", True, True),
        ("xn--a", False, True),
        ("ü", False, False),
    ],
)
def test_labels_are_judged_by_what_they_are_for(label, strict, lenient):
    assert (is_strict_label(label), is_lenient_label(label)) == (strict, lenient)


def test_international_labels_become_ascii_and_bad_ones_stay():
    assert to_labels("Straße.DE.") == ["xn--strae-oqa", "de"]
    assert to_labels("☃.net") == ["☃", "net"]
    assert to_labels("\u0378.de") == ["\u0378", "de"]


@given(st.text(max_size=20))
def test_a_label_that_was_written_in_ascii_is_one_by_the_standard(text):
    for label in to_labels(f"ü{text}.de"):
        if label.startswith("xn--") and is_strict_label(label):
            assert idna.alabel(idna.ulabel(label)).decode() == label


def test_a_host_is_written_in_ascii_or_not_at_all():
    assert to_ascii("a_b.München.de") == "a_b.xn--mnchen-3ya.de"
    assert to_ascii("acme..de") is None
    assert to_ascii("☃.net") is None
    assert to_ascii("a." * 127 + "com") is None


def test_hosts_with_an_a_label_or_very_long_ones_are_not_plain():
    assert is_plain("acme.com")
    assert not is_plain("xn--a.com")
    assert not is_plain("a" * 64 + ".com")
