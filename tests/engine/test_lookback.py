from __future__ import annotations

import pytest

from crmsync.engine.lookback import departed, vanished
from tests.engine.conftest import company


@pytest.fixture
def delivered(bench):
    """Five companies, delivered, and a full pass begun that saw none of them."""
    bench.source.records = [company(n) for n in range(1, 6)]
    bench.run()
    return bench


def missing(bench):
    return vanished(bench.plan(), bench.ledger, bench.source, full_pass=2)


def test_what_the_crm_has_all_the_same_did_not_vanish(delivered):
    assert missing(delivered) == []


def test_what_the_crm_has_no_more_vanished(delivered):
    delivered.source.records = [company(n, deleted=n == 3) for n in range(2, 6)]

    assert missing(delivered) == ["1", "3"]


def test_what_a_preview_read_and_did_not_mark_has_not_vanished(delivered):
    delivered.source.records = [company(5)]
    plan, ledger, source = delivered.plan(), delivered.ledger, delivered.source

    assert vanished(plan, ledger, source, 2, {"2", "5"}) == ["1", "3", "4"]


def test_who_is_gone_or_filtered_out_claims_no_key(bench):
    bench.settings["filter"] = {"industry": ("retail",)}
    bench.source.records = [company(1, industry="retail"), company(2, industry="mining")]

    assert departed(bench.plan(), bench.source, {"1", "2", "3"}) == ["2", "3"]


def test_where_nobody_is_absent_the_crm_is_not_asked(bench):
    assert departed(bench.plan(), bench.source, set()) == []
    assert bench.source.queries == []
