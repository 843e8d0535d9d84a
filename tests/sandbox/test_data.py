from __future__ import annotations

from collections import Counter

import pytest

from crmsync.sandbox.hubspot.companies import Companies
from crmsync.sandbox.hubspot.nasty_companies import KINDS
from crmsync.sandbox.hubspot.owners import ACTIVE_IDS

ANCHOR = 1_793_491_200_000  # 2026-11-01
DAY = 86_400_000


def made(count=300, seed=1, nasty=1.0):
    companies = Companies(seed, nasty)
    columns = companies.columns(count, ANCHOR)
    return [companies.properties(n, columns.created[n], columns.modified[n]) for n in range(count)]


def first(kind):
    companies = Companies(1, 1.0)
    number = next(n for n in range(20_000) if n > 500 and companies.nasty_kind(n) == kind)
    return companies.properties(number, ANCHOR - 900 * DAY, ANCHOR - DAY)


def test_the_same_seed_makes_the_same_companies():
    assert made() == made()
    assert made() != made(seed=2)


def test_more_companies_begin_with_the_same_ones():
    companies = Companies(1, 1.0)
    assert companies.columns(50, ANCHOR).ids == companies.columns(80, ANCHOR).ids[:50]
    assert made(50) == made(80)[:50]


def test_times_lie_between_three_years_and_a_day_ago():
    columns = Companies(1, 1.0).columns(5000, ANCHOR)
    assert max(columns.modified) <= ANCHOR - DAY
    assert min(columns.modified) >= ANCHOR - 3 * 365 * DAY
    assert min(columns.modified) < ANCHOR - 1000 * DAY
    assert all(c <= m for c, m in zip(columns.created, columns.modified, strict=True))


def test_a_company_has_at_least_forty_values():
    counts = [sum(value is not None for value in record.values()) for record in made(nasty=0.0)]
    assert min(counts) >= 40


def test_sound_companies_have_domains_of_their_own_and_active_owners():
    records = made(9000, nasty=0.0)
    assert len({record["domain"] for record in records}) == 9000
    assert {record["hubspot_owner_id"] for record in records} == {*ACTIVE_IDS, None}


def test_nasty_kinds_come_at_their_rates():
    companies = Companies(1, 1.0)
    counts = Counter(companies.nasty_kind(number) for number in range(20_000))
    for kind, (rate, _) in KINDS.items():
        assert abs(counts[kind] - 20_000 * rate) <= 5 * (20_000 * rate) ** 0.5, kind


def test_nasty_can_be_switched_off_and_up():
    for factor, share in ((0.0, 0.0), (1000.0, 1.0)):
        companies = Companies(1, factor)
        kinds = [companies.nasty_kind(number) for number in range(300)]
        assert sum(kind is not None for kind in kinds) == 300 * share


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("no_domain", lambda r: r["domain"] is None and r["website"] is None),
        ("bad_domain", lambda r: r["website"] is None),
        ("freemail", lambda r: r["website"] == f"https://{r['domain']}"),
        ("url_domain", lambda r: r["domain"].startswith(("http", "www."))),
        ("idn", lambda r: not r["domain"].isascii()),
        ("odd_owner", lambda r: r["hubspot_owner_id"] not in ACTIVE_IDS),
        ("custom_stage", lambda r: r["lifecyclestage"].isdecimal()),
        ("odd_employees", lambda r: not r["numberofemployees"].isdecimal()
         or r["numberofemployees"] == "0"),
        ("epoch_dates", lambda r: r["hubspot_owner_assigneddate"].startswith("1")),
        ("empty_texts", lambda r: r["city"] == ""),
        ("emoji_name", lambda r: not r["name"].isascii()),
        ("long_name", lambda r: len(r["name"]) == 300),
        ("bidi_name", lambda r: "\u202e" in r["name"]),
        ("control_text", lambda r: "\x00" in r["description"]),
        ("huge_text", lambda r: len(r["description"]) == 65_536),
    ],
)  # fmt: skip
def test_nasty_kinds_are_what_they_say(kind, holds):
    assert holds(first(kind))


def test_duplicates_have_the_domain_of_an_earlier_company():
    records = made(3000)
    companies = Companies(1, 1.0)
    own = {companies.domain(number): number for number in range(3000)}
    twins = [n for n in range(3000) if companies.nasty_kind(n) == "duplicate"]
    assert twins
    assert all(own[records[n]["domain"] or ""] < n for n in twins)
