from __future__ import annotations

from dataclasses import replace

from crmsync.records import Query
from tests.sources.salesforce.org import SalesforceOrg

QUERY = Query(object="Account", paths=frozenset({"Name", "Website"}))


def test_what_could_be_no_id_is_not_asked_for(org):
    one = org.live()[0]

    assert list(org.records(replace(QUERY, ids=(one, "x' OR Id != '", "12")))) == [one]
    assert org.records(replace(QUERY, ids=("12",))) == {}


def test_ids_are_read_once_and_at_most_the_limit(org):
    ids = tuple(org.live()[:5])

    assert list(org.records(replace(QUERY, ids=(*ids, *ids), limit=3))) == list(ids[:3])


def test_more_columns_than_an_address_holds_come_in_parts(clock):
    org = SalesforceOrg(clock, companies=20)
    names = org.values(org.live()[0])
    deep = [f"Parent.Parent.Parent.Parent.Parent.{name}" for name in names]
    more = [f"Parent.Parent.Parent.Parent.{name}" for name in names]
    wide = [f"Parent.Parent.Parent.CreatedBy.Manager.{n}" for n in ("Name", "Email", "Username")]
    far = [f"Parent.Parent.Parent.LastModifiedBy.{n}" for n in ("Name", "Email", "Username")]
    third = [f"Parent.Parent.Parent.{name}" for name in names]
    fourth = [f"MasterRecord.Parent.Parent.Parent.{name}" for name in names]
    fifth = [f"MasterRecord.MasterRecord.Parent.Parent.{name}" for name in names]
    sixth = [f"MasterRecord.MasterRecord.MasterRecord.Parent.Parent.{name}" for name in names]
    paths = {*names, *deep, *more, *wide, *far, *third, *fourth, *fifth, *sixth}
    one = org.live()[3]
    found = org.records(replace(QUERY, paths=frozenset(paths), ids=(one,)))

    assert found[one].fields["Name"] == org.values(one)["Name"]
    assert len([text for text in org.soql() if "FROM Account" in text]) >= 2
    assert max(len(request.url) for request in org.requests) < 16_384


def test_deleted_ones_are_looked_for_where_they_are_wanted(org):
    live, gone = org.childless()[:2]
    org.control("/delete", id=gone)
    found = org.records(replace(QUERY, ids=(live, gone), deleted=True))

    assert {one: record.deleted for one, record in found.items()} == {live: False, gone: True}
