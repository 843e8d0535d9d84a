"""The portal's company properties, as the properties endpoint describes them."""

from __future__ import annotations

from typing import Final, NamedTuple

from crmsync.sandbox import words
from crmsync.sandbox.exchange import JSONObject


class Property(NamedTuple):
    """One property; `type` is HubSpot's word for how its values are compared."""

    name: str
    type: str = "string"
    field_type: str = "text"
    options: tuple[str, ...] = ()
    custom: bool = False
    owner: bool = False

    def describe(self) -> JSONObject:
        """The property as the API answers it."""
        options = [
            {"label": value.replace("_", " ").title(), "value": value, "displayOrder": order,
             "hidden": False, "description": ""}
            for order, value in enumerate(self.options)
        ]  # fmt: skip
        described: JSONObject = {
            "name": self.name,
            "label": self.name.removeprefix("hs_").replace("_", " ").capitalize(),
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": "companyinformation",
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


def _choice(name: str, *options: str, custom: bool = False) -> Property:
    return Property(name, "enumeration", "select", tuple(dict.fromkeys(options)), custom)


def _owner(name: str, *, custom: bool = False) -> Property:
    # Options of owner properties are kept elsewhere and come empty: HubSpot's properties API
    # reference, read 2026-11-21.
    return Property(name, "enumeration", "select", (), custom, owner=True)


_TEXTS: Final = [
    "name",
    "domain",
    "website",
    "phone",
    "address",
    "address2",
    "city",
    "state",
    "zip",
    "country",
    "timezone",
    "about_us",
    "linkedin_company_page",
    "twitterhandle",
    "facebook_company_page",
    "founded_year",
    "hs_additional_domains",
    "hs_merged_object_ids",
    "hs_country_code",
    "hs_logo_url",
]
_NUMBERS: Final = [
    "numberofemployees",
    "annualrevenue",
    "num_associated_contacts",
    "num_associated_deals",
    "num_notes",
    "hs_analytics_num_visits",
    "hs_analytics_num_page_views",
    "recent_deal_amount",
    "total_revenue",
    "hs_num_open_deals",
    "hs_num_child_companies",
    "days_to_close",
    "hs_object_id",
    "hs_created_by_user_id",
    "twitterfollowers",
]
_DATETIMES: Final = [
    "createdate",
    "hs_lastmodifieddate",
    "closedate",
    "hubspot_owner_assigneddate",
    "notes_last_contacted",
    "notes_last_updated",
    "recent_deal_close_date",
    "first_contact_createdate",
    "hs_analytics_first_timestamp",
]

PROPERTIES: Final = tuple(
    sorted(
        (
            *(Property(name) for name in _TEXTS),
            *(Property(name, "number", "number") for name in _NUMBERS),
            *(Property(name, "datetime", "date") for name in _DATETIMES),
            Property("description", "string", "textarea"),
            Property("is_public", "bool", "booleancheckbox", ("true", "false")),
            Property("renewal_date", "date", "date", custom=True),
            Property("health_score", "number", "number", custom=True),
            Property("web_technologies", "enumeration", "checkbox"),
            _choice("industry", *words.INDUSTRIES),
            _choice("lifecyclestage", *words.STAGES, "1234567"),
            _choice("type", *words.TYPES),
            _choice("hs_lead_status", *words.LEAD_STATUSES),
            _choice("hs_analytics_source", *words.ORIGINS),
            _choice("hs_object_source", *words.OBJECT_SOURCES),
            _choice("account_tier", *words.TIERS, custom=True),
            _owner("hubspot_owner_id"),
            _owner("csm_owner", custom=True),
        )
    )
)
"""Sorted by name."""

ALWAYS: Final = ("createdate", "hs_lastmodifieddate", "hs_object_id")
"""What every record carries, whatever was asked for."""

DEFAULT: Final = ("name", "domain", *ALWAYS)
"""What a record carries when nothing was asked for."""
