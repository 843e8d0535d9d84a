"""Which deals belong to which companies: what is made from the seed, and what changed since.

A change of links alone moves no record's modification time: HubSpot's does not either
(observed, undocumented: "airbytehq/airbyte" issues on association changes, read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from crmsync.sandbox.hubspot.deals import Deals, Link
from crmsync.sandbox.hubspot.store import Store


def _ignore(deal: int) -> None:
    """What is called before somebody listens."""
    del deal


class Links:
    """Links by the positions of deals and companies.

    Attributes:
        on_change: Called with a deal's position after its links changed.
    """

    def __init__(self, deals: Store, made: Deals) -> None:
        self._deals = deals
        self._made = made
        self._seeded = len(deals)
        self._changed: dict[int, tuple[Link, ...]] = {}
        self._by_company: dict[int, dict[int, Link]] | None = None
        self.on_change: Callable[[int], None] = _ignore

    def of_deal(self, deal: int) -> tuple[Link, ...]:
        """The companies of a deal, in the order of their ids."""
        if deal in self._changed:
            return self._changed[deal]
        return self._made.links(deal) if deal < self._seeded else ()

    def of_company(self, company: int) -> dict[int, Link]:
        """The deals of a company by position, in the order of their ids."""
        return dict(sorted(self._reversed().get(company, {}).items()))

    def set(self, deal: int, links: Iterable[Link]) -> None:
        """Replace the companies of a deal."""
        new = tuple(sorted(links))
        if self._by_company is not None:
            for link in self.of_deal(deal):
                del self._by_company[link.company][deal]
            for link in new:
                self._by_company.setdefault(link.company, {})[deal] = link
        self._changed[deal] = new
        self._deals.version += 1  # what a search by association finds is another
        self.on_change(deal)

    def adopt(self, deal: int, number: int) -> None:
        """Give a deal that was created the companies that the seed makes for its number."""
        self.set(deal, self._made.links(number))

    def merge_deals(self, winner: int, loser: int, new: int) -> None:
        """Give the new deal the companies of both; primary stays what was the winner's."""
        kept = {link.company: link for link in self.of_deal(winner)}
        primary = any(link.primary for link in kept.values())
        for link in self.of_deal(loser):
            kept.setdefault(link.company, link._replace(primary=link.primary and not primary))
        self.set(new, kept.values())
        for old in (winner, loser):
            self.set(old, ())

    def merge_companies(self, winner: int, loser: int, new: int) -> None:
        """Move the deals of both companies to the new one."""
        for old in (winner, loser):
            for deal, link in self.of_company(old).items():
                links = {one.company: one for one in self.of_deal(deal)}
                del links[old]
                earlier = links.get(new)
                primary = link.primary or bool(earlier and earlier.primary)
                links[new] = Link(new, primary, link.labelled)
                self.set(deal, links.values())

    def _reversed(self) -> dict[int, dict[int, Link]]:
        if self._by_company is None:
            self._by_company = {}
            for deal in range(len(self._deals)):
                for link in self.of_deal(deal):
                    self._by_company.setdefault(link.company, {})[deal] = link
        return self._by_company
