from __future__ import annotations

import pytest

from crmsync.sources.salesforce.joins import heads, wanted
from crmsync.sources.salesforce.objects import Described, Field


def kind(name, *fields):
    return Described(name=name, fields={one.name: one for one in fields})


def ref(name, *refers, through=""):
    return Field(name, name, "reference", refers=refers, relationship=through or name[:-2])


def text(name, **more):
    return Field(name, name, more.pop("type", "string"), **more)


ID, STAMP = text("Id", type="id"), text("SystemModstamp", type="datetime")
USER = kind("User", ID, text("Email"), text("Name"), text("IsActive", type="boolean"),
            ref("ManagerId", "User"))  # fmt: skip
ACCOUNT = kind(
    "Account", ID, STAMP, text("Name"), text("Website"), ref("OwnerId", "User"),
    ref("ParentId", "Account"), ref("CSM__c", "User", through="CSM__r"),
    text("BillingAddress", type="address"), text("BillingCity", compound="BillingAddress"),
    text("Logo__c", type="base64"),
)  # fmt: skip
CASE = kind("Case", ID, text("CreatedDate", type="datetime"), ref("OwnerId", "Group", "User"))
CONTACT = kind("Contact", ID, ref("AccountId", "Account"), text("Email"))
OBJECTS = {one.name: one for one in (USER, ACCOUNT, CASE, CONTACT)}


def ask(*paths, start=ACCOUNT):
    return wanted(start, paths, OBJECTS.__getitem__)


COLUMNS = {
    "a field": (["Name"], ["Name"]),
    "a field through a relationship": (["Owner.Email"], ["Owner.Email", "OwnerId", "Owner.Id"]),
    "the same by the reference": (["OwnerId.Email"], ["Owner.Email", "OwnerId", "Owner.Id"]),
    "the alias": (["owner.email"], ["Owner.Email", "OwnerId", "Owner.Id"]),
    "an id alone": (["Owner"], ["OwnerId"]),
    "an id through a relationship": (["Parent.id"], ["ParentId"]),
    "a reference as a field": (["CSM__c"], ["CSM__c"]),
    "a custom relationship": (["CSM__r.Email"], ["CSM__c", "CSM__r.Email", "CSM__r.Id"]),
    "several levels": (
        ["Parent.Owner.Manager.Email"],
        ["ParentId", "Parent.Id", "Parent.Owner.Manager.Email"],
    ),
    "a relationship at the end": (["Parent.Owner"], ["ParentId", "Parent.Id", "Parent.OwnerId"]),
    "a part of a compound field": (["BillingAddress.city"], ["BillingCity"]),
    "a whole compound field": (["BillingAddress"], ["BillingCity"]),
    "a parent's compound field": (
        ["Parent.BillingAddress.city"],
        ["ParentId", "Parent.Id", "Parent.BillingCity"],
    ),
    "contacts": (["contacts.emails"], ["Website"]),
    "facts of the record": (["record.url"], []),
}


@pytest.mark.parametrize(("paths", "columns"), COLUMNS.values(), ids=COLUMNS)
def test_a_path_asks_for_its_columns(paths, columns):
    found = ask(*paths)

    assert found.unknown == ()
    assert set(found.columns) == {"Id", "SystemModstamp", *columns}


UNKNOWN = {
    "no field": ("Nmae", ("Nmae", "Account", "field")),
    "no field of a parent": ("Owner.Emial", ("Emial", "User", "field")),
    "no relationship": ("Ownr.Email", ("Ownr", "Account", "field")),
    "a plain field as a relationship": ("Name.Email", ("Name", "Account", "reference")),
    "no part of an address": (
        "BillingAddress.planet",
        ("BillingAddress.planet", "Account", "field"),
    ),
    "too deep": ("Parent." * 6 + "Name", ("Parent", "Account", "depth")),
    "a file": ("Logo__c", ("Logo__c", "Account", "type")),
    "no part of an owner": ("owner.nickname", ("owner.nickname", "Account", "field")),
    "no part of contacts": ("contacts.phones", ("contacts.phones", "Account", "field")),
}


@pytest.mark.parametrize(("path", "told"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_path_that_leads_nowhere_is_told_and_not_asked_for(path, told):
    found = ask(path, "Name")

    assert [one[1:] for one in found.unknown] == [told]
    assert found.unknown[0].path == path
    assert {name for name, _ in found.fields} == {"Id", "SystemModstamp", "Name"}


def test_five_levels_are_followed():
    assert ask("Parent." * 5 + "Name").unknown == ()


def test_an_owner_of_several_kinds_is_read_through_what_they_share():
    found = ask("owner.email", "Owner.Name", "Owner.Department", start=CASE)

    assert {"Owner.Email", "Owner.Name"} < set(found.columns)
    assert [(one.part, one.object) for one in found.unknown] == [("Department", "Name")]


def test_contacts_whose_address_is_hidden_are_not_asked_for():
    hidden = {**OBJECTS, "Contact": kind("Contact", ID, ref("AccountId", "Account"))}
    found = wanted(ACCOUNT, ["contacts.emails"], hidden.__getitem__)

    assert not found.contacts
    assert [(one.part, one.object) for one in found.unknown] == [("Email", "Contact")]


@pytest.mark.parametrize(
    ("path", "flags", "listed"),
    [
        ("stage.is_won", ("IsWon", "IsClosed"), False),
        ("stage.id", ("IsWon", "IsClosed"), False),
        ("stage.label", ("IsWon", "IsClosed"), True),
        ("stage.is_won", ("IsWon",), True),
    ],
    ids=["a flag", "the id", "a label", "a hidden flag"],
)
def test_the_list_of_stages_is_asked_for_where_records_do_not_tell_themselves(path, flags, listed):
    deal = kind("Opportunity", ID, text("StageName"), *map(text, flags))

    assert ask(path, start=deal).listed is listed


def test_aliases_mean_nothing_where_the_object_lacks_their_field():
    found = ask("stage.label", "owner.email", "contacts.emails", start=CONTACT)

    assert [one.part for one in found.unknown] == ["contacts", "owner", "stage"]


def test_objects_of_a_first_step_are_known_before_they_are_followed():
    paths = ["owner.email", "Owner.Name", "Parent.Name", "contacts.emails", "Name", "CSM__c"]

    assert heads(ACCOUNT, paths) == ("User", "Account", "Contact")
