from __future__ import annotations

from crmsync.mapping.building import Building, Probe
from crmsync.payloads import Field, FieldKind
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
