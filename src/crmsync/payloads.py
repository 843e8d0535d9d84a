"""What a destination takes: its fields as data, payloads, contributions, limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from crmsync.values import Value

Fields: TypeAlias = Mapping[str, object]
"""A payload's values by the destination's dotted field names, in any order.
Values are JSON: text, int, float, bool, list or dict of these. Never None: what is empty is
absent. Nulls appear only in what is sent to clear a value."""

Columns: TypeAlias = Mapping[str, Sequence[object]]
"""The values of several payloads: by field those of all, None where there is nothing to send."""


class FieldKind(StrEnum):
    """The shape of a destination's field."""

    DOMAIN = "domain"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    """ISO 8601, UTC, milliseconds, `Z`."""
    TEXT = "text"
    """One line."""
    LONG_TEXT = "long_text"
    """Newlines and tabs are kept."""
    ENUM = "enum"
    URL = "url"
    TEXT_LIST = "text_list"
    ROLES = "roles"
    """An object from email to an enum value, or to any text where the field has no choices."""
    ANY = "any"
    """A text, a number, a truth value, or a list of these: as it comes."""
    DAY = "day"
    """`YYYY-MM-DD`."""
    EMAIL = "email"
    NUMBER = "number"
    """A JSON number, whole or not."""
    INTEGER = "integer"
    """A JSON number without a fraction."""
    INTEGER_LIST = "integer_list"
    OBJECT_LIST = "object_list"
    """Objects that each have all of the field's `members`."""


class OnFault(StrEnum):
    """What is done with a value that the platform would refuse."""

    CLIP = "clip"
    """Shortened on a grapheme boundary, with an ellipsis: names, texts, list items."""
    DROP = "drop"
    """Left out with a warning: a cut id or phone number would be a wrong one."""
    REJECT = "reject"
    """The record is invalid."""


class Field(Value):
    """One attribute of a destination, as its document states it.

    Attributes:
        name: Dotted, as in mappings (`properties.displayName`).
        kind: Its shape.
        required: Whether a payload without it is refused.
        max_length: In UTF-16 code units; for lists, of each item. None for no limit.
        max_items: Elements of a list, keys of an object.
        choices: The enum's values, as sent. For ROLES, of each role; for EMAIL, the addresses
            that are known, none for any.
        aliases: Other spellings, normalised (upper case, underscores), to a choice.
        on_fault: What becomes of a value that does not fit.
        about: What it means, for people, with the document's conflicts named.
        example: One value that fits.
        fallback: The field whose value stands in where this one is mapped and comes out
            empty (a display name: the domain). It stands earlier in the destination's order.
        unlike: For lists of texts: the field whose value is no news here, and is taken out.
        labels: For integers: what people call them, without regard to case and blanks.
        members: For OBJECT_LIST: what each object has. Of an object given instead of a list,
            the keys are the first member's values, and the values the second's.
        unique: For OBJECT_LIST: the member of which no two objects have the same value.
        zone: For days: the time zone in which a moment is a day.
        latest: For days: gives the last day that is taken, at the time of asking.
        past: For timestamps: one that lies after the record's own last change is sent with
            a warning.
        nested: For ANY: whether objects are taken too, of which the destination makes
            something flat.
    """

    name: str
    kind: FieldKind
    required: bool = False
    max_length: int | None = None
    max_items: int | None = None
    choices: tuple[str, ...] = ()
    aliases: Mapping[str, str] | None = None
    on_fault: OnFault = OnFault.DROP
    about: str = ""
    example: object = None
    fallback: str = ""
    unlike: str = ""
    past: bool = False
    labels: Mapping[str, int] | None = None
    members: tuple[Field, ...] = ()
    unique: str = ""
    zone: str = "UTC"
    latest: Callable[[], str] | None = None
    nested: bool = False


class Contribution(NamedTuple):
    """What one record gives to a key.

    Attributes:
        sync: The sync that read it.
        record_id: The CRM's id.
        rank: Lower wins: (object rank, source priority) from the configuration.
        modified_at: Epoch milliseconds; 0 where unknown, which is oldest.
        fields: Its own payload values.
    """

    sync: str
    record_id: str
    rank: tuple[int, int]
    modified_at: int
    fields: Fields


class MergeRules(Value):
    """How what several records give to one key becomes one payload.

    Without any: lists and objects are united, timestamps are the winner's alone, every
    other field is the winner's or else the best runner-up's that has one.

    Attributes:
        together: Fields that come from the winner alone, present or not (an id and its URL).
        latest: Timestamps of which the greatest is taken.
        best: By field: its values, best first. Where the winner has none, the best of the
            others' is taken.
        precedence: By field of roles: its roles, strongest first, where one key has two.
        alone: Whether a key takes one record only: of several all are refused, since the
            platform would hold now one of them, now another.
    """

    together: frozenset[str] = frozenset()
    latest: frozenset[str] = frozenset()
    best: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    precedence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    alone: bool = False


class Limits(Value):
    """What one request to a destination may hold.

    Attributes:
        max_payloads: Payloads a request.
        max_bytes: Bytes of the exact body, brackets and commas included.
        in_flight: Requests at once.
    """

    max_payloads: int
    max_bytes: int
    in_flight: int = 2
