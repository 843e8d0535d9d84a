"""Data Talks' table in the configuration."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from crmsync.secrets import Secret
from crmsync.transport.settings import TABLE, RateLimit, Timeout

DEFAULT_REGION: Final = "eu-west-1"
# "execute-api" hosts say their region: the deprecated address of Data Talks' version 1 was one
# in eu-west-1 (https://datatalks.atlassian.net, space PI, read 2026-11-21).
_GATEWAY: Final = re.compile(r"[^.]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
_WANTED: Final = re.compile(r"/[^\s#]*")

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Group(BaseModel):
    """A rule that leads records to a group."""

    model_config = TABLE

    group_key: Text
    """The group key that a record is sent with where the rule matches."""

    when: Annotated[dict[str, Text | list[Text]], Field(min_length=1)]
    """Attribute to the value, or values, that it must have, without regard to case. All
    attributes must match."""


class DataTalksSettings(BaseModel):
    """A Data Talks account, and how it may be used."""

    model_config = TABLE

    access_key_id: Secret
    """The ACCESS_KEY_ID that Data Talks gave you."""

    secret_access_key: Secret
    """The SECRET_ACCESS_KEY that belongs to it. It signs requests, and is never sent."""

    session_token: Secret | None = None
    """The token of temporary credentials; Data Talks gives lasting ones."""

    groups: list[Group] = []
    """Rules that choose a record's group key by what it is sent with, for several brands or
    markets. Exactly one group must come out of them."""

    group_default: Text | None = None
    """The group key of records that no rule of `groups` matches. Without it they are invalid."""

    group_key: Annotated[Text | None, Field(validate_default=True, examples=["abc123"])] = None
    """The group key of every record, where there is one group only. This or `groups` is
    required."""

    contact_key: Text = "crm_id"
    """The attribute by which a record is known as the same again. It must be the one that Data
    Talks was told to know a contact by, such as `email`, or one that is as unique."""

    flatten: bool = False
    """Whether what stands inside an object is sent under a longer name: `address_city`. Else a
    record with an object in it is invalid."""

    base_url: str = "https://api.datatalks.se"
    """Where the API is."""

    path: str = "/v1/contacts"
    """Where contacts are brought. Characters that an address cannot have are encoded."""

    event_path: str = "/v1/events"
    """Where events are brought, with `method = "event"`."""

    region: Text | None = None
    """The AWS region that requests are signed for: by default the one that `base_url` names, or
    else `eu-west-1`."""

    service: Text = "execute-api"
    """The AWS service that requests are signed for."""

    rate_limit: RateLimit | None = None
    """The most requests in a time, such as `50/1s`. Data Talks publishes no number: without
    one, requests go as fast as answers come, and a 429 pauses the account."""

    timeout: Timeout = "35s"
    """How long one request may take, from its start to its answer's last byte. The gateway
    before Data Talks gives up after 29 seconds."""

    in_flight: int = Field(default=8, ge=1, le=32)
    """Requests at once. Each carries one record."""

    @field_validator("group_key")
    @classmethod
    def _one_way_to_a_group(cls, value: str | None, info: ValidationInfo) -> str | None:
        groups, default = info.data.get("groups"), info.data.get("group_default")
        if value is None and groups == []:
            told = "is required: Data Talks takes no request without one; or write [[…groups]]"
            raise ValueError(told)
        if value is not None and (groups or default):
            raise ValueError("goes without groups and group_default: write group_default alone")
        return value

    @field_validator("contact_key")
    @classmethod
    def _an_attribute(cls, value: str) -> str:
        if value in ("group_key", "owners", "owner_emails", "owner_roles", "data"):
            raise ValueError("must be an attribute of the data that is one text")
        return value

    @field_validator("path", "event_path")
    @classmethod
    def _a_path(cls, value: str) -> str:
        if not _WANTED.fullmatch(value):
            raise ValueError("must be a path such as /v1/contacts, without blanks and #")
        return value

    @property
    def signing_region(self) -> str:
        """The region that requests are signed for."""
        named = _GATEWAY.fullmatch(urlsplit(self.base_url).hostname or "")
        return self.region or (named[1] if named else DEFAULT_REGION)
