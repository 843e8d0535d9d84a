"""Atoka's table in the configuration."""

from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, Field

from crmsync.destinations.atoka.reconcile import Rules
from crmsync.durations import parse_duration
from crmsync.secrets import Secret
from crmsync.transport.settings import TABLE, Duration, RateLimit, Timeout

FirstSight: TypeAlias = Literal["event", "baseline"]


def _ascending(looks: list[str]) -> list[str]:
    seconds = [parse_duration(text) for text in looks]
    if any(later <= earlier for earlier, later in pairwise([0.0, *seconds])):
        raise ValueError('must be durations, each longer than the one before: ["5s", "30s"]')
    return looks


class AtokaSettings(BaseModel):
    """An Atoka application, and how it may be used."""

    model_config = TABLE

    token: Secret
    """The application's token, sent with every request. From Atoka's API pages."""

    app_user_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The id of the user in whose name events are created. Leave it out where the application
    has no users."""

    base_url: str = "https://api.atoka.io"
    """Where the API is."""

    note_tag: bool = True
    """Whether every note ends in a short mark, such as `[cs:4f9a21c0d3b8]`, by which the event is
    known again. Without it an event whose answer was lost is told by all that it holds, and
    parked where two are alike."""

    max_note: int = Field(default=1_000, ge=40, le=100_000)
    """Characters that a note has at most, its mark included. Atoka publishes no number."""

    readback_after: Annotated[
        list[Duration], Field(min_length=1, max_length=10), AfterValidator(_ascending)
    ] = ["5s", "30s", "120s"]
    """How long after a lost answer the event is looked for. The last is the quiet period: only
    when it has passed is an event that was not found sent again, once. It must be longer than
    a request can take to have effect after its connection broke."""

    first_sight: FirstSight = "event"
    """What the first sight of a deal is: an event, or only what later changes are told from."""

    dates: Literal["omit", "backfill"] = "omit"
    """Whether events carry the CRM's date. Mostly not: the platform's own present is always in
    order. `backfill` is for loading the past into leads that have no events yet."""

    lead_events_sync: bool = False
    """Whether the account has the feature useLeadEventsSync: many uncertain events are then
    looked for at once."""

    hidden_statuses: bool = False
    """Whether statuses that Atoka hides may be set."""

    min_confidence: float = Field(default=0.9, ge=0.5, le=1.0)
    """How sure Atoka must be that a company is the one that is meant, where it is looked for by
    its name."""

    rate_limit: RateLimit | None = None
    """The most requests in a time, such as `10/1s`. Atoka publishes no number: without one,
    requests go as fast as answers come, and a 429 pauses the account."""

    timeout: Timeout = "30s"
    """How long one request may take, from its start to its answer's last byte."""

    in_flight: int = Field(default=4, ge=1, le=16)
    """Leads that are worked on at once; each has one request at a time."""

    @property
    def rules(self) -> Rules:
        """How an event whose answer was lost is settled."""
        return Rules(looks=tuple(map(parse_duration, self.readback_after)))
