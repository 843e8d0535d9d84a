"""What `[sources.hubspot]` may say: a docstring a key."""

from typing import Annotated

from pydantic import BaseModel, Field

from crmsync.secrets import Secret
from crmsync.transport.settings import TABLE, Duration, RateLimit, Timeout


class HubSpotSettings(BaseModel):
    """A HubSpot account."""

    model_config = TABLE

    access_token: Secret
    """A private app's or service key's token. It needs the scopes
    `crm.objects.companies.read` and `crm.objects.owners.read`, for deals
    `crm.objects.deals.read`, too."""
    base_url: str = "https://api.hubapi.com"
    """Where HubSpot's API answers; the same for accounts in the US and in the EU."""
    api_version: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}(-beta)?|v3|v4)$")] = "2026-09"
    """HubSpot's API version by date. `v3` or `v4` speak the legacy paths."""
    rate_limit: RateLimit | None = None
    """The most requests in a time, such as `"90/10s"`; left out, what HubSpot's headers
    allow. Set it lower where other programs use the same token."""
    timeout: Timeout = "30s"
    """How long one request may take, from the first byte sent to the last received."""
    overlap: Duration = "10m"
    """How far an incremental read reaches back behind the last one: HubSpot's search finds
    a change only moments, at times minutes, after it was made."""
    compress: bool = False
    """Ask for gzip. It saves traffic and costs CPU; worth it on a slow line."""
    max_url_bytes: Annotated[int, Field(ge=500, le=15_000)] = 4000
    """The longest address to send. Where a mapping names so many fields that the address
    would be longer, ids are listed and the fields read by POST: exact, at twice the requests."""
    max_page_bytes: Annotated[int, Field(ge=1_000_000)] = 64_000_000
    """The largest answer to accept."""
