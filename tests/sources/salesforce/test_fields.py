from __future__ import annotations

from contextlib import closing

import pytest

from crmsync.errors import ConfigError


def fields(org, name="Account"):
    with closing(org.source()) as source:
        return {field.name: field for field in source.describe(name)}


def test_a_choice_has_its_options(org):
    field = fields(org)["Type"]

    assert (field.type, field.label, field.custom) == ("picklist", "Account Type", False)
    assert ("Prospect", "Prospect") in field.options


def test_a_reference_tells_how_a_path_goes_on(org):
    assert fields(org)["CSM__c"].reference == "User (CSM__r.…)"
    assert fields(org, "Subscription__c")["OwnerId"].reference == "Group or User (Owner.…)"


def test_a_custom_field_says_so(org):
    assert fields(org)["Tier__c"].custom


def test_a_hidden_field_is_not_listed(org):
    org.control("/hide_field", object="Account", name="Tier__c")

    assert "Tier__c" not in fields(org)


def test_an_object_that_is_not_there_is_a_fault_of_the_configuration(org):
    with pytest.raises(ConfigError, match='did you mean "Account"'):
        fields(org, "Acount")
