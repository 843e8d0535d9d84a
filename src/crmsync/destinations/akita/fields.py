"""Akita's account, attribute by attribute, as its document states it.

Every fact here is from Akita's article "Creating and Updating Accounts via the API"
(https://docs.akitaapp.com, article 6777738), read 2026-11-21, unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.payloads import Field, FieldKind, MergeRules, OnFault
from crmsync.transport.clock import SystemClock

TRAITS: Final = "traits."
KEY: Final = "internal_id"
# "Tracked" is for trials and customers, not for those who left: Akita's help centre. There is
# no call that deletes an account.
DISABLED: Final = {"is_tracked": False}
# An account is one customer of ours: records that share an id would overwrite each other.
MERGE: Final = MergeRules(alone=True)

# Not Akita's: longer addresses are refused by browsers and proxies, and are mistakes.
URL_LENGTH: Final = 2_048
# Not Akita's: no phone number is that long.
PHONE_LENGTH: Final = 49

_CLOCK: Final = SystemClock()
_LABEL: Final = Field(name="label", kind=FieldKind.TEXT)


def _labelled(name: str, value: Field, about: str, example: dict[str, str]) -> Field:
    return Field(
        name=name,
        kind=FieldKind.OBJECT_LIST,
        members=(_LABEL, replace(value, name="value")),
        about=about,
        example=[example],
    )


_ALL: Final = (
    Field(
        name=KEY,
        kind=FieldKind.TEXT,
        required=True,
        on_fault=OnFault.REJECT,
        about="What you identify the customer organization by, the only attribute that Akita "
        "demands. It must never change, so it is neither a domain nor a name.",
        example="hubspot:8801334",
    ),
    Field(
        name="name",
        kind=FieldKind.TEXT,
        about="What people call it. Recommended with every request: without it a new account "
        "has no name.",
        example="My New Customer",
    ),
    Field(
        name="is_tracked",
        kind=FieldKind.BOOLEAN,
        about="Whether Akita watches it. True where a new account is sent without; false for "
        "churned and prospective ones. Sent when the account is new, and when the value "
        "changes: what people set by hand in between stays.",
        example=False,
    ),
    Field(
        name="is_churned",
        kind=FieldKind.BOOLEAN,
        about="Whether it was a customer and left. Where the value is gone, false is sent.",
        example=True,
    ),
    Field(
        name="customer_end_date",
        kind=FieldKind.DAY,
        about="When it left: today or before, which churns the account by itself. A later day "
        "is left out until it has come.",
        example="2021-01-05",
    ),
    _labelled(
        "emails",
        Field(name="", kind=FieldKind.EMAIL),
        "Shared addresses of the organization, not those of its people.",
        {"label": "Billing Email", "value": "billing@my-new-customer.com"},
    ),
    _labelled(
        "phones",
        Field(name="", kind=FieldKind.TEXT, max_length=PHONE_LENGTH),
        f"Left out rather than cut, when longer than {PHONE_LENGTH}.",
        {"label": "Billing", "value": "+1 303 555 1212"},
    ),
    _labelled(
        "urls",
        Field(name="", kind=FieldKind.URL, max_length=URL_LENGTH),
        f"Left out when longer than {URL_LENGTH:,}.",
        {"label": "Helpdesk", "value": "https://helpdesk.my-new-customer.com"},
    ),
    Field(
        name="roles",
        kind=FieldKind.OBJECT_LIST,
        members=(
            Field(name="email", kind=FieldKind.EMAIL),
            Field(name="role_id", kind=FieldKind.INTEGER),
        ),
        unique="role_id",
        about="Who serves the account: Akita's users by email, in a role that they have been "
        "assigned there. Map `pairs` from email to a name of the setting `roles`.",
        example=[{"email": "john.csm@my-company.com", "role_id": 6}],
    ),
    Field(
        name="tags",
        kind=FieldKind.INTEGER_LIST,
        about="Manually created tags, by Api ID or by a name of the setting `tags`.",
        example=[123],
    ),
)

FIELDS: Final[Mapping[str, Field]] = {field.name: field for field in _ALL}

_TRAITS: Final = {
    "text": FieldKind.TEXT,
    "number": FieldKind.NUMBER,
    "boolean": FieldKind.BOOLEAN,
}


def tailored(
    fields: Mapping[str, Field],
    settings: AkitaSettings,
    *,
    now: Callable[[], datetime] = _CLOCK.now,
) -> Mapping[str, Field]:
    """The fields as one account has them: its zone, roles, tags and traits.

    *now* is asked whenever a day is fitted: what is today changes while a daemon runs.
    """
    zone = ZoneInfo(settings.timezone)
    emails, role_ids = fields["roles"].members
    known = tuple(settings.role_holders or ())
    changed = {
        "customer_end_date": replace(
            fields["customer_end_date"],
            zone=settings.timezone,
            latest=lambda: now().astimezone(zone).date().isoformat(),
        ),
        "roles": replace(
            fields["roles"],
            members=(replace(emails, choices=known), replace(role_ids, labels=settings.roles)),
        ),
        "tags": replace(fields["tags"], labels=settings.tags),
    }
    traits = {
        TRAITS + name: Field(
            name=TRAITS + name,
            kind=_TRAITS[kind],
            about="A custom attribute of this account.",
            example={"text": "Gold", "number": 7, "boolean": True}[kind],
        )
        for name, kind in settings.traits.items()
    }
    return {**fields, **changed, **traits}
