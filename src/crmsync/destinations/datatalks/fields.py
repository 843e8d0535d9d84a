"""Data Talks' attributes: those that the presets fill, and what else may be called one.

"Inside the data object, you can add as many attributes as you want as long as they remain flat,
i.e. no nested objects are supported inside it", and "We need you to specify how the attributes
in your data will be mapped to the fields of the integration": Data Talks' "Datatalks API: Using
the API" (https://datatalks.atlassian.net, space PI, page 875495429), read 2026-11-21. So names
are the sender's own, and those here are a beginning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from crmsync.payloads import Field, FieldKind, MergeRules, OnFault

KEY: Final = "crm_id"
GROUP_KEY: Final = "group_key"
OWNERS: Final = "owners"
OWNER_EMAILS: Final = "owner_emails"
OWNER_ROLES: Final = "owner_roles"

# No number is published. A longer address is a mistake.
URL_LENGTH: Final = 2_048
_NAME: Final = re.compile(r"[^\W\d][\w -]{0,99}")
_OWN: Final = frozenset({OWNER_ROLES, "data"})

MERGE: Final = MergeRules(
    together=frozenset({"crm_id", "crm_type", "crm_source", "crm_url", "amount", "currency"}),
    latest=frozenset({"modified_at"}),
)


def _text(name: str, about: str, example: str) -> Field:
    return Field(name=name, kind=FieldKind.TEXT, about=about, example=example)


def _url(name: str, about: str, example: str) -> Field:
    return Field(name=name, kind=FieldKind.URL, max_length=URL_LENGTH, about=about, example=example)


_ALL: Final = (
    Field(
        name=KEY,
        kind=FieldKind.TEXT,
        on_fault=OnFault.REJECT,
        about="The CRM's id, after the CRM's name, so that two CRMs' records stay apart.",
        example="hubspot:8801334",
    ),
    _text(
        GROUP_KEY,
        "Which of your brands or markets a record belongs to; it stands beside the data. Best "
        "left to the account's `group_key` or `groups`, which give it where no rule does.",
        "abc123",
    ),
    _text("email", "The e-mail address, where the record is a person.", "john.doe@example.com"),
    _text("name", "The name, where the record is a person.", "John Doe"),
    Field(
        name="company_domain",
        kind=FieldKind.DOMAIN,
        about="The company's internet domain.",
        example="datatalks.se",
    ),
    _text("company_name", "What people call the company.", "Data Talks"),
    Field(
        name="company_description",
        kind=FieldKind.LONG_TEXT,
        about="What the company does. Shortened where a request would be too large.",
        example="Customer data for sports and entertainment.",
    ),
    _text("company_city", "Where the company is.", "Stockholm"),
    _text("company_country", "The country, spelled out.", "Sweden"),
    _text("stage", "Where the company or deal stands, in the mapping's words.", "CUSTOMER"),
    Field(
        name="segments",
        kind=FieldKind.TEXT_LIST,
        about="Industries, in free text.",
        example=["Technology"],
    ),
    Field(
        name=OWNERS,
        kind=FieldKind.ROLES,
        about=f"E-mail to role. Sent as two lists in the same order, `{OWNER_EMAILS}` and "
        f"`{OWNER_ROLES}`: objects cannot be sent.",
        example={"jo@acme.com": "ACCOUNT MANAGER"},
    ),
    _text("phone", "As people write it.", "+46 8 123 456"),
    _url("website", "The company's website.", "https://datatalks.se"),
    _url("linkedin", "Its LinkedIn page.", "https://www.linkedin.com/company/data-talks"),
    _url("twitter", "Its Twitter (X) page.", "https://twitter.com/datatalks"),
    _text("crm_type", "The CRM's kind of object.", "COMPANY"),
    _text("crm_source", "Which CRM.", "HUBSPOT"),
    _url("crm_url", "Where a person opens it in the CRM.", "https://app.hubspot.com/"),
    Field(name="employees", kind=FieldKind.ANY, about="How many people work there.", example=250),
    _text("size", "How large it is: SMALL, MEDIUM or LARGE in the presets.", "LARGE"),
    Field(
        name="closed_at",
        kind=FieldKind.TIMESTAMP,
        about="When it became a customer, or the deal was closed.",
        example="2022-06-08T12:55:24.602Z",
    ),
    Field(
        name="modified_at",
        kind=FieldKind.TIMESTAMP,
        about="When the CRM last changed the record.",
        example="2022-06-08T12:55:24.602Z",
    ),
    _text("amount", "What the deal is worth, a decimal number as text.", "1500.00"),
    _text("currency", "Of the amount.", "SEK"),
)

FIELDS: Final[Mapping[str, Field]] = {field.name: field for field in _ALL}


def open_field(*, nested: bool) -> Callable[[str], Field | None]:
    """Makes the field of any flat name; *nested* where objects may be given to it."""

    def field(name: str) -> Field | None:
        if not _NAME.fullmatch(name) or name in _OWN:
            return None
        return Field(
            name=name,
            kind=FieldKind.ANY,
            on_fault=OnFault.REJECT,
            about="An attribute of your own.",
            nested=nested,
        )

    return field
