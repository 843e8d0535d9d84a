"""Akooda's table in the configuration."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from crmsync.secrets import Secret
from crmsync.transport.settings import TABLE, RateLimit, Timeout

Choices = list[Annotated[str, Field(min_length=1, max_length=100)]]


class AkoodaSettings(BaseModel):
    """An Akooda account, and how it may be used."""

    model_config = TABLE

    tenant_id: Secret
    """The account's tenant id, sent as `x-akooda-tenant-id`. From Akooda's people."""

    api_key: Secret
    """The account's private API key, sent as `x-akooda-authorization`. From Akooda's people."""

    base_url: str = "https://dev.akooda.co"
    """Where the API is. The host says dev, and is the documented one."""

    rate_limit: RateLimit | None = None
    """The most requests in a time, such as `60/60s`. Akooda publishes no number: without one,
    requests go as fast as answers come, and a 429 pauses the account."""

    timeout: Timeout = "30s"
    """How long one request may take, from its start to its answer's last byte."""

    in_flight: int = Field(default=2, ge=1, le=8)
    """Requests at once."""

    max_payloads: int = Field(default=1_000, ge=1, le=1_000)
    """Organizations a request. With 1, a 400 names exactly one; far slower, for finding what
    a 204 hides."""

    extra_stages: Choices = []
    """Stages that Akooda added for this account, beside the documented ones."""

    extra_roles: Choices = []
    """Owner roles that Akooda added for this account."""

    extra_object_types: Choices = []
    """Object types that Akooda added for this account."""

    extra_object_sources: Choices = []
    """Object sources that Akooda added for this account."""

    extra_risks: Choices = []
    """Risks that Akooda added for this account."""

    extra_sizes: Choices = []
    """Sizes that Akooda added for this account."""

    @property
    def extra_choices(self) -> Mapping[str, list[str]]:
        """The values added to enums, by the field that has them."""
        return {
            "properties.stage": self.extra_stages,
            "properties.owners": self.extra_roles,
            "properties.objectType": self.extra_object_types,
            "properties.objectSource": self.extra_object_sources,
            "properties.risk": self.extra_risks,
            "properties.size": self.extra_sizes,
        }
