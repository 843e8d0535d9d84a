from __future__ import annotations

import pytest

from crmsync.destinations.atoka.caching import LeadNotes
from crmsync.destinations.atoka.leads import Lead
from tests.destinations.atoka.lines import journal

LEAD = Lead("6da785b3adf2", ("other",), "vat 02241890223")


def test_a_lead_that_was_found_is_known_to_later_runs_of_that_destination_alone():
    with journal() as ledger:
        LeadNotes(ledger, "atoka")["vat:02241890223"] = LEAD
        assert LeadNotes(ledger, "atoka")["vat:02241890223"] == LEAD
        assert LeadNotes(ledger, "atoka").get("vat:1") is None
        assert LeadNotes(ledger, "elsewhere").get("vat:02241890223") is None


def test_a_lead_that_is_forgotten_is_unknown_to_later_runs_by_every_id():
    with journal() as ledger:
        LeadNotes(ledger, "atoka").update({"id:6da785b3adf2": LEAD, "id:other": LEAD})
        LeadNotes(ledger, "atoka").forget(["6da785b3adf2", "other", "never known"])
        assert LeadNotes(ledger, "atoka").known(["id:6da785b3adf2", "id:other"]) == {}


def test_what_was_looked_up_is_held_and_what_is_not_known_cannot_be_forgotten():
    with journal() as ledger:
        notes = LeadNotes(ledger, "atoka")
        notes["id:other"] = LEAD
        assert (list(notes), len(notes)) == (["id:other"], 1)
        with pytest.raises(KeyError):
            del notes["id:another"]
