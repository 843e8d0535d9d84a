from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from crmsync.sandbox.hubspot.companies import Companies
from crmsync.sandbox.hubspot.deals import MOST_ENTRIES, Deals
from crmsync.sandbox.hubspot.nasty_deals import KINDS
from crmsync.sandbox.hubspot.owners import ACTIVE_IDS
from crmsync.sandbox.hubspot.pipelines import ARCHIVED_STAGE, PIPELINES, consequences

ANCHOR = 1_793_491_200_000  # 2026-11-01
DAY = 86_400_000
LIVE = 1000
LOOKED_AT = 20_000


def maker(seed=1, nasty=1.0, live=LIVE):
    return Deals(seed, nasty, Companies(seed, nasty), live, 5, ANCHOR)


def made(count=300, **given):
    deals = maker(**given)
    columns = deals.columns(count, ANCHOR)
    return [deals.properties(n, columns.created[n], columns.modified[n]) for n in range(count)]


def first(kind):
    deals = maker()
    return next(n for n in range(LOOKED_AT) if deals.nasty_kind(n) == kind)


def first_made(kind):
    return maker().properties(first(kind), ANCHOR - 900 * DAY, ANCHOR - DAY)


def linked(kind):
    return maker().links(first(kind))


def test_the_same_seed_makes_the_same_deals():
    assert made() == made()
    assert made() != made(seed=2)


def test_more_deals_begin_with_the_same_ones():
    assert maker().columns(50, ANCHOR).ids == maker().columns(80, ANCHOR).ids[:50]
    assert made(50) == made(80)[:50]


def test_half_of_the_companies_have_deals_and_most_of_them_several():
    deals = maker(nasty=0.0)
    counts = Counter(link.company for number in range(5 * LIVE) for link in deals.links(number))
    assert 0.45 * LIVE < len(counts) < 0.55 * LIVE
    assert sum(count > 1 for count in counts.values()) > 0.9 * len(counts)


def test_sound_deals_belong_to_one_company_and_have_active_owners():
    deals = maker(nasty=0.0)
    links = [deals.links(number) for number in range(500)]
    assert all(len(one) == 1 and one[0].primary for one in links)
    assert {record["hubspot_owner_id"] for record in made(nasty=0.0)} == {*ACTIVE_IDS, None}


def test_a_portal_without_companies_has_deals_without():
    deals = maker(live=0)
    assert deals.links(7) == ()
    assert deals.properties(7, ANCHOR - 2 * DAY, ANCHOR - DAY)["dealname"]


def test_what_is_calculated_agrees_with_the_stage():
    for record in made(2000):
        calculated = consequences(record["pipeline"], record["dealstage"])
        assert calculated.items() <= record.items()


def test_open_deals_close_in_the_future_or_are_overdue_and_closed_ones_in_the_past():
    records = made(2000, nasty=0.0)
    still_open = [r["closedate"] > "2026-11-01" for r in records if r["hs_is_closed"] == "false"]
    assert 0.7 < sum(still_open) / len(still_open) < 0.9
    assert all(r["closedate"] < "2026-11-01" for r in records if r["hs_is_closed"] == "true")


def test_nasty_kinds_come_at_their_rates():
    deals = maker()
    counts = Counter(deals.nasty_kind(number) for number in range(20_000))
    for kind, (rate, _) in KINDS.items():
        assert abs(counts[kind] - 20_000 * rate) <= 5 * (20_000 * rate) ** 0.5, kind


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("odd_owner", lambda r: r["hubspot_owner_id"] not in ACTIVE_IDS),
        ("no_amount", lambda r: r["amount"] is None),
        ("odd_amount", lambda r: not r["amount"].isdecimal() or r["amount"] == "0"),
        ("no_currency", lambda r: r["deal_currency_code"] is None),
        ("archived_stage", lambda r: r["dealstage"] == ARCHIVED_STAGE.id),
        ("unknown_stage", lambda r: not any(p.stage(r["dealstage"]) for p in PIPELINES.values())),
        ("epoch_dates", lambda r: r["closedate"].startswith("1")),
        ("empty_texts", lambda r: r["amount"] == "" == r["closedate"]),
        ("odd_name", lambda r: r["dealname"] is None or len(r["dealname"]) > 30),
    ],
)
def test_nasty_kinds_are_what_they_say(kind, holds):
    assert holds(first_made(kind))


@pytest.mark.parametrize(
    ("kind", "fewest", "most", "primary"),
    [
        ("no_company", 0, 0, 0),
        ("several_companies", 2, 6, 1),
        ("many_companies", 101, 300, 1),
        ("no_primary", 2, 2, 0),
        ("archived_company", 1, 1, 1),
    ],
)
def test_nasty_links_are_what_they_say(kind, fewest, most, primary):
    links = linked(kind)
    assert fewest <= len(links) <= most
    assert sum(link.primary for link in links) == primary
    assert (kind == "archived_company") == any(link.company >= LIVE for link in links)


def test_the_primary_company_is_seldom_the_first():
    deals = maker()
    several = [n for n in range(5000) if deals.nasty_kind(n) == "several_companies"]
    assert sum(deals.links(n)[0].primary for n in several) < len(several) / 2


def test_every_deal_went_through_one_to_six_stages_and_is_in_the_last():
    deals = maker()
    columns = deals.columns(600, ANCHOR)
    seen = set()
    for number in range(600):
        when = columns.created[number], columns.modified[number]
        entries = deals.history("dealstage", number, *when)
        assert entries[0].value == deals.properties(number, *when)["dealstage"]
        times = [entry.at_ms for entry in entries]
        assert times == sorted(times, reverse=True)
        assert when[0] <= times[-1] <= times[0] <= when[1]
        assert all(a.value != b.value for a, b in pairwise(entries))
        seen.add(len(entries))
    assert seen == set(range(1, MOST_ENTRIES + 1))
