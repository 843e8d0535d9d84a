"""What a mapping may tell of a record, for Atoka's lead events to be made from.

Of each field stands here what becomes of it; what the platform takes is in `events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crmsync.payloads import Field, FieldKind, OnFault

KEY: Final = "record"
STAGE: Final = "stage"
PREVIOUS: Final = "previous"
STATUS: Final = "status"
ASSIGNEE: Final = "assignee"
UNASSIGN: Final = "unassign"
CHANGED_AT: Final = "changed_at"

WATCHED: Final = frozenset({STAGE, STATUS, ASSIGNEE, UNASSIGN})
"""A change of one of these is an event."""

_ALL: Final = (
    Field(
        name=KEY,
        kind=FieldKind.TEXT,
        required=True,
        on_fault=OnFault.REJECT,
        about="What in the CRM the events are about: `record.id`. A change is told from what was "
        "last noted of it.",
        example="8801334",
    ),
    Field(
        name="lead",
        kind=FieldKind.TEXT,
        about="Atoka's own id of the lead, where the CRM has it. It settles who is meant.",
        example="6da785b3adf2",
    ),
    Field(
        name="type",
        kind=FieldKind.ENUM,
        choices=("company", "person"),
        on_fault=OnFault.REJECT,
        about="What the lead is; without it a company. A person is known by its id only.",
        example="company",
    ),
    Field(
        name="vat",
        kind=FieldKind.TEXT,
        about="The company's VAT number, by which the lead is looked up.",
        example="IT02241890223",
    ),
    Field(
        name="tax_id",
        kind=FieldKind.TEXT,
        about="The company's tax id, by which the lead is looked up.",
        example="02241890223",
    ),
    Field(
        name="reg_number",
        kind=FieldKind.TEXT,
        about="The company's number in the register, by which the lead is looked up.",
        example="TN-210089",
    ),
    Field(
        name="company",
        kind=FieldKind.TEXT,
        about="The company's name. Where nothing else tells who is meant, the lead is the only "
        "company that Atoka is sure of.",
        example="SpazioDati S.r.l.",
    ),
    Field(
        name=STAGE,
        kind=FieldKind.TEXT,
        about="What the CRM calls the stage. A change of it is an event, and stands in its note.",
        example="Contract sent",
    ),
    Field(
        name=PREVIOUS,
        kind=FieldKind.TEXT,
        about="The stage before, where a record is itself a change of the stage.",
        example="Presentation",
    ),
    Field(
        name=STATUS,
        kind=FieldKind.TEXT,
        about="The lead's new status, one that is configured at Atoka, to the letter. A change of "
        "it is an event.",
        example="Contacted",
    ),
    Field(
        name=ASSIGNEE,
        kind=FieldKind.TEXT,
        about="Who the lead is assigned to, as Atoka calls the user. A change of it is an event; "
        "where it is gone, the lead is assigned to nobody.",
        example="jo@acme.com",
    ),
    Field(
        name=UNASSIGN,
        kind=FieldKind.BOOLEAN,
        about="Whether the lead is to be assigned to nobody. It wins over `assignee`.",
        example=True,
    ),
    Field(
        name="note",
        kind=FieldKind.LONG_TEXT,
        about="What the note begins with. What changed, and when, follows.",
        example="Deal Acme renewal",
    ),
    Field(
        name=CHANGED_AT,
        kind=FieldKind.TIMESTAMP,
        about="When it changed in the CRM; without it, when the record was last changed.",
        example="2026-11-21T10:00:00.000Z",
    ),
)

FIELDS: Final[Mapping[str, Field]] = {field.name: field for field in _ALL}
