from __future__ import annotations

import pytest

from crmsync.errors import CredentialsError, RetryableError
from crmsync.interfaces import Response
from crmsync.sources.salesforce.refusals import oauth_refusal, refusal
from crmsync.transport.redaction import register
from tests.sources.salesforce.doorway import answered


@pytest.mark.fault(14)
@pytest.mark.parametrize(
    ("error", "words", "hint"),
    [
        ("invalid_grant", "request not supported on this domain", "My Domain"),
        ("invalid_request", "no client credentials user enabled", "runs as"),
        ("invalid_grant", "user hasn't approved this consumer", "pre-authorise"),
        ("invalid_grant", "expired access/refresh token", "approve the app anew"),
        ("invalid_grant", "ip restricted", "IP relaxation"),
        ("invalid_grant", "authentication failure", "password"),
        ("invalid_grant", "audience is invalid", "audience"),
        ("invalid_grant", "something else", "Login History"),
        ("invalid_client_id", "client identifier invalid", "consumer_key"),
        ("invalid_client", "invalid client credentials", "consumer_secret"),
        ("inactive_user", "user is inactive", "activate"),
        ("unsupported_grant_type", "grant type not supported", "enable the flow"),
        ("invalid_grant", "expired authorization code", "clock"),
        ("invalid_grant", "invalid assertion", "certificate"),
        ("INVALID_LOGIN", "Invalid username, password, security token", "security_token"),
        ("INVALID_OPERATION", "SOAP API login() is disabled by default", "client_credentials"),
        ("LOGIN_MUST_USE_SECURITY_TOKEN", "use a token", "set security_token"),
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin", "unblock"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(error, words, hint):
    refused = refusal("crm", error, words)

    assert type(refused) is CredentialsError
    assert refused.message == f"crm: Salesforce refused to sign in ({error}: {words})"
    assert hint in refused.hint


def test_a_refusal_that_echoes_a_secret_does_not_show_it():
    register("s3cr3t-of-another-app")
    refused = refusal("crm", "invalid_client", "wrong secret s3cr3t-of-another-app")

    assert (
        refused.message == "crm: Salesforce refused to sign in (invalid_client: wrong secret ***)"
    )


@pytest.mark.parametrize("words", ["login rate exceeded", "Too many login attempts"])
def test_signing_in_too_often_ends_the_run_for_now(words):
    refused = refusal("crm", "invalid_grant", words)

    assert isinstance(refused, RetryableError)
    assert refused.final
    assert "in an hour" in refused.hint


@pytest.mark.parametrize("error", ["unknown_error", "server_error", "temporarily_unavailable"])
def test_trouble_of_the_server_passes(error):
    refused = refusal("crm", error, "retry your request")

    assert isinstance(refused, RetryableError)
    assert not refused.final


def test_a_token_endpoint_names_the_error_in_an_object():
    body = {"error": "inactive_user", "error_description": None}
    refused = oauth_refusal("crm", answered(body, 400))

    assert refused is not None
    assert refused.message == "crm: Salesforce refused to sign in (inactive_user)"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"error":7}'])
def test_an_answer_that_names_no_error_is_judged_by_its_status(body):
    assert oauth_refusal("crm", Response(400, {}, body)) is None
