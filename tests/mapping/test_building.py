from __future__ import annotations

import pytest

from crmsync.mapping.building import Building, Page, Probe
from crmsync.payloads import Field, FieldKind
from crmsync.records import Alike
from tests.mapping.samples import record

BUILDING = Building(
    field=Field(name="a", kind=FieldKind.TEXT), fit=lambda value: value, object_name="things"
)


def test_every_getter_notes_its_path():
    get = BUILDING.getter("record.object")
    assert get(record()) == "things"
    assert BUILDING.paths == {"record.object"}


def test_a_plain_probe_changes_nothing():
    assert Probe().step("x", str) is str
    assert Probe().getter("x", str) is str


def test_a_fault_keeps_its_place():
    BUILDING.fault("here", "odd", "too odd")
    assert BUILDING.faults[-1].field == "here"


def test_records_with_the_same_fields_are_taken_apart_at_once():
    page = Page([record(a="1", b=None), record(a="2", b="x")], many=True)

    assert page.raws == {"a": ("1", "2"), "b": (None, "x")}


@pytest.mark.parametrize("other", [{"a": "2"}, {"b": "x", "a": "2"}, {"a": "2", "b": "x", "c": ""}])
def test_records_of_which_one_has_other_fields_are_not(other):
    assert Page([record(a="1", b=None), record(**other)], many=True).raws == {}


def test_that_records_are_alike_is_believed_without_a_look_at_each():
    assert Page(Alike([record(a="1"), record(b="2")]), many=True).raws == {"a": ("1", "2")}


def test_no_records_have_no_fields():
    assert Page([], many=True).raws == {}
