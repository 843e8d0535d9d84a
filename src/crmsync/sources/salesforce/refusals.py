"""Why Salesforce lets somebody not sign in, and what a person does about it."""

from __future__ import annotations

from typing import Final, NamedTuple

import orjson

from crmsync.errors import CredentialsError, CrmsyncError, RetryableError
from crmsync.interfaces import Response
from crmsync.transport.redaction import safe


class _Row(NamedTuple):
    """What is recognised by a part of the code and words, and what to do next."""

    sign: str
    hint: str


_APP: Final = "(Setup, App Manager or External Client App Manager)"
# Codes and words: Salesforce Help, "OAuth 2.0 Error Codes", and SOAP API Developer Guide,
# "Core Data Types: ExceptionCode", read 2026-11-21. The first sign that is found holds.
_ROWS: Final = (
    _Row(
        "request not supported on this domain",
        "set login_url to your own My Domain, such as https://acme.my.salesforce.com",
    ),
    _Row(
        "no client credentials user",
        f"enable the client credentials flow of the app and choose the user it runs as {_APP}",
    ),
    _Row(
        "hasn't approved this consumer",
        f"pre-authorise the user for the app {_APP}: permitted users are those that an admin "
        "approved, by profile or permission set; its scopes must include refresh_token",
    ),
    _Row(
        "not admin approved",
        f"give the user's profile or permission set access to the app {_APP}",
    ),
    _Row(
        "ip restricted",
        f"allow this machine's address: in the app's IP relaxation {_APP}, or in the login IP "
        "ranges of the user's profile",
    ),
    _Row(
        "ip_restriction",
        "allow this machine's address in the login IP ranges of the user's profile",
    ),
    _Row("ip_address", "allow this machine's address in the login IP ranges of the profile"),
    _Row("inactive_user", "activate the user in Salesforce (Setup, Users), or let another sign in"),
    _Row("inactive user", "activate the user in Salesforce (Setup, Users), or let another sign in"),
    _Row("inactive_org", "the org is locked or closed: ask Salesforce"),
    _Row("app is blocked", f"let an admin unblock the app {_APP}"),
    _Row("app_access_denied", f"let an admin unblock the app, or approve the user for it {_APP}"),
    _Row(
        "expired access/refresh token",
        "the refresh token was revoked, or replaced by a newer one: let the user approve the app "
        "anew and put the new token where refresh_token points",
    ),
    _Row("token validity expired", "let the user approve the app anew"),
    _Row(
        "audience is invalid",
        'set audience: "https://test.salesforce.com" for sandboxes, else '
        '"https://login.salesforce.com"',
    ),
    _Row(
        "invalid assertion",
        "the certificate uploaded to the app must be that of private_key_file, and this "
        "machine's clock must be right",
    ),
    _Row(
        "expired authorization code",
        "set this machine's clock right: a signed request is good for three minutes",
    ),
    _Row("must_use_security_token", "set security_token, or trust this machine's network"),
    _Row(
        "invalid_login",
        "check username, password and security_token; SOAP's login() may be switched off in "
        "the org, or the user locked out",
    ),
    _Row(
        "soap api login() is disabled",
        'login() is off in this org: use auth = "client_credentials" or "jwt" instead',
    ),
    _Row("password_lockout", "the user is locked out: wait, or let an admin unlock it"),
    _Row("password_expired", "let the user set a new password"),
    _Row("operation_not_allowed", 'use auth = "client_credentials" or "jwt" instead'),
    _Row(
        "unsupported_api_version",
        'login() ended with API version 64.0: use auth = "client_credentials" or "jwt" instead',
    ),
    _Row("unsupported_grant_type", f"enable the flow that auth names in the app's settings {_APP}"),
    _Row("invalid_client_id", "check consumer_key: Salesforce knows no app of it on this host"),
    _Row("invalid_client", "check consumer_key and consumer_secret"),
    _Row(
        "authentication failure",
        "check the user name and password (with the security token); the username-password "
        "flow may be blocked in this org",
    ),
)
_GENERAL: Final = (
    "check login_url and the credentials of this source; Setup, Login History shows why Salesforce "
    "refused"
)
_TOO_OFTEN: Final = ("login rate exceeded", "too many")
_PASSING: Final = ("unknown_error", "server_error", "temporarily_unavailable", "server_unavailable")


def refusal(account: str, code: str, words: str) -> CrmsyncError:
    """The error for a sign-in that Salesforce refused with this code and these words."""
    told = safe(" ".join(f"{code}: {words}".split()).rstrip(": "))
    found = told.lower()
    if any(sign in found for sign in _TOO_OFTEN):
        return RetryableError(
            f"{account}: Salesforce lets nobody sign in that often ({told})",
            hint="run again in an hour",
            throttled=True,
            final=True,
        )
    if any(found.startswith(sign) for sign in _PASSING):
        return RetryableError(f"{account}: Salesforce cannot sign anybody in now ({told})")
    hint = next((row.hint for row in _ROWS if row.sign in found), _GENERAL)
    return CredentialsError(f"{account}: Salesforce refused to sign in ({told})", hint=hint)


def oauth_refusal(account: str, response: Response) -> CrmsyncError | None:
    """The error that a token endpoint's answer tells; None where it tells none."""
    try:
        document = orjson.loads(response.body)
    except ValueError:
        return None
    if not isinstance(document, dict) or not isinstance(document.get("error"), str):
        return None
    return refusal(account, document["error"], str(document.get("error_description") or ""))
