"""What a sandbox can be asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from crmsync.sandbox.faults import Faults

SYSTEMS: Final = ("hubspot", "akooda")
"""The simulated systems; each one's name is its path prefix."""

_RATE: Final = re.compile(r"(\d+)/(\d+(?:\.\d+)?)s")


class Rate(NamedTuple):
    """So many requests in any window of so many seconds."""

    limit: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read `190/10s`.

        Raises:
            ValueError: It is not of that form, or a number is zero.
        """
        match = _RATE.fullmatch(text.strip())
        if match is None or int(match[1]) == 0 or float(match[2]) == 0:
            raise ValueError(f"rate {text!r} must be like 190/10s")
        return cls(int(match[1]), float(match[2]))


@dataclass(frozen=True, kw_only=True)
class SandboxOptions:
    """Everything that shapes a sandbox. The defaults are a healthy, unlimited world."""

    host: str = "127.0.0.1"
    """The address to listen on. Credentials are not checked by default: keep it loopback."""
    port: int = 0
    """The port to listen on; 0 takes any free one."""
    companies: int = 1000
    """How many companies the CRM has at the start."""
    seed: int = 1
    """Of the data. The same seed and number give the same companies, on any day."""
    nasty: float = 1.0
    """Multiplies the rates of nasty companies (see `hubspot/nasty.py`); 0 makes all sound."""
    latency_ms: float = 0.0
    """Milliseconds before every answer; requests wait side by side."""
    jitter_ms: float = 0.0
    """Up to so many milliseconds more, by chance."""
    faults: Mapping[str, Faults] = field(default_factory=dict)
    """System name to its plan of faults; systems left out have none."""

    access_token: str | None = None
    """HubSpot: the only token that is accepted; None accepts any."""
    missing_scopes: tuple[str, ...] = ()
    """HubSpot: scopes that the token lacks (`crm.objects.owners.read`)."""
    rate_limit: str | None = None
    """HubSpot: requests a rolling window (`190/10s`); None sets and announces no real limit."""
    search_rate: str | None = None
    """HubSpot: searches a window (`5/1s`), counted apart; None for no limit."""
    daily_limit: int | None = None
    """HubSpot: requests until every answer is a DAILY 429; None for no limit."""
    search_lag_s: float = 0.0
    """HubSpot: seconds until a search sees a change; lists and batch reads see it at once."""
    max_url_bytes: int = 8192
    """HubSpot: a longer path and query is answered 414."""
    empties: Literal["null", "absent"] = "null"
    """HubSpot: how a requested property without a value is answered."""
    portal_id: int = 24680135
    """HubSpot: the account's own id."""

    tenant_id: str | None = None
    """Akooda: the only tenant that exists; None accepts any."""
    api_key: str | None = None
    """Akooda: the only key that fits the tenant; None accepts any."""
    akooda_mode: Literal["lenient", "any_fails", "silent"] = "lenient"
    """Akooda: what a batch with some bad entities gives. `lenient` takes the good ones (204;
    400 where none is good), `any_fails` takes none (400), `silent` answers 204 always."""
    akooda_details: bool = True
    """Akooda: whether a 400 names each bad entity; False gives one sentence."""
    akooda_max_bytes: int = 1_000_000
    """Akooda: a longer body is answered 413. The document says "1MB": 1,048,576 is the other
    reading."""
    akooda_chars: Literal["utf16", "code_points"] = "utf16"
    """Akooda: what a character is where a length is limited."""
    akooda_nulls: Literal["clear", "ignore"] = "clear"
    """Akooda: what a null attribute does to a stored one."""
    akooda_rate_limit: str | None = None
    """Akooda: requests a rolling window (`10/1s`); None for no limit."""

    def __post_init__(self) -> None:
        """Check what the types cannot.

        Raises:
            ValueError: An option is out of range; the message names it.
        """
        for name in ("companies", "nasty", "latency_ms", "jitter_ms", "search_lag_s"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        for name in ("rate_limit", "search_rate", "akooda_rate_limit"):
            if (text := getattr(self, name)) is not None:
                Rate.parse(text)
        if unknown := set(self.faults) - set(SYSTEMS):
            raise ValueError(f"faults for {sorted(unknown)}: the systems are {', '.join(SYSTEMS)}")
