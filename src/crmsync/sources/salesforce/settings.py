"""What `[sources.salesforce]` may say: a docstring a key."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

from crmsync.secrets import FOLDER, Secret
from crmsync.transport.settings import TABLE, Duration, RateLimit, Timeout

_VERSION: Final = re.compile(r"([1-9]\d{1,2})\.0")
# Bulk API 2.0 reads since 47.0: Bulk API 2.0 Developer Guide, "Query", read 2026-11-21.
_OLDEST: Final = 47
_AUDIENCE: Final = re.compile(r"https://[A-Za-z0-9.-]+\.salesforce\.com")
_HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_COMMON: Final = ("login.salesforce.com", "test.salesforce.com")
"""The hosts where everybody signs in. Client credentials are for a company's own host alone."""
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "client_credentials": ("consumer_key", "consumer_secret"),
    "jwt": ("consumer_key", "username", "private_key_file"),
    "refresh_token": ("consumer_key", "refresh_token"),
    "password": ("username", "password"),
}
_BETTER: Final = 'use auth = "client_credentials" or "jwt" instead'
# Salesforce Help, "SOAP API login() Call is Being Retired", and 000886201 on the OAuth
# username-password flow, read 2026-11-21.
_SOAP_ENDS: Final = (
    f"signing in by SOAP ends when Salesforce retires login() in Summer '27; {_BETTER}"
)
_PASSWORD_ENDS: Final = (
    f"Salesforce blocks the OAuth username-password flow in new orgs and is ending it; {_BETTER}"
)


def _version(text: str) -> str:
    match = _VERSION.fullmatch(text)
    if match is None or int(match[1]) < _OLDEST:
        raise ValueError(f'must be an API version such as "68.0", from "{_OLDEST}.0" on')
    return text


def _audience(text: str) -> str:
    if not _AUDIENCE.fullmatch(text):
        raise ValueError('must be "https://login.salesforce.com" or "https://test.salesforce.com"')
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError('must be the end of a host\'s name, such as "my.salesforce.com"')
    return text


def _key_file(text: str, info: ValidationInfo) -> str:
    """The path, begun at the configuration file's folder; `file:` may stand before it."""
    folder: Path = (info.context or {}).get(FOLDER, Path())
    return str(folder / Path(text.removeprefix("file:")).expanduser())


class SalesforceSettings(BaseModel):
    """A Salesforce org."""

    model_config = TABLE

    auth: Literal["client_credentials", "jwt", "refresh_token", "password"] = "client_credentials"
    """How to sign in. `password` is for old orgs only: Salesforce is ending it."""
    login_url: Annotated[str, Field(examples=["https://acme.my.salesforce.com"])]
    """Where to sign in: your My Domain, such as `https://acme.my.salesforce.com`, or of a
    sandbox `https://acme--box.sandbox.my.salesforce.com`."""
    consumer_key: Secret | None = None
    """The connected app's (or external client app's) consumer key."""
    consumer_secret: Secret | None = None
    """Its consumer secret."""
    username: str | None = None
    """Who signs in, with `jwt` and `password`: the user's name, or a reference to it."""
    private_key_file: Annotated[str, Field(min_length=1), AfterValidator(_key_file)] | None = None
    """The file with the RSA private key (PEM, without a passphrase) that signs with `jwt`."""
    refresh_token: Secret | None = None
    """For `refresh_token`. Let it be a `file:PATH`: where the app rotates its tokens, each
    new one is written back there."""
    password: Secret | None = None
    """For `password`."""
    security_token: Secret | None = None
    """For `password`: what Salesforce mailed to the user; needed outside of trusted networks."""
    soap: bool | None = None
    """For `password`: sign in by SOAP's `login()` (true) or by OAuth (false, needs the
    consumer key and secret). Left out, by OAuth where there is a consumer key."""
    audience: Annotated[str, AfterValidator(_audience)] | None = None
    """For `jwt`: whom the signed request is for. Left out, `https://test.salesforce.com` for
    sandboxes and `https://login.salesforce.com` for all others."""
    api_version: Annotated[str, AfterValidator(_version)] = "68.0"
    """Salesforce's API version."""
    allowed_hosts: Annotated[
        tuple[Annotated[str, AfterValidator(_host)], ...], Field(strict=False)
    ] = ("salesforce.com", "force.com", "salesforce.mil", "sfcrmproducts.cn")
    """Ends of the hosts that Salesforce may name as the org's own: the session is sent
    nowhere else but there and to `login_url`."""
    lightning_url: str | None = None
    """Where people see the org's records, such as `https://acme.lightning.force.com`. Left
    out, it follows from the org's My Domain."""
    rate_limit: RateLimit | None = None
    """The most requests in a time, such as `"600/60s"`; left out there is none: Salesforce
    limits the day's requests, not the second's."""
    timeout: Timeout = "130s"
    """How long one request may take, from the first byte sent to the last received.
    Salesforce itself ends a query after 120 seconds."""
    overlap: Duration = "10m"
    """How far an incremental read reaches back behind the last one: what a long transaction
    wrote carries an earlier time than the one at which it can be seen."""
    compress: bool = True
    """Ask for gzip: a ninth of the traffic, for 2 µs of CPU a record."""
    bulk_threshold: Annotated[int, Field(ge=0)] = 2000
    """From how many records on a read is a Bulk API 2.0 job. Smaller ones go by REST."""
    bulk_rows: Annotated[int, Field(ge=1, le=250_000)] = 17_000
    """How many records to take at once from a job's result. More need more memory."""
    bulk_parallel: Annotated[int, Field(ge=1, le=5)] = 1
    """How many parts of a job's result to download side by side (API version 58.0 and later).
    Above 1 Salesforce decides how large they are, so that `bulk_rows` bounds no memory."""
    job_timeout: Timeout = "2h"
    """How long a Bulk job may take until its result is there."""
    daily_reserve: Annotated[float, Field(ge=0)] = 0.05
    """What is left of the org's daily API requests for its other programs: a share where it
    is below 1 (0.05 is a twentieth), else a number of requests."""
    max_page_bytes: Annotated[int, Field(ge=1_000_000)] = 64_000_000
    """The largest answer to accept, unpacked."""

    @property
    def by_soap(self) -> bool:
        """Whether to sign in by SOAP's `login()`."""
        return self.auth == "password" and _by_soap(self.consumer_key, self.soap)

    @property
    def ends(self) -> str:
        """When this way to sign in ends and what to use instead; empty for those that stay."""
        if self.auth != "password":
            return ""
        return _SOAP_ENDS if self.by_soap else _PASSWORD_ENDS

    @model_validator(mode="wrap")
    @classmethod
    def _fits_together(cls, table: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Check what keys say about each other, also where some have faults of their own."""
        faults = [*_missing(table), *_misplaced(table)] if isinstance(table, Mapping) else []
        try:
            settings = handler(table)
        except ValidationError as error:
            own = [_again(one) for one in error.errors()]
            known = {one["loc"] for one in own}
            raise _all_of([*own, *(one for one in faults if one["loc"] not in known)]) from None
        if faults:
            raise _all_of(faults)
        return settings


def _missing(table: Mapping[str, Any]) -> Iterator[InitErrorDetails]:
    auth = table.get("auth", "client_credentials")
    needed = _NEEDED.get(auth, ()) if isinstance(auth, str) else ()
    how = f'auth = "{auth}"'
    if auth == "password" and not _by_soap(table.get("consumer_key"), table.get("soap")):
        needed, how = (*needed, "consumer_key", "consumer_secret"), f"{how} by OAuth"
    for key in needed:
        if table.get(key) in (None, ""):
            yield _fault(key, f"is required with {how}")


def _misplaced(table: Mapping[str, Any]) -> Iterator[InitErrorDetails]:
    host = _host_of(table.get("login_url"))
    if table.get("auth", "client_credentials") == "client_credentials" and host in _COMMON:
        yield _fault(
            "login_url",
            'must be your own My Domain, such as "https://acme.my.salesforce.com" (Setup, My '
            f'Domain): {host} takes no auth = "client_credentials"',
        )
    if host.endswith(".lightning.force.com"):
        own = host.replace(".lightning.force.com", ".my.salesforce.com")
        yield _fault("login_url", f'is where people work; programs sign in at "https://{own}"')


def _by_soap(consumer_key: object, soap: object) -> bool:
    return consumer_key is None if soap is None else soap is True


def _host_of(url: object) -> str:
    try:
        return urlsplit(url).hostname or "" if isinstance(url, str) else ""
    except ValueError:  # the loader says what is wrong with it
        return ""


def _fault(key: str, words: str) -> InitErrorDetails:
    kind = PydanticCustomError("does_not_fit", "{words}", {"words": words})
    return InitErrorDetails(type=kind, loc=(key,), input=None)


def _again(fault: ErrorDetails) -> InitErrorDetails:
    return InitErrorDetails(
        type=fault["type"], loc=fault["loc"], input=fault["input"], ctx=fault.get("ctx", {})
    )


def _all_of(faults: list[InitErrorDetails]) -> ValidationError:
    return ValidationError.from_exception_data("SalesforceSettings", faults)
