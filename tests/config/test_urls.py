from __future__ import annotations

import pytest

from crmsync.config.urls import check_state_url, url_fault


@pytest.mark.parametrize(
    "url",
    [
        "https://api.hubapi.com",
        "https://acme.pipedrive.com/base",
        "http://127.0.0.1:8080/hubspot",
        "http://localhost",
        "http://[::1]:9/x",
    ],
)
def test_https_anywhere_and_http_to_this_machine_are_fine(url):
    assert url_fault(url) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://api.hubapi.com", "must begin with https://"),
        ("http://127.0.0.1.evil.com", "must begin with https://"),
        ("http://169.254.169.254/latest", "must begin with https://"),
        ("http://0.0.0.0", "must begin with https://"),
        ("http://2130706433", "must begin with https://"),
        ("ftp://x", "https:// address"),
        ("file:///etc/passwd", "https:// address"),
        ("api.hubapi.com", "https:// address"),
        ("https://", "https:// address"),
        ("https://good@evil", "user name or password"),
        ("https://good\\@evil", "user name or password"),
        ("https://x?y=1", "? or #"),
        ("https://x/#y", "? or #"),
        ("https://ex ample", "plain ASCII"),
        ("https://exämple.com", "plain ASCII"),
        ("https://x\r\ny", "plain ASCII"),
        ("https://[::1", "no address"),
        ("https://x:99999", "no address"),
    ],
)
def test_other_addresses_are_refused_in_words(url, words):
    assert words in str(url_fault(url))


@pytest.mark.parametrize(
    "url", ["sqlite:///crmsync.db", "sqlite:////var/lib/x.db", "postgresql://u@h/d?sslmode=require"]
)
def test_a_ledger_is_a_file_or_a_database(url):
    assert check_state_url(url) == url


@pytest.mark.parametrize("url", ["", "sqlite:///", "sqlite://x", "mysql://x"])
def test_other_ledgers_are_refused(url):
    with pytest.raises(ValueError, match="sqlite:///FILE"):
        check_state_url(url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:hunter2@h/d", "must not hold the password"),
        ("postgres://u@h/d?password=hunter2", "must not hold the password"),
        ("postgresql://u@h", "must name a database"),
        ("postgresql://u@[h/d", "no ledger's URL"),
    ],
)
def test_a_database_is_named_without_its_password(url, says):
    with pytest.raises(ValueError, match=says) as caught:
        check_state_url(url)
    assert "hunter2" not in str(caught.value)
