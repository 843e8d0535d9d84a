"""Fields and objects, and how describe answers them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from crmsync.sandbox.exchange import JSONObject

Value: TypeAlias = str | int | float | bool | None
"""A field's value: datetimes are epoch milliseconds, dates ISO text."""

Values: TypeAlias = dict[str, Value]
"""A record by every field's name, compound fields left out."""

# A text area above this is a "long" one: field types, SOAP API guide, read 2026-11-21.
_LONG: Final = 255
_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMERIC: Final = frozenset({"int", "double", "currency", "percent"})
_SOAP: Final = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int",
    "double": "xsd:double", "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date",
    "datetime": "xsd:dateTime", "address": "urn:address",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field.

    Attributes:
        type: Salesforce's word for it.
        refers: Objects that a reference points to.
        relationship: The name by which a path goes through a reference.
        compound: The compound field that this one is a part of.
    """

    name: str
    type: str = "string"
    length: int = 0
    label: str = ""
    options: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()
    relationship: str = ""
    compound: str = ""
    nillable: bool = True
    calculated: bool = False

    @property
    def custom(self) -> bool:
        """Whether the organization added it."""
        return self.name.endswith("__c")

    @property
    def filterable(self) -> bool:
        """Whether WHERE takes it: long texts and compound fields cannot be filtered by."""
        return self.type != "address" and not (self.type == "textarea" and self.length > _LONG)

    def describe(self) -> JSONObject:
        """The field as describe answers it."""
        numeric = self.type in _NUMERIC
        return {
            "name": self.name,
            "label": self.label or _label(self.name),
            "type": self.type,
            "length": self.length,
            "byteLength": self.length * 3,
            "digits": 9 if self.type == "int" else 0,
            "precision": 18 if numeric and self.type != "int" else 0,
            "scale": 2 if self.type in ("currency", "percent") else 0,
            "soapType": _SOAP.get(self.type, "xsd:string"),
            "nillable": self.nillable,
            "custom": self.custom,
            "calculated": self.calculated,
            "calculatedFormula": None,
            "deprecatedAndHidden": False,
            "externalId": False,
            "unique": False,
            "idLookup": self.type in ("id", "email"),
            "nameField": self.name == "Name",
            "namePointing": len(self.refers) > 1,
            "polymorphicForeignKey": len(self.refers) > 1,
            "filterable": self.filterable,
            "sortable": self.filterable,
            "groupable": self.filterable and not numeric,
            "aggregatable": self.filterable,
            "createable": self.name not in _SYSTEM,
            "updateable": self.name not in _SYSTEM,
            "defaultedOnCreate": self.name in _SYSTEM,
            "restrictedPicklist": False,
            "picklistValues": [
                {"value": value, "label": value, "active": True, "defaultValue": False,
                 "validFor": None}
                for value in self.options
            ],
            "referenceTo": list(self.refers),
            "relationshipName": self.relationship or None,
            "relationshipOrder": None,
            "compoundFieldName": self.compound or None,
            "inlineHelpText": None,
            "controllerName": None,
            "dependentPicklist": False,
            "extraTypeInfo": None,
        }  # fmt: skip


_SYSTEM: Final = frozenset(
    {"Id", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById",
     "SystemModstamp", "MasterRecordId"}
)  # fmt: skip


def _label(name: str) -> str:
    return _WORDS.sub(" ", name.removesuffix("__c").replace("_", " "))


def nothing_follows(values: Values) -> None:
    """For objects whose fields do not follow from one another."""


@dataclass(frozen=True, kw_only=True)
class ObjectType:
    """One object.

    Attributes:
        prefix: The first three characters of its records' ids.
        derive: Sets, in place, what follows from other fields.
    """

    name: str
    prefix: str
    fields: Mapping[str, Field]
    label: str = ""
    plural: str = ""
    derive: Callable[[Values], None] = field(default=nothing_follows, repr=False)

    def __post_init__(self) -> None:
        """Index the names: SOQL does not mind their case."""
        by_lower = {name.lower(): found for name, found in self.fields.items()}
        relations = {f.relationship.lower(): f for f in self.fields.values() if f.relationship}
        object.__setattr__(self, "_by_lower", by_lower)
        object.__setattr__(self, "_relations", relations)

    def find(self, name: str) -> Field | None:
        """A field by its name in any case."""
        found: Field | None = vars(self)["_by_lower"].get(name.lower())
        return found

    def relation(self, name: str) -> Field | None:
        """The reference field that a relationship's name goes through."""
        found: Field | None = vars(self)["_relations"].get(name.lower())
        return found

    def summary(self, version: str) -> JSONObject:
        """The object as the list of objects answers it."""
        here = f"/services/data/v{version}/sobjects/{self.name}"
        label = self.label or self.name
        return {
            "name": self.name,
            "label": label,
            "labelPlural": self.plural or f"{label}s",
            "keyPrefix": self.prefix,
            "custom": self.name.endswith("__c"),
            "customSetting": False,
            "deprecatedAndHidden": False,
            "queryable": True,
            "retrieveable": True,
            "searchable": "Name" in self.fields,
            "replicateable": "IsDeleted" in self.fields,
            "createable": True,
            "updateable": True,
            "deletable": "IsDeleted" in self.fields,
            "undeletable": "IsDeleted" in self.fields,
            "mergeable": "MasterRecordId" in self.fields,
            "layoutable": True,
            "triggerable": True,
            "urls": {
                "sobject": here,
                "describe": f"{here}/describe",
                "rowTemplate": f"{here}/{{ID}}",
            },
        }

    def describe(self, version: str) -> JSONObject:
        """The object as describe answers it."""
        return {
            **self.summary(version),
            "fields": [one.describe() for one in self.fields.values()],
            "childRelationships": [],
            "recordTypeInfos": [],
            "supportedScopes": [{"name": "everything", "label": "All records"}],
        }
