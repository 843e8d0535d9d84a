"""What there is behind one application's token: leads, statuses, events, a clock."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from crmsync.sandbox.atoka import seeding
from crmsync.sandbox.atoka.clock import Clock
from crmsync.sandbox.atoka.dates import Dates
from crmsync.sandbox.atoka.events import Events
from crmsync.sandbox.atoka.leads import Lead, Leads
from crmsync.sandbox.atoka.statuses import Statuses
from crmsync.sandbox.beginnings import made_once
from crmsync.sandbox.options import SandboxOptions


class World:
    """All of it, as at the start."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self.clock = Clock(options.atoka_clock_skew_s)
        self.dates = Dates(options, self.clock)
        self.statuses = Statuses(checked=options.atoka_transitions == "checked")
        self.events = Events()

    @cached_property
    def leads(self) -> Leads:
        """Made late: companies that nobody asks for cost nothing."""
        options = self._options
        return Leads(_seeded(options.atoka_companies, options.atoka_people, options.seed).leads)


class _Seeded(NamedTuple):
    leads: list[Lead]


@made_once(_Seeded)
def _seeded(companies: int, people: int, seed: int) -> _Seeded:
    return _Seeded([*seeding.companies(companies, seed), *seeding.people(people, seed)])
