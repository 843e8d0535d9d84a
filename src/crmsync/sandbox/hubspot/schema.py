"""What a property is, and how the properties endpoint describes it."""

from __future__ import annotations

from typing import Final, NamedTuple

from crmsync.sandbox.exchange import JSONObject


class Property(NamedTuple):
    """One property; `type` is HubSpot's word for how its values are compared."""

    name: str
    type: str = "string"
    field_type: str = "text"
    options: tuple[str, ...] = ()
    custom: bool = False
    owner: bool = False
    labels: tuple[str, ...] = ()
    group: str = "companyinformation"

    def describe(self) -> JSONObject:
        """The property as the API answers it."""
        options = [
            {"label": label, "value": value, "displayOrder": order, "hidden": False,
             "description": ""}
            for order, (value, label) in enumerate(zip(self.options, self._labels(), strict=True))
        ]  # fmt: skip
        described: JSONObject = {
            "name": self.name,
            "label": self.name.removeprefix("hs_").replace("_", " ").capitalize(),
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": self.group,
            "description": "",
            "options": options,
            "displayOrder": -1,
            "hasUniqueValue": self.name == "hs_object_id",
            "hidden": False,
            "formField": not self.name.startswith("hs_"),
            "calculated": False,
            "externalOptions": self.owner,
            "hubspotDefined": not self.custom,
            "dataSensitivity": "non_sensitive",
            "archived": False,
            "createdAt": "2019-08-06T02:41:08.029Z",
            "updatedAt": "2024-03-01T10:00:00.000Z",
            "modificationMetadata": {
                "archivable": self.custom,
                "readOnlyDefinition": not self.custom,
                "readOnlyValue": self.name.startswith("hs_"),
            },
        }
        if self.owner:
            described["referencedObjectType"] = "OWNER"
        return described

    def _labels(self) -> tuple[str, ...]:
        return self.labels or tuple(value.replace("_", " ").title() for value in self.options)


def choice(name: str, *options: str, custom: bool = False) -> Property:
    """One of some values; the same one given twice counts once."""
    return Property(name, "enumeration", "select", tuple(dict.fromkeys(options)), custom)


def owner(name: str, *, custom: bool = False) -> Property:
    """An owner's id."""
    # Options of owner properties are kept elsewhere and come empty: HubSpot's properties API
    # reference, read 2026-11-21.
    return Property(name, "enumeration", "select", (), custom, owner=True)


ALWAYS: Final = ("createdate", "hs_lastmodifieddate", "hs_object_id")
"""What every record carries, whatever was asked for."""
