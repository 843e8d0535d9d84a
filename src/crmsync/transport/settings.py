"""What the tables of accounts share: strict, with durations and rates in the house's words."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict

from crmsync.durations import parse_duration
from crmsync.transport.pacing import Rate

TABLE: Final = ConfigDict(extra="forbid", frozen=True, strict=True)
"""No unknown keys, no guessed types, no change once read."""


def _duration(text: str) -> str:
    parse_duration(text)
    return text


def _timeout(text: str) -> str:
    if parse_duration(text) <= 0:
        raise ValueError("must be more than nothing")
    return text


def _rate(text: str) -> str:
    Rate.parse(text)
    return text


Duration = Annotated[str, AfterValidator(_duration)]
Timeout = Annotated[str, AfterValidator(_timeout)]
RateLimit = Annotated[str, AfterValidator(_rate)]
