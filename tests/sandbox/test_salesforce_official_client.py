"""simple-salesforce is the judge of the simulator."""

from __future__ import annotations

import warnings
from urllib.parse import urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from requests.adapters import HTTPAdapter
from typing_extensions import override

from tests.sandbox.test_salesforce_logins import key, pem

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    simple_salesforce = pytest.importorskip("simple_salesforce")
    from simple_salesforce.exceptions import (
        SalesforceAuthenticationFailed,
        SalesforceExpiredSession,
        SalesforceMalformedRequest,
    )

pytestmark = pytest.mark.filterwarnings("ignore")


class ToSandbox(HTTPAdapter):
    """Sends what is for salesforce.com, or for the sandbox by https, to the sandbox."""

    def __init__(self, url):
        super().__init__()
        self._sandbox = url

    @override
    def send(self, request, *args, **kwargs):
        path = request.url.split(urlsplit(request.url).netloc, 1)[1]
        request.url = f"{self._sandbox}/salesforce{path.removeprefix('/salesforce')}"
        return super().send(request, *args, **kwargs)


@pytest.fixture
def connect():
    """Gives the official client for a sandbox."""
    opened = []

    def connect(client, **credentials):
        session = requests.Session()
        opened.append(session)
        session.trust_env = False
        session.mount("https://", ToSandbox(client.url))
        given = {"consumer_key": "key", "consumer_secret": "secret", "domain": "acme.my"}
        return simple_salesforce.Salesforce(
            **(credentials or given), session=session, version="59.0"
        )

    yield connect
    for session in opened:
        session.close()


@pytest.fixture
def sf(serving, connect):
    return connect(serving(companies=4500, deals=50))


def test_it_queries_page_by_page(sf):
    first = sf.query("SELECT Id, Name, Owner.Email FROM Account")
    assert (first["totalSize"], first["done"], len(first["records"])) == (4500, False, 2000)
    more = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert len(more["records"]) == 2000
    ids = [record["Id"] for record in sf.query_all_iter("SELECT Id FROM Account")]
    assert len(set(ids)) == len(ids) == 4500


def test_it_reads_by_bulk(sf):
    parts = list(
        sf.bulk2.Account.query("SELECT Id, Name FROM Account", max_records=2000, wait=0.01)
    )
    assert [part.count("001Qy") for part in parts] == [2000, 2000, 500]


def test_it_describes(sf):
    names = [field["name"] for field in sf.Account.describe()["fields"]]
    assert "Tier__c" in names
    assert {"Account", "Opportunity"} <= {one["name"] for one in sf.describe()["sobjects"]}


def test_it_gets_one_record_and_the_limits(sf):
    record = sf.query("SELECT Id, Name FROM Opportunity LIMIT 1")["records"][0]
    assert sf.Opportunity.get(record["Id"])["Name"] == record["Name"]
    assert sf.limits()["DailyApiRequests"]["Max"] == 100_000


def test_it_sees_what_was_deleted(client, connect):
    sf = connect(client)
    (one,) = client.control("/salesforce/delete", {"count": 1})["ids"]
    assert sf.query_all("SELECT Id FROM Account WHERE IsDeleted = true")["totalSize"] == 0
    found = sf.query_all("SELECT Id FROM Account WHERE IsDeleted = true", include_deleted=True)
    assert [record["Id"] for record in found["records"]] == [one]


def test_it_logs_in_by_soap(client, connect):
    sf = connect(client, username="ada@example.com", password="pass", security_token="token")
    assert sf.query("SELECT COUNT() FROM User")["totalSize"] == 14


def test_it_says_why_soap_did_not_let_it_in(serving, connect):
    client = serving(salesforce_security_token="token")
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        connect(client, username="ada@example.com", password="pass", security_token="wrong")
    assert caught.value.code == "INVALID_LOGIN"


def test_it_logs_in_by_jwt(serving, connect):
    private = (
        key("ours")
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )
    sf = connect(
        serving(salesforce_public_key=pem()),
        username="ada@example.com", consumer_key="key", privatekey=private, domain="login",
    )  # fmt: skip
    assert sf.query("SELECT COUNT() FROM User")["totalSize"] == 14


def test_it_logs_in_by_password(client, connect):
    sf = connect(
        client, username="ada@example.com", password="passtoken",
        consumer_key="key", consumer_secret="secret", domain="login",
    )  # fmt: skip
    assert sf.query("SELECT COUNT() FROM User")["totalSize"] == 14


def test_it_logs_in_again_when_its_session_died(serving, connect):
    sf = connect(serving(salesforce_session_calls=1))
    for _ in range(3):
        assert sf.query("SELECT COUNT() FROM User")["totalSize"] == 14


def test_it_understands_a_refusal(client, connect):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        connect(client).query("SELECT Bogus FROM Account")
    assert "INVALID_FIELD" in str(caught.value.content)


def test_it_is_told_of_a_dead_session(client, connect):
    stale = connect(client, session_id="made-up", instance="acme.my.salesforce.com")
    with pytest.raises((SalesforceExpiredSession, RuntimeError)):
        stale.query("SELECT Id FROM User")
