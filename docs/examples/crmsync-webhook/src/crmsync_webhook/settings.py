"""The webhook's table in the configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from crmsync.secrets import Secret
from crmsync.transport.settings import TABLE, RateLimit, Timeout


class WebhookSettings(BaseModel):
    """A receiver of yours, and how it may be used."""

    model_config = TABLE

    base_url: Annotated[str, Field(examples=["https://hooks.example.com"])]
    """Where the receiver is: `https://…`, or `http://` on this machine."""

    secret: Secret
    """What requests are signed with: `whsec_` and 24 to 64 bytes in base64. The receiver has
    the same."""

    path: Annotated[str, Field(pattern=r"^/[!-~]*$")] = "/"
    """The path that records are posted to."""

    rate_limit: RateLimit | None = None
    """The most requests in a time, such as `10/1s`. Without one, requests go as fast as
    answers come, and a 429 pauses all of them."""

    timeout: Timeout = "30s"
    """How long one request may take, from its start to its answer's last byte."""

    in_flight: int = Field(default=2, ge=1, le=8)
    """Requests at once."""

    max_payloads: int = Field(default=100, ge=1, le=1_000)
    """Records a request."""
