from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from crmsync.config.describing import descriptions
from crmsync.config.faults import problems_of
from crmsync.secrets import FOLDER
from crmsync.sources.salesforce.settings import SalesforceSettings

OWN = "https://acme.my.salesforce.com"
CLIENT = {"consumer_key": "${SF_CONSUMER_KEY}", "consumer_secret": "${SF_CONSUMER_SECRET}"}
LEGACY = {"auth": "password", "username": "a@b.c", "password": "${PW}"}


def read(**values):
    return SalesforceSettings.model_validate({"login_url": OWN, **values})


def faults(**values):
    with pytest.raises(ValidationError) as caught:
        SalesforceSettings.model_validate(values)
    found = problems_of(caught.value, SalesforceSettings, "sources", "salesforce")
    return {problem.field.removeprefix("sources.salesforce."): problem.message for problem in found}


def test_client_credentials_need_an_address_a_key_and_a_secret():
    settings = read(**CLIENT)

    assert (settings.auth, settings.api_version) == ("client_credentials", "68.0")
    assert not settings.by_soap
    assert "SF_" not in repr(settings)


@pytest.mark.parametrize(
    ("auth", "missing"),
    [
        ("client_credentials", {"consumer_key", "consumer_secret"}),
        ("jwt", {"consumer_key", "username", "private_key_file"}),
        ("refresh_token", {"consumer_key", "refresh_token"}),
        ("password", {"username", "password"}),
    ],
)
def test_each_missing_key_of_a_way_to_sign_in_is_a_fault_of_its_own(auth, missing):
    found = faults(login_url=OWN, auth=auth)

    assert set(found) == missing
    assert set(found.values()) == {f'is required with auth = "{auth}"'}


def test_a_password_by_oauth_needs_the_consumer_key_and_secret_too():
    found = faults(login_url=OWN, soap=False, **LEGACY)

    assert set(found) == {"consumer_key", "consumer_secret"}
    assert 'auth = "password" by OAuth' in found["consumer_key"]


@pytest.mark.parametrize(
    ("more", "by_soap"),
    [({}, True), (CLIENT, False), ({**CLIENT, "soap": True}, True)],
    ids=["no key", "a key", "told"],
)
def test_a_password_goes_by_soap_where_there_is_no_key(more, by_soap):
    assert read(**LEGACY, **more).by_soap is by_soap


@pytest.mark.parametrize(
    ("values", "end"),
    [
        (CLIENT, ""),
        (LEGACY, "Summer '27"),
        ({**LEGACY, **CLIENT}, "username-password flow"),
    ],
    ids=["client credentials", "SOAP", "password"],
)
def test_ways_that_end_say_when(values, end):
    assert end in read(**values).ends
    assert bool(read(**values).ends) is bool(end)


@pytest.mark.parametrize("host", ["login.salesforce.com", "test.salesforce.com"])
def test_client_credentials_on_a_common_host_are_refused_with_what_to_do(host):
    found = faults(login_url=f"https://{host}", **CLIENT)

    assert set(found) == {"login_url"}
    assert "My Domain" in found["login_url"]
    assert host in found["login_url"]


def test_the_address_where_people_work_is_refused_with_the_right_one():
    found = faults(login_url="https://acme.lightning.force.com", **CLIENT)

    assert OWN in found["login_url"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("api_version", "v68.0"),
        ("api_version", "46.0"),
        ("api_version", "68"),
        ("audience", "https://acme.my.example.com"),
        ("allowed_hosts", ["https://evil.example"]),
        ("allowed_hosts", [""]),
        ("auth", "oauth"),
        ("timeout", "0s"),
        ("job_timeout", "long"),
        ("overlap", "soon"),
        ("bulk_rows", 0),
        ("daily_reserve", -1),
        ("max_page_bytes", 7),
        ("consumer_kay", "x"),
        ("soap", "yes"),
    ],
)
def test_a_wrong_value_is_refused(key, value):
    found = faults(login_url=OWN, **{**CLIENT, key: value})

    assert [path.partition("[")[0] for path in found] == [key]


def test_all_faults_are_told_at_once():
    values = {"api_version": "v68", "consumer_secret": "", "allowed_hosts": ["x"], "bulk": 1}
    found = faults(login_url="https://login.salesforce.com", **values)

    assert set(found) == {
        "login_url",
        "consumer_key",
        "consumer_secret",
        "api_version",
        "allowed_hosts[0]",
        "bulk",
    }
    assert found["consumer_secret"] == "must not be empty"
    assert "did you mean" in found["bulk"]


@pytest.mark.parametrize("table", [7, "x", {"login_url": 7, "auth": 7}, {"login_url": "http://["}])
def test_nonsense_is_a_fault_and_no_crash(table):
    with pytest.raises(ValidationError):
        SalesforceSettings.model_validate(table)


def test_a_key_file_begins_at_the_configuration_files_folder():
    values = {"login_url": OWN, "auth": "jwt", "consumer_key": "k", "username": "a@b.c"}
    named = {**values, "private_key_file": "file:keys/server.key"}
    settings = SalesforceSettings.model_validate(named, context={FOLDER: Path("/etc/crmsync")})

    assert settings.private_key_file == "/etc/crmsync/keys/server.key"


def test_hosts_are_read_as_toml_gives_them():
    assert read(allowed_hosts=["salesforce.example"], **CLIENT).allowed_hosts == (
        "salesforce.example",
    )


def test_every_key_is_explained():
    assert descriptions(SalesforceSettings).keys() == SalesforceSettings.model_fields.keys()
