"""Where requests may go."""

from __future__ import annotations

import pytest

from crmsync.errors import ConfigError, FatalError
from crmsync.transport.urls import Origin, is_loopback

ALLOWED = {
    "https://api.hubapi.com": "https://api.hubapi.com",
    "https://API.hubapi.com/": "https://api.hubapi.com",
    "https://api.hubapi.com:443": "https://api.hubapi.com",
    "https://api.hubapi.com:8443/base": "https://api.hubapi.com:8443",
    "http://127.0.0.1:8080": "http://127.0.0.1:8080",
    "http://127.9.9.9": "http://127.9.9.9",
    "http://[::1]:80": "http://[::1]",
    "http://localhost:1": "http://localhost:1",
}


@pytest.mark.parametrize(("base_url", "origin"), ALLOWED.items())
def test_an_https_url_or_a_loopback_one_is_an_origin(base_url, origin):
    assert str(Origin.parse(base_url)) == origin


REFUSED = {
    "http-elsewhere": "http://api.hubapi.com",
    "http-looks-like-loopback": "http://127.0.0.1.evil.example",
    "http-localhost-of-somebody": "http://localhost.evil.example",
    "http-decimal-address": "http://2130706433",
    "http-octal-address": "http://0177.0.0.1",
    "http-any-address": "http://0.0.0.0",
    "link-local-address": "https://169.254.169.254",
    "link-local-address-6": "https://[fe80::1]",
    "hexadecimal-address": "https://0xa9fea9fe",
    "trailing-dot": "https://api.hubapi.com.",
    "user-name": "https://good@evil.example",
    "password-with-a-slash": "https://good:123/x@evil.example",
    "query": "https://a.example/?x=1",
    "fragment": "https://a.example/#x",
    "no-host": "https://",
    "no-scheme": "api.hubapi.com",
    "file": "file:///etc/passwd",
    "ftp": "ftp://a.example",
    "gopher": "gopher://a.example",
    "port-too-large": "https://a.example:99999",
    "port-no-number": "https://a.example:x",
    "space": "https://a.example/ x",
    "line-break": "https://a.example\r\nx",
    "backslash": "https://good.example\\@evil.example",
    "not-ascii": "https://bücher.example",
    "broken-address": "https://[::1",
}


@pytest.mark.parametrize("base_url", REFUSED.values(), ids=REFUSED.keys())
def test_sec19_sec20_any_other_base_url_is_a_configuration_fault(base_url):
    with pytest.raises(ConfigError) as caught:
        Origin.parse(base_url)
    assert caught.value.problems[0].field == "base_url"
    assert caught.value.hint


BASE = Origin.parse("https://api.hubapi.com/eu/")


def test_a_path_is_put_after_the_base_url():
    assert BASE.resolve("/crm?a=1") == "https://api.hubapi.com/eu/crm?a=1"


def test_an_absolute_url_of_the_origin_stays_as_it_is():
    assert BASE.resolve("https://api.hubapi.com:443/x") == "https://api.hubapi.com:443/x"


ELSEWHERE = {
    "other-host": "https://evil.example/x",
    "other-port": "https://api.hubapi.com:444/x",
    "other-scheme": "http://api.hubapi.com/x",
    "no-scheme": "//evil.example/x",
    "user-name": "https://api.hubapi.com@evil.example/x",
    "own-host-as-user": "https://x@api.hubapi.com/x",
    "trailing-dot": "https://api.hubapi.com./x",
    "suffix": "https://api.hubapi.com.evil.example/x",
    "file": "file:///etc/passwd",
    "relative": "x",
    "backslash": "https://api.hubapi.com\\.evil.example",
    "line-break": "/x\r\nX-Evil: 1",
}


@pytest.mark.parametrize("url", ELSEWHERE.values(), ids=ELSEWHERE.keys())
@pytest.mark.fault(38)
@pytest.mark.invariant(23)
def test_sec17_a_url_of_another_origin_is_refused(url):
    with pytest.raises(FatalError, match="refused to send"):
        BASE.resolve(url)


def test_a_refused_url_is_named_without_its_query():
    with pytest.raises(FatalError) as caught:
        BASE.resolve("https://evil.example/x?api_token=canary")
    assert "evil.example" in caught.value.message
    assert "canary" not in caught.value.message


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "example.com", ""])
def test_only_this_machine_is_loopback(host):
    assert not is_loopback(host)
