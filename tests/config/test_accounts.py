from __future__ import annotations

import pytest

from crmsync.config.accounts import read_accounts

TOKEN = {"access_token": "${T}"}


def faults(tables):
    return {problem.field: problem.message for problem in read_accounts("sources", tables).problems}


def test_the_type_is_the_tables_name_unless_it_says_otherwise():
    accounts = read_accounts("sources", {"hubspot": TOKEN, "emea": TOKEN | {"type": "hubspot"}})
    assert [(a.name, a.type) for a in accounts.good.values()] == [
        ("hubspot", "hubspot"),
        ("emea", "hubspot"),
    ]


ROWS = [
    ("unknown_type", {"hubspt": TOKEN}, "sources.hubspt.type", 'did you mean "hubspot"?'),
    ("type_no_text", {"a": {"type": 1}}, "sources.a.type", "must be text"),
    ("missing", {"hubspot": {}}, "sources.hubspot.access_token", "is required"),
    ("empty", {"hubspot": {"access_token": ""}}, "sources.hubspot.access_token", "not be empty"),
    ("no_table", {"hubspot": "x"}, "sources.hubspot", "must be a table"),
    ("bad_name", {"hub\x1bspot": TOKEN}, 'sources."hub\x1bspot"', "letters, digits"),
    (
        "unknown_key",
        {"hubspot": TOKEN | {"acess_token": "x"}},
        "sources.hubspot.acess_token",
        'did you mean "access_token"?',
    ),
    (
        "http",
        {"hubspot": TOKEN | {"base_url": "http://api.hubapi.com"}},
        "sources.hubspot.base_url",
        "must begin with https://",
    ),
    (
        "rate",
        {"hubspot": TOKEN | {"rate_limit": "fast"}},
        "sources.hubspot.rate_limit",
        "60",
    ),
]


@pytest.mark.parametrize(
    ("tables", "path", "words"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_each_fault_is_told_with_its_path(tables, path, words):
    assert words in faults(tables)[path]


@pytest.mark.parametrize("text", ["$TOKEN", "${TOKEN", "${MY TOKEN}", "env:TOKEN"])
def test_a_reference_spelled_as_elsewhere_is_told_how_to_be_written(text):
    assert "${NAME}" in faults({"hubspot": {"access_token": text}})["sources.hubspot.access_token"]


def test_references_are_not_literal_and_nothing_is_looked_up():
    tables = {"a": {"type": "hubspot", "access_token": "file:/none"}, "hubspot": TOKEN}
    assert read_accounts("sources", tables).literal == []


def test_a_literal_secret_is_exposed_only_where_it_leaves_this_machine():
    local = {"type": "hubspot", "access_token": "x", "base_url": "http://localhost:1"}
    accounts = read_accounts("sources", {"local": local, "hubspot": {"access_token": "x"}})
    assert accounts.literal == ["sources.local.access_token", "sources.hubspot.access_token"]
    assert accounts.exposed == ["sources.hubspot.access_token"]


@pytest.mark.parametrize(
    ("url", "exposed"),
    [("http://127.0.0.1:1/salesforce", 0), ("https://acme.my.salesforce.com", 2)],
)
def test_an_account_may_live_where_it_signs_in(url, exposed):
    keys = {"login_url": url, "consumer_key": "x", "consumer_secret": "y"}
    accounts = read_accounts("sources", {"salesforce": keys})

    assert len(accounts.exposed) == exposed
