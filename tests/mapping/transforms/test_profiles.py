from __future__ import annotations

import pytest

from crmsync.mapping.transforms import compile_on_texts, compile_transform
from crmsync.mapping.values import Code, Remark

linkedin = compile_transform("linkedin")
twitter = compile_transform("twitter")

TWITTER = [
    pytest.param("@acme", "https://twitter.com/acme", id="U04-at"),
    pytest.param("acme", "https://twitter.com/acme", id="U04-handle"),
    pytest.param("https://x.com/acme", "https://x.com/acme", id="U04-url"),
    pytest.param("twitter.com/acme", "https://twitter.com/acme", id="no-scheme"),
    pytest.param("http://www.twitter.com/#!/acme/", "https://twitter.com/acme", id="old-style"),
    pytest.param("https://mobile.twitter.com/acme?lang=en", "https://twitter.com/acme", id="query"),
    pytest.param("n/a", None, id="placeholder"),
]

LINKEDIN = [
    pytest.param("linkedin.com/company/acme", "https://linkedin.com/company/acme", id="U06"),
    pytest.param(
        "https://linkedin.com/company/acme", "https://linkedin.com/company/acme", id="D21"
    ),
    pytest.param(
        "http://SE.linkedin.com/in/jo/?trk=x#y", "https://se.linkedin.com/in/jo", id="query"
    ),
    pytest.param("company/acme/", "https://www.linkedin.com/company/acme", id="path"),
    pytest.param("acme-corp", "https://www.linkedin.com/company/acme-corp", id="handle"),
    pytest.param("linkedin.com/company/å", "https://linkedin.com/company/%C3%A5", id="encoded"),
    pytest.param("-", None, id="placeholder"),
]

NO_PROFILES = [
    pytest.param(twitter, "this is not a handle!", id="U05"),
    pytest.param(twitter, "https://acme.com/acme", id="twitter-other-site"),
    pytest.param(twitter, "https://twitter.com/", id="twitter-home"),
    pytest.param(twitter, "https://twitter.com/intent/tweet", id="twitter-page"),
    pytest.param(twitter, "a_handle_too_long", id="twitter-16-characters"),
    pytest.param(linkedin, "https://acme.com/company/acme", id="linkedin-other-site"),
    pytest.param(linkedin, "https://linkedin.com/feed", id="linkedin-page"),
    pytest.param(linkedin, "https://evil-linkedin.com/in/x", id="linkedin-look-alike"),
]


@pytest.mark.parametrize(("given", "expected"), TWITTER)
def test_a_twitter_profile_is_made_of_handles_and_addresses(given, expected):
    assert twitter(given) == expected


@pytest.mark.parametrize(("given", "expected"), LINKEDIN)
def test_a_linkedin_page_is_made_of_handles_paths_and_addresses(given, expected):
    assert linkedin(given) == expected


@pytest.mark.parametrize(("transform", "given"), NO_PROFILES)
def test_what_is_no_profile_is_dropped(transform, given):
    remark = transform(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.BAD_PROFILE)


@pytest.mark.parametrize("name", ["acme", "a" * 200, "", "a" * 201, "a b", "a/b", "a\0b", "é"])
def test_a_page_beside_one_that_begins_alike_is_told_as_it_is_alone(name):
    head = "https://www.linkedin.com/company/"
    at_once = compile_on_texts("linkedin").at_once
    assert at_once is not None
    told = at_once([f"{head}x", f"{head}{name}"])
    stays = name.isascii() and name.isalpha() and len(name) <= 200
    assert told == [f"{head}x", f"{head}{name}" if stays else None]
