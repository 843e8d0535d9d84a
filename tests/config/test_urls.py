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
        ("http://10.0.0.1", "must begin with https://"),
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
def test_sec19_sec20_other_addresses_are_refused_in_words(url, words):
    assert words in str(url_fault(url))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://169.254.169.254/latest", "leads to 169.254.169.254"),
        ("https://169.254.169.254", "leads to"),
        ("https://[fe80::1]", "leads to"),
        ("https://[::ffff:169.254.169.254]", "leads to"),
        ("https://0.0.0.0", "leads to"),
        ("https://[::]", "leads to"),
        ("https://224.0.0.1", "leads to"),
        ("http://2130706433", "number"),
        ("https://0251.0376.0251.0376", "number"),
        ("https://0xA9FEA9FE", "number"),
        ("https://127.1", "number"),
        ("https://api.hubapi.com.", "dot after its host"),
    ],
)
def test_sec19_hosts_that_no_account_has_are_refused(url, words):
    assert words in str(url_fault(url))


@pytest.mark.parametrize("url", ["https://10.0.0.1", "https://[fd00::1]:8443", "https://a.1b.io"])
def test_sec19_a_private_network_is_for_the_configuration_to_name(url):
    assert url_fault(url) is None


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
