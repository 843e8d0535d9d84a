from __future__ import annotations

import pytest

from crmsync.destinations.atoka.answers import Company
from crmsync.destinations.atoka.leads import Clues, Lead, Leads
from crmsync.errors import RetryableError
from crmsync.receipts import Problem

ACME = Company(("acme1", "acme1-long"), "Acme S.r.l.", None)
TWIN = Company(("acme2",), "Acme S.p.A.", None)
VAT = "01234567890"


class Known:
    """Finds what it is told, and counts how often it is asked."""

    def __init__(self, **found):
        self.found = found
        self.asked: list[str] = []

    def companies(self, parameter, number):
        self.asked.append(f"{parameter} {number}")
        return self.found.get(parameter, ())

    def match(self, name, *, min_confidence):
        self.asked.append(f"match {name} {min_confidence}")
        return self.found.get("match", ())


def problem(found, code):
    assert isinstance(found, Problem)
    assert (found.field, found.code) == ("lead", code)
    return found.message


def test_a_configured_id_settles_it_and_asks_nobody():
    lookup = Known()
    lead = Leads(lookup, {}).find(Clues(id=" acme1 ", vat=VAT, name="Acme"))
    assert lead == Lead("acme1", (), "its id")
    assert lookup.asked == []


@pytest.mark.parametrize(
    ("clues", "asked"),
    [
        (Clues(vat="IT 012-34567890"), f"vat {VAT}"),
        (Clues(vat="it01234567890"), f"vat {VAT}"),
        (Clues(vat="DE 123456789"), "vat DE123456789"),
        (Clues(tax_id="rssmra80a01h501u"), "taxIds RSSMRA80A01H501U"),
        (Clues(reg_number=" mi-1234567 "), "regNumbers MI-1234567"),
        (Clues(name=" Acme   S.r.l. "), "match Acme S.r.l. 0.9"),
    ],
)
def test_one_hit_is_the_lead(clues, asked):
    lookup = Known(vat=[ACME], taxIds=[ACME], regNumbers=[ACME], match=[ACME])
    lead = Leads(lookup, {}).find(clues)
    assert isinstance(lead, Lead)
    assert (lead.id, lead.aliases) == ("acme1", ("acme1-long",))
    assert lookup.asked == [asked]


def test_a_number_that_nobody_has_leads_on_to_the_next_clue():
    lookup = Known(match=[ACME])
    lead = Leads(lookup, {}).find(Clues(vat=VAT, tax_id="X1", reg_number="MI-1", name="Acme"))
    assert isinstance(lead, Lead)
    assert lead.found_by == "name 'Acme'"
    assert lookup.asked == [f"vat {VAT}", "taxIds X1", "regNumbers MI-1", "match Acme 0.9"]


def test_of_a_vat_group_the_company_with_the_tax_id_is_the_lead():
    lookup = Known(vat=[ACME, TWIN], regNumbers=[TWIN, Company(("other",), "Other", None)])
    lead = Leads(lookup, {}).find(Clues(vat=VAT, reg_number="MI-1"))
    assert isinstance(lead, Lead)
    assert lead.id == "acme2"


def test_an_ambiguous_number_is_parked_and_no_name_is_guessed_by():
    lookup = Known(vat=[ACME, TWIN], match=[ACME])
    found = Leads(lookup, {}).find(Clues(vat=VAT, name="Acme"))
    message = problem(found, "LEAD_AMBIGUOUS")
    assert message == (
        f"vat {VAT} is 2 companies: 'Acme S.r.l.' (acme1), 'Acme S.p.A.' (acme2); map the id of "
        "the one that is meant"
    )
    assert lookup.asked == [f"vat {VAT}"]


def test_k14_a_name_that_two_companies_may_have_is_parked():
    found = Leads(Known(match=[ACME, TWIN]), {}).find(Clues(name="Acme"))
    assert "name 'Acme' is 2 companies" in problem(found, "LEAD_AMBIGUOUS")


def test_hits_that_are_one_company_under_two_ids_are_one_hit():
    alias = Company(("acme1-long", "acme1"), "Acme S.r.l.", None)
    lead = Leads(Known(match=[ACME, alias]), {}).find(Clues(name="Acme"))
    assert isinstance(lead, Lead)
    assert lead.id == "acme1"


@pytest.mark.parametrize(
    ("clues", "words"),
    [
        (Clues(), "it has no number or name"),
        (Clues(vat=VAT), f"Atoka has no company with vat {VAT}"),
        (Clues(name="Acme"), "no company is 'Acme' with a confidence of 0.9"),
        (Clues(type="person", name="Ada"), "Atoka's own id only"),
    ],
    ids=["nothing", "number", "name", "person"],
)
def test_without_a_hit_it_is_parked_with_what_to_do(clues, words):
    assert words in problem(Leads(Known(), {}).find(clues), "LEAD_UNKNOWN")


def test_a_lead_is_looked_up_once_and_kept_for_later_runs():
    cache: dict[str, Lead] = {}
    lookup = Known(vat=[ACME])
    first = Leads(lookup, cache).find(Clues(vat=VAT))
    assert Leads(lookup, cache).find(Clues(vat=f"IT{VAT}")) == first
    assert lookup.asked == [f"vat {VAT}"]


def test_an_alias_names_the_lead_that_was_found_before():
    cache: dict[str, Lead] = {}
    Leads(Known(vat=[ACME]), cache).find(Clues(vat=VAT))
    lead = Leads(Known(), cache).find(Clues(id="acme1-long"))
    assert lead == Lead("acme1-long", ("acme1",), "its id"), "it is asked for as it was given"


@pytest.mark.parametrize("clues", [Clues(vat=VAT), Clues(name="Acme")], ids=["number", "name"])
def test_a_lead_that_was_forgotten_is_looked_up_anew(clues):
    cache: dict[str, Lead] = {}
    Leads(Known(vat=[ACME], match=[ACME]), cache).find(clues)
    del cache["id:acme1"]
    lead = Leads(Known(vat=[TWIN], match=[TWIN]), cache).find(clues)
    assert isinstance(lead, Lead)
    assert lead.id == "acme2"
    assert Leads(Known(), cache).find(clues) == lead


class Silent(Known):
    """As Known, but gives up where a number begins with 5."""

    def companies(self, parameter, number):
        found = super().companies(parameter, number)
        if number.startswith("5"):
            raise RetryableError("GET /v2/companies was answered 500")
        return found


def test_a_look_up_that_gave_up_is_a_problem_of_what_asked_and_is_asked_once_a_run():
    lookup = Silent(vat=[ACME])
    leads = Leads(lookup, {})
    for _ in range(2):
        message = problem(leads.find(Clues(vat="500")), "LOOKUP_FAILED")
        assert message == (
            "Atoka gave no answer about vat 500 (GET /v2/companies was answered 500): "
            "`crmsync quarantine retry` asks again"
        )
        assert isinstance(leads.find(Clues(vat=VAT)), Lead)
    problem(leads.find(Clues(vat="501")), "LOOKUP_FAILED")
    assert lookup.asked == ["vat 500", f"vat {VAT}", "vat 501"]


def test_two_look_ups_in_a_row_that_gave_up_end_the_run():
    leads = Leads(Silent(), {})
    problem(leads.find(Clues(vat="500")), "LOOKUP_FAILED")
    with pytest.raises(RetryableError):
        leads.find(Clues(vat="501"))


def test_what_is_not_sure_is_asked_for_once_a_run_and_not_kept():
    cache: dict[str, Lead] = {}
    lookup = Known(match=[ACME, TWIN])
    leads = Leads(lookup, cache)
    for name in ("Acme", "acme", "ACME"):
        problem(leads.find(Clues(name=name)), "LEAD_AMBIGUOUS")
    assert len(lookup.asked) == 1
    assert cache == {}
    Leads(lookup, cache).find(Clues(name="Acme"))
    assert len(lookup.asked) == 2
