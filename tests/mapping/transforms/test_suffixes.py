from __future__ import annotations

from string import ascii_lowercase, digits

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from crmsync.mapping.transforms.suffixes import (
    Bare,
    Rule,
    known_top_level,
    read_rules,
    registrable,
)

LIBRARY = PublicSuffixList(accept_unknown=False)
LABELS = st.text(ascii_lowercase + digits, min_size=1, max_size=5)
ENDINGS = st.sampled_from(
    ["com", "co.uk", "github.io", "kawasaki.jp", "city.kawasaki.jp", "ck", "www.ck", "kobe.jp"]
)
HOSTS = st.builds(
    lambda labels, end: ".".join([*labels, end]), st.lists(LABELS, max_size=4), ENDINGS
)


@given(HOSTS)
@example("city.kawasaki.jp")
@example("a.b.foo.kawasaki.jp")
@example("www.www.ck")
def test_lookup_agrees_with_the_library(host):
    found = registrable(host)
    assert (None if isinstance(found, Bare) else found) == LIBRARY.privatesuffix(host)


@given(st.data())
def test_lookup_agrees_with_the_library_below_every_rule(data):
    rule = data.draw(st.sampled_from(sorted(LIBRARY._publicsuffix))).lstrip("*.!")
    host = ".".join([*data.draw(st.lists(LABELS, max_size=3)), rule])
    if host.isascii():
        found = registrable(host)
        assert (None if isinstance(found, Bare) else found) == LIBRARY.privatesuffix(host)


@pytest.mark.parametrize(
    ("host", "reason"),
    [("co.uk", Bare.SUFFIX), ("com", Bare.SUFFIX), ("ck", Bare.SUFFIX), ("a.lan", Bare.UNKNOWN)],
)
def test_a_host_without_registrable_domain_says_why(host, reason):
    assert registrable(host) is reason


def test_rules_are_read_without_comments_and_with_international_names():
    lines = ["// a comment", "", "com", "*.ck", "!www.ck", "ck", "РФ // trailing words", "Se x"]
    assert read_rules("\n".join(lines).encode()) == {
        "se": Rule.EXACT,
        "com": Rule.EXACT,
        "ck": Rule.WILDCARD,
        "www.ck": Rule.EXCEPTION,
        "рф": Rule.EXACT,
    }


def test_top_level_domains_are_known_from_the_list():
    assert known_top_level("acme.com")
    assert known_top_level("acme.xn--p1ai")
    assert not known_top_level("acme.internal")


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("www.xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("a.b.xn--p1ai", "b.xn--p1ai"),
        ("xn--p1ai", Bare.SUFFIX),
        ("a.xn--\x7f", Bare.UNKNOWN),
        ("xn--a.xn--a.com", "xn--a.com"),
    ],
)
def test_international_labels_stay_as_they_were_written(host, found):
    assert registrable(host) == found


def test_every_top_level_domain_of_the_list_is_known():
    ends = {name.rpartition(".")[2] for name in LIBRARY._publicsuffix}
    assert [end for end in ends if not known_top_level(f"acme.{end}")] == []
