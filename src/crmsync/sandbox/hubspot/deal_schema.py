"""The portal's deal properties."""

from __future__ import annotations

from typing import Final

from crmsync.sandbox import words
from crmsync.sandbox.hubspot.pipelines import PIPELINES
from crmsync.sandbox.hubspot.schema import ALWAYS, Property, choice, owner

CURRENCIES: Final = ("EUR", "USD", "SEK", "GBP")
DEAL_TYPES: Final = ("newbusiness", "existingbusiness")
PRIORITIES: Final = ("low", "medium", "high")
COMPETITORS: Final = ("Northwind; Ltd", "Initech", "Umbrella", "in-house")
"""Values of a multi-select; one has the separator in its label."""

_TEXTS: Final = [
    "dealname",
    "closed_lost_reason",
    "closed_won_reason",
    "hs_next_step",
    "hs_merged_object_ids",
    "hs_analytics_source_data_1",
    "hs_campaign",
    "purchase_order",
]
_NUMBERS: Final = [
    "amount",
    "amount_in_home_currency",
    "days_to_close",
    "hs_acv",
    "hs_arr",
    "hs_closed_amount",
    "hs_created_by_user_id",
    "hs_deal_stage_probability",
    "hs_exchange_rate",
    "hs_forecast_probability",
    "hs_mrr",
    "hs_object_id",
    "hs_projected_amount",
    "hs_tcv",
    "num_associated_contacts",
    "num_notes",
]
_DATETIMES: Final = [
    "closedate",
    "createdate",
    "hs_createdate",
    "hs_lastmodifieddate",
    "hs_v2_date_entered_current_stage",
    "hubspot_owner_assigneddate",
    "notes_last_contacted",
    "notes_last_updated",
]
_FLAGS: Final = ["hs_is_closed", "hs_is_closed_lost", "hs_is_closed_won"]


def _stages() -> Property:
    labels = {s.id: f"{s.label} ({p.label})" for p in PIPELINES.values() for s in p.stages}
    shown = choice("dealstage", *labels)
    return shown._replace(field_type="radio", labels=tuple(labels.values()))


def _pipelines() -> Property:
    labels = tuple(pipeline.label for pipeline in PIPELINES.values())
    return choice("pipeline", *PIPELINES)._replace(labels=labels)


def _competitors() -> Property:
    values = tuple(name.split(";")[0].lower() for name in COMPETITORS)
    return Property(
        "competitors", "enumeration", "checkbox", values, custom=True, labels=COMPETITORS
    )


PROPERTIES: Final = tuple(
    prop._replace(group="dealinformation")
    for prop in sorted(
        (
            *(Property(name) for name in _TEXTS),
            *(Property(name, "number", "number") for name in _NUMBERS),
            *(Property(name, "datetime", "date") for name in _DATETIMES),
            *(Property(name, "bool", "booleancheckbox", ("true", "false")) for name in _FLAGS),
            Property("description", "string", "textarea"),
            Property("contract_start", "date", "date", custom=True),
            Property("seats", "number", "number", custom=True),
            Property("needs_legal", "bool", "booleancheckbox", ("true", "false"), custom=True),
            _stages(),
            _pipelines(),
            _competitors(),
            choice("deal_currency_code", *CURRENCIES),
            choice("dealtype", *DEAL_TYPES),
            choice("hs_priority", *PRIORITIES),
            choice("hs_analytics_source", *words.ORIGINS),
            choice("hs_object_source", *words.OBJECT_SOURCES),
            owner("hubspot_owner_id"),
            owner("sales_engineer", custom=True),
        )
    )
)
"""Sorted by name."""

DEFAULT: Final = ("amount", "closedate", "dealname", "dealstage", "pipeline", *ALWAYS)
"""What a deal carries when nothing was asked for."""
