"""The portal's company properties."""

from __future__ import annotations

from typing import Final

from crmsync.sandbox import words
from crmsync.sandbox.hubspot.schema import ALWAYS, Property, choice, owner

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
            choice("industry", *words.INDUSTRIES),
            choice("lifecyclestage", *words.STAGES, "1234567"),
            choice("type", *words.TYPES),
            choice("hs_lead_status", *words.LEAD_STATUSES),
            choice("hs_analytics_source", *words.ORIGINS),
            choice("hs_object_source", *words.OBJECT_SOURCES),
            choice("account_tier", *words.TIERS, custom=True),
            owner("hubspot_owner_id"),
            owner("csm_owner", custom=True),
        )
    )
)
"""Sorted by name."""

DEFAULT: Final = ("name", "domain", *ALWAYS)
"""What a company carries when nothing was asked for."""
