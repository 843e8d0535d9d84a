"""Akooda's organization, attribute by attribute, as its document states it.

Every fact here is from Akooda's "Ingestion API Guide", https://help.akooda.co (article
8110147), read 2026-11-21, unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from crmsync.payloads import Field, FieldKind, MergeRules, OnFault

PROPERTIES: Final = "properties."
KEY: Final = "domain"
DISABLED: Final = {"isEnabled": False}

# "<50chars" is strictly less. What a char is stays open: UTF-16 units are the strictest
# reading for a platform written in JavaScript.
SHORT: Final = 49
# "Each attribute of type string has a max length of 100,000 chars".
LONG: Final = 100_000
# "Each attribute of type array has up to 255 elements", "type object … up to 255 keys".
ELEMENTS: Final = 255
# Not Akooda's: longer addresses are refused by browsers and proxies, and are mistakes.
URL_LENGTH: Final = 2_048

# The attribute table also offers Prospect and Partner, which the list of stages lacks.
STAGES: Final = (
    "SUBSCRIBER",
    "LEAD",
    "AWARE",
    "OPPORTUNITY",
    "PIPELINE",
    "CUSTOMER",
    "CLOSED_WON",
    "EVANGELIST",
    "RENEWAL",
    "CLOSED_LOST",
    "CHURN",
)
# The table says CSM and the request example "Account Owner": neither is in the list.
ROLES: Final = ("ACCOUNT MANAGER", "CUSTOMER SUCCESS MANAGER", "PRODUCT MANAGER")
OBJECT_TYPES: Final = ("COMPANY", "DEAL", "ACCOUNT", "OPPORTUNITY")
OBJECT_SOURCES: Final = ("HUBSPOT", "SALESFORCE", "PIPEDRIVE")
RISKS: Final = ("LOW", "MEDIUM", "HIGH")
# The document heads this list "risk" a second time; its values are sizes.
SIZES: Final = ("SMALL", "MEDIUM", "LARGE")

MERGE: Final = MergeRules(
    together=frozenset(
        PROPERTIES + name for name in ("objectId", "objectType", "objectSource", "objectUrl")
    ),
    latest=frozenset({PROPERTIES + "modifiedAt"}),
    best={
        PROPERTIES + "stage": (
            "CUSTOMER",
            "CLOSED_WON",
            "RENEWAL",
            "PIPELINE",
            "OPPORTUNITY",
            "EVANGELIST",
            "LEAD",
            "AWARE",
            "SUBSCRIBER",
            "CHURN",
            "CLOSED_LOST",
        )
    },
    precedence={
        PROPERTIES + "owners": ("CUSTOMER SUCCESS MANAGER", "ACCOUNT MANAGER", "PRODUCT MANAGER")
    },
)


def _timestamp(name: str, about: str, *, past: bool = False) -> Field:
    return Field(
        name=PROPERTIES + name,
        kind=FieldKind.TIMESTAMP,
        about=about,
        example="2022-06-08T12:55:24.602Z",
        past=past,
    )


def _choice(
    name: str, choices: tuple[str, ...], about: str, aliases: Mapping[str, str] | None = None
) -> Field:
    return Field(
        name=PROPERTIES + name,
        kind=FieldKind.ENUM,
        choices=choices,
        aliases=aliases,
        about=about,
        example=choices[0],
    )


def _url(name: str, about: str, example: str) -> Field:
    return Field(
        name=PROPERTIES + name,
        kind=FieldKind.URL,
        max_length=URL_LENGTH,
        about=f"{about} Left out when longer than {URL_LENGTH:,}.",
        example=example,
    )


def _texts(name: str, about: str, example: list[str], unlike: str = "") -> Field:
    return Field(
        name=PROPERTIES + name,
        kind=FieldKind.TEXT_LIST,
        max_length=SHORT,
        max_items=ELEMENTS,
        on_fault=OnFault.CLIP,
        about=about,
        example=example,
        unlike=unlike,
    )


_ALL: Final = (
    Field(
        name=KEY,
        kind=FieldKind.DOMAIN,
        required=True,
        on_fault=OnFault.REJECT,
        about="What Akooda identifies an organization by; the only attribute it demands.",
        example="akooda.co",
    ),
    Field(
        name="isEnabled",
        kind=FieldKind.BOOLEAN,
        about="Akooda takes true where it is missing. Best left out, so that what an "
        "administrator disabled may stay so; the document is silent on updates.",
        example=False,
    ),
    _timestamp("closedAt", "When the deal was closed.", past=True),
    _timestamp("modifiedAt", "When the CRM last changed the record."),
    _timestamp("renewedAt", "When the contract was last renewed."),
    _timestamp("assignedAt", "When the owner was assigned. In the table, not in the example."),
    Field(
        name=PROPERTIES + "description",
        kind=FieldKind.LONG_TEXT,
        max_length=LONG,
        on_fault=OnFault.CLIP,
        about="What the organization does.",
        example="Akooda is on a mission to help employees and managers.",
    ),
    Field(
        name=PROPERTIES + "location",
        kind=FieldKind.TEXT,
        max_length=LONG,
        on_fault=OnFault.CLIP,
        about="Where it is, the country spelled out.",
        example="Cambridge, United States",
    ),
    _choice(
        "stage",
        STAGES,
        "Where the organization stands. The table also offers Prospect and Partner, which the "
        "list of stages lacks: they are left out unless `extra_stages` has them.",
        {"CLOSEDWON": "CLOSED_WON", "CLOSEDLOST": "CLOSED_LOST"},
    ),
    _texts("segments", "Industries, in free text.", ["Technology"]),
    Field(
        name=PROPERTIES + "displayName",
        kind=FieldKind.TEXT,
        max_length=SHORT,
        on_fault=OnFault.CLIP,
        about="What people call it; the domain where the CRM has no name.",
        example="Akooda",
        fallback=KEY,
    ),
    Field(
        name=PROPERTIES + "owners",
        kind=FieldKind.ROLES,
        max_items=ELEMENTS,
        choices=ROLES,
        aliases={"CSM": "CUSTOMER SUCCESS MANAGER", "ACCOUNT_OWNER": "ACCOUNT MANAGER"},
        about="Email to role: one role a person, nobody without an email. The document "
        "writes CSM and Account Owner in places; the list of roles has neither.",
        example={"jo@acme.com": "ACCOUNT MANAGER"},
    ),
    _texts(
        "nicknames",
        "Other names and ids. The display name is no news here.",
        ["Akooda Inc", "8801334"],
        PROPERTIES + "displayName",
    ),
    _url("linkedinUrl", "Its LinkedIn page.", "https://www.linkedin.com/company/akooda"),
    _url("websiteUrl", "Its website.", "https://akooda.co"),
    _url("twitterUrl", "Its Twitter (X) page.", "https://twitter.com/akooda"),
    Field(
        name=PROPERTIES + "phone",
        kind=FieldKind.TEXT,
        max_length=SHORT,
        about="As people write it; left out rather than cut.",
        example="720-343-1234",
    ),
    Field(
        name=PROPERTIES + "objectId",
        kind=FieldKind.TEXT,
        max_length=SHORT,
        about="The CRM's id, as text; left out rather than cut.",
        example="8801334",
    ),
    _choice("objectType", OBJECT_TYPES, "The CRM's kind of object. The table omits OPPORTUNITY."),
    _choice("objectSource", OBJECT_SOURCES, "Which CRM. The table omits PIPEDRIVE."),
    _url("objectUrl", "Where a person opens it in the CRM.", "https://app.hubspot.com/"),
    _choice("risk", RISKS, "How likely it leaves."),
    _choice("size", SIZES, "How large it is. The document heads this list `risk` by mistake."),
)

FIELDS: Final[Mapping[str, Field]] = {field.name: field for field in _ALL}


def extended(
    fields: Mapping[str, Field], extra: Mapping[str, Sequence[str]]
) -> Mapping[str, Field]:
    """The fields with values that Akooda added to its enums for one account.

    "If you are missing an option …, please share with the team and we'll work together to
    add it". Written as the platform would: upper case, blanks to underscores; roles keep
    their blanks, as in its list.
    """
    return {
        name: replace(field, choices=_with(field, extra[name])) if extra.get(name) else field
        for name, field in fields.items()
    }


def _with(field: Field, extra: Sequence[str]) -> tuple[str, ...]:
    blank = " " if field.kind is FieldKind.ROLES else "_"
    written = (blank.join(text.upper().split()) for text in extra)
    return tuple(dict.fromkeys((*field.choices, *written)))
