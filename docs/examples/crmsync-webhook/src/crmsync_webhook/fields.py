"""What a record has at the receiver: what the presets fill, and any other name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from crmsync.payloads import Field, FieldKind, OnFault

KEY: Final = "id"
DISABLED: Final = {"deleted": True}

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _text(name: str, about: str, example: str) -> Field:
    return Field(name=name, kind=FieldKind.TEXT, about=about, example=example)


_ALL: Final = (
    Field(
        name=KEY,
        kind=FieldKind.TEXT,
        required=True,
        on_fault=OnFault.REJECT,
        about="The CRM's name and its id for the record: what the receiver knows it by.",
        example="hubspot:8801334",
    ),
    _text("object", "The CRM's kind of object.", "company"),
    _text("name", "What people call it.", "Acme"),
    Field(
        name="domain",
        kind=FieldKind.DOMAIN,
        about="The organization's internet domain.",
        example="acme.com",
    ),
    _text("stage", "Where it stands, in the CRM's own words.", "customer"),
    Field(
        name="owner",
        kind=FieldKind.EMAIL,
        about="Who looks after it.",
        example="jo@acme.com",
    ),
    Field(
        name="employees",
        kind=FieldKind.INTEGER,
        about="How many people work there.",
        example=250,
    ),
    Field(
        name="url",
        kind=FieldKind.URL,
        about="Where a person opens it in the CRM.",
        example="https://app.hubspot.com/",
    ),
    Field(
        name="modified_at",
        kind=FieldKind.TIMESTAMP,
        about="When the CRM last changed it.",
        example="2026-11-21T12:00:00.000Z",
    ),
    Field(
        name="deleted",
        kind=FieldKind.BOOLEAN,
        about='Whether it is gone from the CRM. Set by `on_delete = "disable"`.',
        example=True,
    ),
)

FIELDS: Final[Mapping[str, Field]] = {field.name: field for field in _ALL}


def other_field(name: str) -> Field | None:
    """The field of any other name: lower case, one word."""
    if not _NAME.fullmatch(name):
        return None
    return Field(name=name, kind=FieldKind.ANY, about="An attribute of your own.")
