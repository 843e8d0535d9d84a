from __future__ import annotations

from collections import Counter

import pytest

from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.salesforce import ids, nasty
from crmsync.sandbox.salesforce.api import Salesforce
from crmsync.sandbox.salesforce.org import Org
from crmsync.sandbox.salesforce.parser import parse
from crmsync.sandbox.salesforce.paths import Parents
from crmsync.sandbox.salesforce.people import ACTIVE
from crmsync.sandbox.salesforce.query import select
from crmsync.sandbox.salesforce.rendering import Renderer
from crmsync.sandbox.salesforce.rsa import PublicKey


def made(name="Account", **options):
    table = Org(SandboxOptions(**{"companies": 300, "deals": 300, **options})).tables[name]
    return [table.values(position) for position in range(len(table))]


@pytest.fixture(scope="module")
def big():
    return Org(SandboxOptions(companies=20_000, deals=20_000))


@pytest.fixture(scope="module")
def accounts(big):
    """All of its accounts' rows: to make one takes a while."""
    return [big.tables["Account"].values(place) for place in range(20_000)]


@pytest.mark.parametrize("name", ["Account", "Opportunity", "Contact", "OpportunityHistory"])
def test_the_same_seed_makes_the_same_records(name):
    assert made(name) == made(name)
    assert made(name) != made(name, seed=2)


def test_more_accounts_begin_with_the_same_ones():
    assert made() == made(companies=400)[:300]


def test_ids_have_the_right_check_characters():
    # The example of Salesforce's help, "Convert 15 character IDs to 18".
    assert ids.lengthened("0015000000Gv7qJ") == "0015000000Gv7qJAAR"
    assert ids.parse("0015000000gv7qjaar") == "0015000000Gv7qJAAR"
    assert ids.parse("0015000000Gv7qJBAA") is None  # a digit cannot be a capital
    assert ids.parse("0015000000Gv7q!") is None
    assert ids.parse("0015000000Gv7qJAA9") is None


def test_some_ids_differ_in_nothing_but_case():
    found = [row["Id"] for row in made(companies=3000)]
    assert found == sorted(found)
    assert len({one[:15].lower() for one in found}) < len(found) == len(set(found))


def test_stamps_are_whole_seconds_and_some_are_shared():
    stamps = [row["SystemModstamp"] for row in made(companies=9000)]
    assert all(stamp % 1000 == 0 for stamp in stamps)
    assert max(Counter(stamps).values()) > 1


def test_sound_records_have_websites_of_their_own_and_active_owners():
    org = Org(SandboxOptions(companies=6000, deals=0, nasty=0.0))
    rows = [org.tables["Account"].values(place) for place in range(6000)]
    assert len({str(row["Website"]).removeprefix("https://www.") for row in rows}) == 6000
    assert {row["OwnerId"] for row in rows} == set(org.tables["User"].ids[:ACTIVE])


@pytest.mark.parametrize(("name", "kinds"), [("Account", nasty.ACCOUNTS),
                                             ("Opportunity", nasty.DEALS)])  # fmt: skip
def test_nasty_kinds_come_at_their_rates(big, name, kinds):
    unsound = sum(not big.sound[name](number) for number in range(20_000))
    wanted = 20_000 * sum(rate for rate, _ in kinds.values())
    assert 0.85 * wanted < unsound < 1.15 * wanted


def test_nasty_accounts_are_all_there(big, accounts):
    inactive = set(big.tables["User"].ids[ACTIVE:])
    rows, texts = accounts, [row["Description"] for row in accounts]
    assert any(row["Website"] is None for row in rows)
    assert any(row["OwnerId"].startswith("00G") for row in rows)
    assert any(row["OwnerId"] in inactive for row in rows)
    assert {0, None, -5, 1.5} <= {row["NumberOfEmployees"] for row in rows}
    assert any(repr(row["NumberOfEmployees"]) == "250.0" for row in rows)
    assert any("\n" in row["BillingStreet"] for row in rows)
    assert any("\x00" in text for text in texts)
    assert any(len(text) > 131_072 for text in texts)
    assert "4000-12-31" in {row["Renewal_Date__c"] for row in rows}
    assert {"Other", None, "Customer", "Customer - Direct"} <= {row["Type"] for row in rows}


def test_some_accounts_without_a_website_have_a_contact_with_an_address(big, accounts):
    contacts = big.tables["Contact"]
    bare = {row["Id"] for row in accounts if row["Website"] is None}
    people = [contacts.values(place) for place in range(len(contacts))]
    helped = {row["AccountId"] for row in people if row["Email"]} & bare
    assert 0.3 * len(bare) < len(helped) < 0.7 * len(bare)


def test_person_accounts_come_with_their_option_alone():
    with_them = made(companies=3000, salesforce_person_accounts=True)
    persons = [row for row in with_them if row["IsPersonAccount"]]
    assert 10 < len(persons) < 60
    assert all(row["PersonEmail"] and row["Website"] is None for row in persons)
    assert "IsPersonAccount" not in made()[0]


def test_deals_follow_their_stage_and_history_ends_there(big):
    deals, history = big.tables["Opportunity"], big.tables["OpportunityHistory"]
    rows = [deals.values(place) for place in range(2000)]
    assert {row["IsWon"] for row in rows} == {True, False}
    assert all(row["IsClosed"] for row in rows if row["IsWon"])
    assert any(row["AccountId"] is None for row in rows)
    for place in range(200):
        first, last = history.values(2 * place), history.values(2 * place + 1)
        assert first["OpportunityId"] == last["OpportunityId"] == deals.ids[place]
        assert first["StageName"] == "Prospecting"
        assert last["StageName"] == rows[place]["StageName"]


def test_an_unknown_hidden_field_is_refused():
    with pytest.raises(
        ValueError, match=r"salesforce_hidden_fields: Account\.Bogus is not a field"
    ):
        Salesforce(SandboxOptions(salesforce_hidden_fields="Account.Bogus"))


def test_rows_make_room_for_those_of_the_last_query():
    org = Org(SandboxOptions(companies=30, deals=0))
    parents, table = Parents(org), org.tables["Account"]
    renderer = Renderer(org, parents, most=40)
    first, second = (
        select(org, parse(f"SELECT {names} FROM Account")).paths for names in ("Id", "Name, Id")
    )
    kept = renderer.csv(table, first)
    kept.get(range(30))
    renderer.csv(table, second).get(range(30))
    assert kept.kept == 30
    assert renderer.csv(table, first) is kept
    assert len(table.watchers) == 1


@pytest.mark.parametrize("form", ["csv", "json"])
def test_warming_makes_every_row_of_a_query_in_its_form(form):
    salesforce = Salesforce(SandboxOptions(companies=30, deals=0))
    soql = "SELECT Id, Owner.Name FROM Account"
    salesforce.control("POST", "/warm", {"query": soql, "format": form})
    org, renderer = salesforce._world.org, salesforce._world.control._renderer
    table, paths = org.tables["Account"], select(org, parse(soql)).paths
    kept = {"csv": renderer.csv(table, paths), "json": renderer.json(table, paths, "68.0")}
    assert {name: rows.kept for name, rows in kept.items()} == {"csv": 0, "json": 0, form: 30}


def test_deals_carry_a_currency_with_its_option_alone():
    rows = made("Opportunity", salesforce_multi_currency=True)
    assert {row["CurrencyIsoCode"] for row in rows} == {"EUR", "USD", "SEK", "GBP"}
    assert "CurrencyIsoCode" not in made("Opportunity")[0]


@pytest.mark.parametrize(
    "pem",
    ["", "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----",
     "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
     "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----"],
    ids=["empty", "no base64", "no sequence", "empty sequence"],
)  # fmt: skip
def test_what_is_no_public_key_is_refused(pem):
    with pytest.raises(ValueError, match="public key"):
        PublicKey(pem)
