"""What a drill lets go wrong: plans of faults for the simulators, and how runs are cut off."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from crmsync.errors import ConfigError
from crmsync.receipts import Problem


class Trouble(NamedTuple):
    """One kind of trouble.

    Attributes:
        words: What it is, for people.
        crm: The plan of faults for each CRM.
        platform: The plan of faults for each platform.
    """

    words: str
    crm: str = ""
    platform: str = ""


KILL: Final = "kill"
STOP: Final = "stop"

TROUBLES: Final[Mapping[str, Trouble]] = MappingProxyType(
    {
        KILL: Trouble("runs are killed (SIGKILL) at random moments"),
        STOP: Trouble("runs are stopped (SIGTERM) at random moments"),
        "limits": Trouble("requests are answered 429, too many", "429=0.05", "429=0.05"),
        "errors": Trouble(
            "requests are answered 500, 502, 503 and 504",
            "500=0.02,502=0.02,503=0.02,504=0.02",
            "500=0.02,502=0.02,503=0.02,504=0.02",
        ),
        "resets": Trouble(
            "connections are reset, before a request was handled and in the middle of an answer",
            "reset=0.03,midreset=0.02,cut=0.01,short=0.01",
            "reset=0.03,midreset=0.02,cut=0.01,short=0.01",
        ),
        "lost": Trouble(
            "platforms handle a request and its answer is lost, or handle it after its connection "
            "is gone",
            "",
            "lost=0.03,late504=0.02,late=0.03",
        ),
        "slow": Trouble(
            "answers dribble, or never come", "slow=0.01,hang=0.003", "slow=0.01,hang=0.003"
        ),
        "garbage": Trouble(
            "a web page comes in place of the answer, with status 200", "html=0.01", "html=0.01"
        ),
    }
)
"""Every trouble by name. Rates are shares of requests."""

_MANNERS: Final = "retry_after=1,slow_s=0.3,hang_s=6,late_s=0.05,late_jitter_s=0.45"
"""A late request has effect within half a second: the drill's waits are scaled to that."""


def chosen(names: Collection[str]) -> tuple[str, ...]:
    """The troubles of these names, in the order of the table; all where none is named.

    Raises:
        ConfigError: There is no trouble of that name.
    """
    if unknown := sorted(set(names) - TROUBLES.keys()):
        fault = Problem("--faults", "unknown_name", f"there is no {', '.join(unknown)}")
        raise ConfigError([fault], hint=f"there are: {', '.join(TROUBLES)}")
    return tuple(name for name in TROUBLES if not names or name in names)


def plan(names: Collection[str], *, platform: bool, seed: int) -> str:
    """The simulators' plan of faults for a CRM or a platform; empty where there is none."""
    troubles = (TROUBLES[name] for name in names)
    plans = (one.platform if platform else one.crm for one in troubles)
    rates = ",".join(filter(None, plans))
    return f"{rates},{_MANNERS},seed={seed}" if rates else ""
