"""Which requests go wrong, and how: parsed from text, decided from a seed, once a request."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from crmsync.values import Value

KINDS: Final = MappingProxyType(
    {
        "401": "the vendor's answer to a bad token",
        "429": "too many requests; see `retry_after`",
        "500": "internal error",
        "502": "bad gateway, HTML as gateways answer",
        "503": "unavailable, HTML",
        "504": "gateway timeout, HTML",
        "reset": "the connection is reset; the request was not handled",
        "late504": "handled, then a 504 in HTML, as of a gateway that waited no longer",
        "late": "the connection is reset; the request is handled `late_s` seconds after that",
        "midreset": "handled, half of the answer is sent, then a reset",
        "lost": "handled, then a reset instead of the answer",
        "hang": "handled, then silence for `hang_s` seconds and a reset",
        "slow": "handled; the answer dribbles out over `slow_s` seconds",
        "html": "not handled; a web page with status 200",
        "cut": "handled; the body ends in the middle, its length is declared right",
        "short": "handled; the body ends before the declared length",
    }
)
"""Every fault by name."""

UNHANDLED: Final = frozenset({"401", "429", "500", "502", "503", "504", "reset", "html"})
"""Faults that come instead of handling the request: nothing has happened then."""

_RETRY_AFTER_WORDS: Final = frozenset({"none", "date", "mixed"})


class Fault(NamedTuple):
    """What happens to one request.

    Attributes:
        kind: A key of KINDS.
        retry_after: Seconds as text, `date` (an HTTP date a second ahead) or `none`.
        seconds: How long a slow answer takes, a hanging one is silent, a late request waits.
    """

    kind: str
    retry_after: str = "none"
    seconds: float = 0.0


class Faults(Value):
    """A plan of faults for one system.

    Attributes:
        rates: Fault name to the share of requests that it hits (0 to 1, at most 1 in all).
        retry_after: On 429: seconds, `date`, `none`, or `mixed` for one of these by chance.
        slow_s: Seconds that a slow answer takes.
        hang_s: Seconds of silence before a hanging request is reset.
        late_s: Seconds from the reset of a late request until it is handled.
        late_jitter_s: Up to so many seconds more, by chance.
        seed: Of the decisions; the same seed decides alike for the same order of requests.
        skip: Requests at the start that nothing happens to.
        expire_after: After this many requests every one is answered 401; None for never.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    retry_after: str = "1"
    slow_s: float = 0.5
    hang_s: float = 30.0
    late_s: float = 1.0
    late_jitter_s: float = 0.0
    seed: int = 0
    skip: int = 0
    expire_after: int | None = None

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Read the compact form: `429=0.05,reset=0.02,retry_after=date,seed=7`.

        An empty text is a plan without faults.

        Raises:
            ValueError: A name or a value is not one; the message says which would be.
        """
        rates: dict[str, float] = {}
        settings: dict[str, Any] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, equals, value = (piece.strip() for piece in part.partition("="))
            if not equals:
                raise ValueError(f"fault {part!r} has no value; write it as {part}=0.05")
            if name in KINDS:
                rates[name] = _rate(name, value)
            elif name in _SETTINGS:
                settings[name] = _setting(name, value)
            else:
                names = ", ".join((*KINDS, *_SETTINGS))
                raise ValueError(f"unknown fault {name!r}; there are {names}")
        if sum(rates.values()) > 1:
            raise ValueError(f"the fault rates in {text!r} add up to more than 1")
        return cls(rates=rates, **settings)


def _rate(name: str, value: str) -> float:
    try:
        rate = float(value)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise ValueError(f"fault rate {name}={value} must be a number from 0 to 1")
    return rate


def _retry_after(value: str) -> str:
    if value not in _RETRY_AFTER_WORDS and not value.isascii():
        raise ValueError(value)
    if value not in _RETRY_AFTER_WORDS:
        int(value)
    return value


_SETTINGS: Final[Mapping[str, Callable[[str], Any]]] = {
    "retry_after": _retry_after,
    "slow_s": float,
    "hang_s": float,
    "late_s": float,
    "late_jitter_s": float,
    "seed": int,
    "skip": int,
    "expire_after": int,
}


def _setting(name: str, value: str) -> Any:
    try:
        return _SETTINGS[name](value)
    except ValueError as error:
        wanted = "whole seconds, date, none or mixed" if name == "retry_after" else "a number"
        raise ValueError(f"fault setting {name}={value} must be {wanted}") from error


def parse_plan(texts: Mapping[str, str]) -> dict[str, Faults]:
    """Parse a plan by system (`{"hubspot": "429=0.05", "akooda": "lost=0.1"}`).

    Raises:
        ValueError: A text is faulty; the message names the system.
    """
    plan: dict[str, Faults] = {}
    for system, text in texts.items():
        try:
            plan[system] = Faults.parse(text)
        except ValueError as error:
            raise ValueError(f"{system}: {error}") from error
    return plan


class Dice:
    """Decides, request by request, by one plan."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._random = random.Random(faults.seed)
        self._seen = 0

    def throw(self) -> Fault | None:
        """Decide on the next request; None lets it be."""
        plan = self._faults
        self._seen += 1
        if plan.expire_after is not None and self._seen > plan.expire_after:
            return Fault("401")
        if not plan.rates:
            return None
        chance = self._random.random()
        if self._seen <= plan.skip:
            return None
        for kind, rate in plan.rates.items():
            chance -= rate
            if chance < 0:
                return self._fault(kind)
        return None

    def _fault(self, kind: str) -> Fault:
        plan = self._faults
        retry_after = plan.retry_after
        if retry_after == "mixed":
            retry_after = self._random.choice(("1", "date", "none"))
        return Fault(kind, retry_after, self._seconds(kind))

    def _seconds(self, kind: str) -> float:
        plan = self._faults
        if kind == "late":
            return plan.late_s + plan.late_jitter_s * self._random.random()
        return plan.hang_s if kind == "hang" else plan.slow_s
