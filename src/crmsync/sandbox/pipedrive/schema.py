"""Which fields the three objects have, and their custom ones with keys stable by seed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha1
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from typing_extensions import override

from crmsync.sandbox.exchange import JSONObject

Options: TypeAlias = Mapping[int, str] | Mapping[str, str]
"""Id to label. The ids of some standard fields are text."""

OBJECTS: Final = ("deals", "organizations", "persons")


class Field(NamedTuple):
    """One custom field.

    Attributes:
        key: 40 hexadecimal digits.
        type: As Pipedrive names it (`enum`, `monetary`).
        options: Id to label, for `enum` and `set`.
    """

    key: str
    name: str
    type: str
    options: Mapping[int, str]

    @override
    def __hash__(self) -> int:
        return hash(self.key)


# Every type that holds a value of a person: Pipedrive's "Custom fields" guide, read 2026-11-21.
_EVERY_TYPE: Final = (
    ("Contract number", "varchar"), ("Invoice reference", "varchar_auto"), ("Notes", "text"),
    ("Discount", "double"), ("Setup fee", "monetary"), ("Tier", "enum"), ("Interests", "set"),
    ("Renewal date", "date"), ("Contract period", "daterange"), ("Call time", "time"),
    ("Service hours", "timerange"), ("Hotline", "phone"), ("Delivery address", "address"),
    ("Seats", "int"), ("Account manager", "user"), ("Reseller", "org"), ("Champion", "people"),
    ("Tier", "varchar"),
)  # fmt: skip
_CUSTOM: Final = MappingProxyType(
    {
        "deals": _EVERY_TYPE,
        "organizations": (("Homepage", "varchar"), ("Segments", "set"), *_EVERY_TYPE[3:]),
        "persons": (("Role", "enum"), ("Birthday gift", "date"), ("Language", "varchar")),
    }
)
_OPTIONS: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {
        "Tier": MappingProxyType({31: "Gold", 32: "Silver", 33: "Bronze"}),
        "Interests": MappingProxyType({41: "Support", 42: "Training", 43: "Hardware, used"}),
        "Segments": MappingProxyType({51: "Retail", 52: "Public sector", 53: "Énergie"}),
        "Role": MappingProxyType({61: "Decision maker", 62: "User"}),
    }
)
DELETED_OPTION: Final = 39
"""An option's id that records still hold though the field has it no more."""

_STANDARD: Final = MappingProxyType(
    {
        "deals": (
            "id:int:ID", "title:varchar:Title", "creator_user_id:user:Creator",
            "owner_id:user:Owner", "value:monetary:Value", "currency:varchar:Currency",
            "probability:double:Probability", "org_id:org:Organization", "person_id:people:Contact",
            "pipeline_id:double:Pipeline", "stage_id:stage:Stage", "status:status:Status",
            "label_ids:set:Label", "visible_to:visible_to:Visible to", "add_time:date:Deal created",
            "update_time:date:Update time", "stage_change_time:date:Last stage change",
            "close_time:date:Deal closed on", "won_time:date:Won time", "lost_time:date:Lost time",
            "lost_reason:varchar_options:Lost reason",
            "expected_close_date:date:Expected close date", "archive_time:date:Archive time",
            "origin:varchar:Source origin", "origin_id:varchar:Source origin ID",
            "channel:enum:Source channel", "channel_id:varchar:Source channel ID",
        ),
        "organizations": (
            "id:int:ID", "name:varchar:Name", "owner_id:user:Owner", "label_ids:set:Labels",
            "visible_to:visible_to:Visible to", "add_time:date:Organization created",
            "update_time:date:Update time", "address:address:Address", "website:varchar:Website",
            "linkedin:varchar:LinkedIn profile", "industry:enum:Industry",
            "annual_revenue:double:Annual revenue", "employee_count:int:Number of employees",
        ),
        "persons": (
            "id:int:ID", "name:varchar:Name", "first_name:varchar:First name",
            "last_name:varchar:Last name", "owner_id:user:Owner", "org_id:org:Organization",
            "emails:varchar:Email", "phones:phone:Phone", "label_ids:set:Labels",
            "visible_to:visible_to:Visible to", "add_time:date:Person created",
            "update_time:date:Update time", "picture_id:picture:Picture",
        ),
    }
)  # fmt: skip
OPTIONAL: Final = MappingProxyType(
    {
        "deals": (
            "next_activity_id", "last_activity_id", "first_won_time", "products_count",
            "files_count", "notes_count", "followers_count", "email_messages_count",
            "activities_count", "done_activities_count", "undone_activities_count",
            "participants_count", "last_incoming_mail_time", "last_outgoing_mail_time",
            "smart_bcc_email", "source_lead_id",
        ),
        "organizations": (
            "next_activity_id", "last_activity_id", "open_deals_count", "related_open_deals_count",
            "closed_deals_count", "related_closed_deals_count", "email_messages_count",
            "people_count", "activities_count", "done_activities_count",
            "undone_activities_count", "files_count", "notes_count", "followers_count",
            "won_deals_count", "related_won_deals_count", "lost_deals_count",
            "related_lost_deals_count", "smart_bcc_email",
        ),
        "persons": (
            "next_activity_id", "last_activity_id", "open_deals_count", "related_open_deals_count",
            "closed_deals_count", "related_closed_deals_count",
            "participant_open_deals_count", "participant_closed_deals_count",
            "email_messages_count", "activities_count", "done_activities_count",
            "undone_activities_count", "files_count", "notes_count", "followers_count",
            "won_deals_count", "related_won_deals_count", "lost_deals_count",
            "related_lost_deals_count", "last_incoming_mail_time", "last_outgoing_mail_time",
            "marketing_status", "doi_status", "smart_bcc_email",
        ),
    }
)  # fmt: skip
"""What `include_fields` may name; a default answer has none of it."""

INDUSTRIES: Final = MappingProxyType({1: "Software", 2: "Retail", 3: "Manufacturing", 4: "Energy"})
LABELS: Final = MappingProxyType({1: "Hot", 2: "Warm", 3: "Cold"})
_STANDARD_OPTIONS: Final[Mapping[str, Options]] = MappingProxyType(
    {
        "industry": INDUSTRIES,
        "label_ids": LABELS,
        "channel": {1: "Phone", 2: "Web"},
        "status": {"open": "Open", "won": "Won", "lost": "Lost", "deleted": "Deleted"},
        "visible_to": {1: "Item owner", 3: "All users"},
    }
)
_ADDRESS_PARTS: Final = (
    "value", "street_number", "route", "sublocality", "locality", "subpremise",
    "admin_area_level_1", "admin_area_level_2", "country", "postal_code", "formatted_address",
)  # fmt: skip
_SUBFIELDS: Final = MappingProxyType(
    {
        "address": _ADDRESS_PARTS,
        "monetary": ("value", "currency"),
        "daterange": ("value", "until"),
        "time": ("value", "timezone_id", "timezone_name"),
        "timerange": ("value", "until", "timezone_id", "timezone_name"),
    }
)


def custom_fields(seed: int, name: str) -> tuple[Field, ...]:
    """The custom fields of an object, in the order in which they were added."""
    return tuple(
        Field(
            sha1(f"{seed} {name} {number}".encode(), usedforsecurity=False).hexdigest(),
            label, kind, _OPTIONS.get(label, {}) if kind in ("enum", "set") else {},
        )
        for number, (label, kind) in enumerate(_CUSTOM[name])
    )  # fmt: skip


def describe(name: str, custom: tuple[Field, ...]) -> list[JSONObject]:
    """All fields of an object, as version 2 lists them."""
    standard = [
        _described(code, label, kind, _STANDARD_OPTIONS.get(code, {}))
        for code, kind, label in (text.split(":") for text in _STANDARD[name])
    ]
    optional = [
        _described(code, code.replace("_", " ").capitalize(), "int", {})
        | {"is_optional_response_field": True}
        for code in OPTIONAL[name]
    ]
    own = [
        _described(field.key, field.name, field.type, field.options)
        | {"is_custom_field": True, "description": None}
        for field in custom
    ]
    return [*standard, *optional, *own]


def _described(code: str, name: str, kind: str, options: Options) -> JSONObject:
    subfields = [
        {"field_code": f"{code}_{part}" if part != "value" else code,
         "field_name": f"{part.replace('_', ' ')} of {name}", "field_type": "varchar"}
        for part in _SUBFIELDS.get(kind, ())
    ]  # fmt: skip
    return {
        "field_name": name,
        "field_code": code,
        "field_type": kind,
        "options": [{"id": one, "label": label} for one, label in options.items()] or None,
        "subfields": subfields if code != "value" and subfields else None,
        "is_custom_field": False,
        "is_optional_response_field": False,
    }
