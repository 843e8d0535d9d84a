"""Akita's table in the configuration."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, Field

from crmsync.secrets import Secret
from crmsync.transport.pacing import Rate
from crmsync.transport.settings import TABLE, RateLimit, Timeout


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError('write an IANA name such as "Europe/Stockholm"') from error
    return name


Label = Annotated[str, Field(min_length=1, max_length=100)]
Id = Annotated[int, Field(ge=1)]


class AkitaSettings(BaseModel):
    """An Akita account, and how it may be used."""

    model_config = TABLE

    api_key: Secret
    """The account's API key, sent as `Authorization: Bearer`."""

    base_url: str = "https://api.akitaapp.com"
    """Where the API is."""

    rate_limit: RateLimit = "110/60s"
    """The most requests in a time, spread evenly over it. One request carries one account, so
    this is how many accounts go out. Akita publishes no number; a public client's comment speaks
    of 120 a minute."""

    timeout: Timeout = "30s"
    """How long one request may take, from its start to its answer's last byte."""

    in_flight: int = Field(default=4, ge=1, le=16)
    """Requests at once, over as many connections. They share `rate_limit`."""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Whose days `customer_end_date` is counted in: the day that a moment falls on, and what
    today is. Akita does not name its own."""

    roles: dict[Label, Id] = {"CSM": 6}
    """What a mapping calls a role, to Akita's `role_id`. The customer success manager's is always
    6."""

    role_holders: list[Label] | None = Field(default=None, min_length=1)
    """E-mails of the Akita users who have been assigned the role in Settings / Users. Anybody
    else's entry is left out with a warning. Without this key everybody's is sent, and what Akita
    does with one who is no user of that role, it does not say."""

    tags: dict[Label, Id] = {}
    """What the CRM calls a tag, to its Api ID in Settings / Manual Tags. A tag that is neither
    here nor a number is left out with a warning."""

    traits: dict[Label, Literal["text", "number", "boolean"]] = {}
    """Custom attributes of accounts and their types: each is a field `traits.NAME` to map. From a
    public client; Akita's guide does not speak of them."""

    @property
    def rate(self) -> Rate:
        """`rate_limit`, read."""
        return Rate.parse(self.rate_limit)

    def seconds_for(self, accounts: int) -> float:
        """Seconds that sending so many accounts takes at least."""
        limit, seconds = self.rate
        return max(accounts - 1, 0) * seconds / limit
