from __future__ import annotations

import pytest

from crmsync.engine.explain import explain
from crmsync.errors import BatchRejectedError, RecordError
from tests.engine.conftest import company


def explained(bench, record_id, field=None):
    return explain(bench.plan(), bench.ledger, record_id, field)


def test_delivered_record_is_followed_from_raw_value_to_answer(bench):
    bench.source.records = [company(1, domain="https://www.One.com/x")]
    bench.run()

    document = explained(bench, "1", "domain").to_json()

    (field,) = document["fields"]
    assert field["raw"]["domain"] == "https://www.One.com/x"
    assert (field["value"], field["delivered"]) == ("one.com", "one.com")
    assert document["outcome"] == "unverified"
    assert document["delivery"]["answer"] == "204"


def test_skipped_record_says_why(bench):
    bench.source.records = [company(1, domain="gmail.com")]

    explanation = explained(bench, "1")

    assert explanation.verdict.startswith("skipped, not sent: ")
    assert "gmail.com" in "\n".join(explanation.lines())


def test_refused_record_says_what_the_platform_said(bench):
    def refuse(payloads):
        raise BatchRejectedError("400", reason="domain is on our list")

    bench.destination.respond = refuse
    bench.source.records = [company(1)]
    bench.run()

    assert "in quarantine" in explained(bench, "1").verdict
    assert "domain is on our list" in explained(bench, "1").verdict


def test_merged_record_names_the_others(bench):
    bench.source.records = [company(1, domain="one.com"), company(2, domain="one.com")]
    bench.run()

    assert "merged with: companies 2" in "\n".join(explained(bench, "1").lines())


def test_record_never_run_is_mapped_all_the_same(bench):
    bench.source.records = [company(1)]

    explanation = explained(bench, "1")

    assert explanation.verdict == "not read by a run yet"
    assert explanation.key == "c1.com"


def test_record_that_the_crm_lost_is_told_from_the_ledger(bench):
    bench.source.records = [company(1)]
    bench.run()
    bench.source.records = []

    assert explained(bench, "1").verdict == "unverified last time; the CRM has it no more"


def test_unknown_record_is_an_error_that_says_where_to_look(bench):
    with pytest.raises(RecordError, match="neither crm nor the ledger has a record 404"):
        explained(bench, "404")
