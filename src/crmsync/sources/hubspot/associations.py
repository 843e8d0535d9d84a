"""Which company a deal belongs to, and what is wanted of it: in the fewest requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from crmsync.reports import JSONObject
from crmsync.sources.gathering import Gathered, Gathering
from crmsync.sources.hubspot.answers import row_id
from crmsync.sources.hubspot.api import HubSpotApi
from crmsync.sources.hubspot.joins import Joined
from crmsync.sources.hubspot.objects import BATCH_PAGE, COMPANIES, LINKS_PAGE, ObjectType
from crmsync.sources.hubspot.read import Stretch
from crmsync.sources.paging import Tokens
from crmsync.sources.readahead import Relay

Company: TypeAlias = Mapping[str, object]
CompanyReader: TypeAlias = Callable[[Sequence[str]], Mapping[str, Company]]

# From a deal to its primary company 5, to any of its companies 341: developers.hubspot.com/docs,
# "Associations", read 2026-11-21. Labels that an account or an app defined (USER_DEFINED,
# INTEGRATOR_DEFINED) have numbers of their own, which may be the same ones.
_PRIMARY: Final = "5"
_HUBSPOTS: Final = "HUBSPOT_DEFINED"

ROOM: Final = 12
"""Pages that may wait to be taken: more than fill a batch of associations, so that deals are
read on while one is fetched."""
_HELD: Final = 50
"""Pages that wait at most for a batch to fill: 5,000 deals from a list, 10,000 from a search, some
20 or 40 MB with 25 properties. Where deals have few companies, it is one request more at most for
each 5,000 deals."""


def linked(
    api: HubSpotApi,
    kind: ObjectType,
    relay: Relay,
    stretches: Iterator[Stretch],
    read_companies: CompanyReader | None,
) -> Iterator[Stretch]:
    """The stretches in their order, each with its deals' primary companies.

    Associations are asked for while companies are. A deal without a company has none; a
    company that is not there, or of which nothing is wanted (no *read_companies*), has its
    id alone.
    """
    links: Gathering[Stretch, str] = Gathering(
        needs=_live_ids,
        fetch=lambda ids: primary_companies(api, kind, ids),
        size=LINKS_PAGE,
        kept=0,  # a deal comes once
        held=_HELD,
    )
    companies: Gathering[Gathered[Stretch, str], Company] = Gathering(
        needs=lambda one: one.found.values() if read_companies else (),
        fetch=read_companies or _nothing,
        size=BATCH_PAGE,
        held=_HELD,
    )
    for (stretch, of_deal), found in companies.gather(relay.ahead(links.gather(stretches), ROOM)):
        yield stretch._replace(
            companies={deal: found.get(one) or {"id": one} for deal, one in of_deal.items()}
        )


def primary_companies(api: HubSpotApi, kind: ObjectType, ids: Sequence[str]) -> Mapping[str, str]:
    """The id of each record's primary company, at most 1,000 records; some have none.

    Where no company is the primary one (its association was removed, or a program made the
    others), HubSpot names none: the one with the smallest id is taken, the same in each run.
    """
    chosen: dict[str, str] = {}
    tokens = Tokens(api.name)
    inputs = dict.fromkeys(ids, "")
    while inputs:
        onward: dict[str, str] = {}
        for record, (targets, after) in api.associations(kind, COMPANIES, inputs).items():
            primary = next((one for one, types in targets if any(map(_is_primary, types))), "")
            others = [chosen.get(record, ""), *(one for one, _ in targets)]
            if best := primary or min(filter(None, others), key=_by_number, default=""):
                chosen[record] = best
            if after and not primary:
                tokens.add(f"{record}: {after}")
                onward[record] = after
        inputs = onward
    return chosen


def company_reader(
    api: HubSpotApi, properties: Sequence[str], join: Callable[[JSONObject], Joined]
) -> CompanyReader | None:
    """A function that reads companies by id, at most 100, with these properties and their joins.

    None where no property is wanted: nothing has to be read then.
    """
    if not properties:
        return None

    def read(ids: Sequence[str]) -> Mapping[str, Company]:
        rows = api.batch_read(COMPANIES, ids, properties)
        return {row_id(row): _company(row, properties, join) for row in rows}

    return read


def _company(
    row: JSONObject, properties: Sequence[str], join: Callable[[JSONObject], Joined]
) -> Company:
    held = row.get("properties")
    fields: JSONObject = held if isinstance(held, dict) else {}
    wanted = {name: fields.get(name) for name in properties}
    return {**wanted, **join(fields), "id": row_id(row)}


def _live_ids(stretch: Stretch) -> Sequence[str]:
    return () if stretch.deleted else [row_id(row) for row in stretch.rows]


def _is_primary(association: JSONObject) -> bool:
    told = association.get("category") or _HUBSPOTS
    return told == _HUBSPOTS and str(association.get("typeId")) == _PRIMARY


def _by_number(record_id: str) -> tuple[int, str]:
    return len(record_id), record_id


def _nothing(ids: Sequence[str]) -> Mapping[str, Company]:
    del ids
    return {}
