from __future__ import annotations

import pytest
from pydantic import ValidationError

from crmsync.config.accounts import read_accounts
from crmsync.config.describing import descriptions
from crmsync.sources.pipedrive.settings import PipedriveSettings

TOKEN = {"api_token": "${PIPEDRIVE_API_TOKEN}", "company_domain": "acme"}
OAUTH = {"client_id": "${ID}", "client_secret": "${SECRET}", "refresh_token": "file:token"}


@pytest.mark.parametrize(
    ("values", "address"),
    [
        (TOKEN, "https://acme.pipedrive.com"),
        ({"api_token": "${T}", "base_url": "https://acme.pipedrive.com/"},
         "https://acme.pipedrive.com"),
        (OAUTH, "https://api.pipedrive.com"),
        ({**OAUTH, "company_domain": "acme"}, "https://acme.pipedrive.com"),
    ],
    ids=["token", "base_url", "oauth", "oauth of a company"],
)  # fmt: skip
def test_a_credential_and_a_company_are_all_that_is_needed(values, address):
    settings = PipedriveSettings.model_validate(values)

    assert settings.address == address
    assert settings.is_oauth is ("client_id" in values)
    assert "PIPEDRIVE" not in repr(settings)


@pytest.mark.parametrize(
    ("values", "paths"),
    [
        ({}, ["api_token"]),
        ({"api_token": "${T}"}, ["company_domain"]),
        ({**TOKEN, "base_url": "https://acme.pipedrive.com"}, ["base_url"]),
        ({**TOKEN, "client_id": "${I}", "refresh_token": "${R}"}, ["client_id", "refresh_token"]),
        ({"client_id": "${I}"}, ["client_secret", "refresh_token"]),
    ],
    ids=["nothing", "no company", "two addresses", "two credentials", "half an app"],
)
def test_keys_that_do_not_go_together_are_named_each_with_its_path(values, paths):
    found = read_accounts("sources", {"pipedrive": {"type": "pipedrive", **values}})

    assert sorted(one.field for one in found.problems) == [f"sources.pipedrive.{p}" for p in paths]
    assert all(one.message for one in found.problems)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timeout", "30"), ("overlap", "soon"), ("rate_limit", "fast"), ("daily_reserve", -1),
        ("company_domain", "acme.pipedrive.com"), ("company_domain", "https://acme"),
        ("api_tokn", "x"), ("api_token", ""),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused(key, value):
    with pytest.raises(ValidationError) as caught:
        PipedriveSettings.model_validate({**TOKEN, key: value})

    assert key in str(caught.value)


def test_every_key_is_explained():
    assert descriptions(PipedriveSettings).keys() == PipedriveSettings.model_fields.keys()


def test_a_company_that_is_no_part_of_an_address_is_told_what_would_be_right():
    tables = {"pipedrive": {"api_token": "${T}", "company_domain": "Acme Inc"}}
    (problem,) = read_accounts("sources", tables).problems

    assert problem.field == "sources.pipedrive.company_domain"
    assert '"acme" of acme.pipedrive.com' in problem.message
