"""How a bug is written down: whose attribute becomes what, made of what it really is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Change(NamedTuple):
    """One attribute that is another while a bug is seeded; *make* is given the real one."""

    owner: Any
    attribute: str
    make: Callable[[Any], Any]


def instead(owner: Any, attribute: str, value: Any) -> Change:
    """An attribute that is simply something else."""
    return Change(owner, attribute, lambda _: value)
