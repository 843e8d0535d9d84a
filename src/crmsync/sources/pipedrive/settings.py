"""What `[sources.pipedrive]` may say: a docstring a key."""

import re
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from crmsync.secrets import Secret
from crmsync.transport.settings import TABLE, Duration, RateLimit, Timeout

SHARED_HOST: Final = "https://api.pipedrive.com"
"""Answers for every company, by its token (observed); OAuth's own answer names a better one."""
_OAUTH_KEYS: Final = ("client_id", "client_secret", "refresh_token")


def _domain(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        raise ValueError('must be the first part of the address: "acme" of acme.pipedrive.com')
    return text


class PipedriveSettings(BaseModel):
    """A Pipedrive company, as one of its users sees it."""

    model_config = TABLE

    api_token: Secret | None = None
    """A user's API token (in Pipedrive: Personal preferences, API). It sees what that user
    sees; take an administrator's. Either this, or the three keys of an OAuth app."""
    client_id: Secret | None = None
    """An OAuth app's client id."""
    client_secret: Secret | None = None
    """An OAuth app's client secret."""
    refresh_token: Secret | None = None
    """An OAuth app's refresh token. Keep it in a file of its own (`file:PATH`): where Pipedrive
    gives a new one, that is written there. It dies after 60 days without use."""
    company_domain: Annotated[
        Annotated[str, AfterValidator(_domain)] | None, Field(examples=["acme"])
    ] = None
    """The first part of the company's address: `acme` of `acme.pipedrive.com`."""
    base_url: str | None = None
    """The whole address, in place of `company_domain`."""
    oauth_url: str = "https://oauth.pipedrive.com"
    """Where an OAuth app signs in."""
    rate_limit: RateLimit | None = None
    """The most requests in a time, such as `"15/2s"`; left out, what Pipedrive's headers allow.
    Set it lower where other programs use the same token."""
    timeout: Timeout = "30s"
    """How long one request may take, from the first byte sent to the last received."""
    overlap: Duration = "2m"
    """How far an incremental read reaches back behind the last one, for changes that became
    visible only after they were made."""
    daily_reserve: Annotated[int, Field(ge=0)] = 0
    """Tokens of the company's daily budget that crmsync leaves to other programs: with no more
    left, a run ends with exit code 5 and the next one goes on from there."""

    @property
    def address(self) -> str:
        """Where the API answers, as far as the configuration says."""
        if self.base_url:
            return self.base_url.rstrip("/")
        return (
            f"https://{self.company_domain}.pipedrive.com" if self.company_domain else SHARED_HOST
        )

    @property
    def is_oauth(self) -> bool:
        """Whether an OAuth app signs in, and not a user's token."""
        return self.api_token is None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        faults = [*self._credential_faults(), *self._address_faults()]
        if faults:
            raise ValidationError.from_exception_data(type(self).__name__, faults)
        return self

    def _credential_faults(self) -> list[InitErrorDetails]:
        given = [key for key in _OAUTH_KEYS if getattr(self, key) is not None]
        if self.api_token is not None:
            return [_fault(key, "does not go with api_token; take one of the two") for key in given]
        if not given:
            message = "is required, or client_id, client_secret and refresh_token of an OAuth app"
            return [_fault("api_token", message)]
        missing = [key for key in _OAUTH_KEYS if key not in given]
        return [_fault(key, f"is required with {' and '.join(given)}") for key in missing]

    def _address_faults(self) -> list[InitErrorDetails]:
        if self.company_domain and self.base_url:
            return [_fault("base_url", "does not go with company_domain; take one of the two")]
        if self.is_oauth or self.company_domain or self.base_url:
            return []
        return [_fault("company_domain", 'is required: "acme" of acme.pipedrive.com')]


def _fault(key: str, message: str) -> InitErrorDetails:
    wrong = PydanticCustomError("wrong_together", "{words}", {"words": message})
    return InitErrorDetails(type=wrong, loc=(key,), input=None)
