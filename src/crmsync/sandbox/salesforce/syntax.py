"""What a SOQL query says, as values."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import NamedTuple, TypeAlias

from crmsync.sandbox.salesforce.schema import Value

Path: TypeAlias = tuple[str, ...]
"""`Account.Owner.Name`, taken apart, as written."""


class Literal(NamedTuple):
    """A literal. Datetimes are epoch milliseconds."""

    kind: OneOf["string", "number", "boolean", "null", "date", "datetime"]
    value: Value


class Comparison(NamedTuple):
    """`path operator value`; the operator is in capitals, IN has many values."""

    path: Path
    operator: str
    values: tuple[Literal, ...]


class And(NamedTuple):
    """All hold."""

    parts: tuple[Condition, ...]


class Or(NamedTuple):
    """One of them holds."""

    parts: tuple[Condition, ...]


class Not(NamedTuple):
    """It does not hold."""

    part: Condition


Condition: TypeAlias = Comparison | And | Or | Not


class Order(NamedTuple):
    """One key to order by."""

    path: Path
    descending: bool = False
    nulls_last: bool = False


class Query(NamedTuple):
    """A whole query.

    Attributes:
        fields: Paths; empty where only a count is asked for.
        group: What FIELDS() was asked for (`ALL`, `STANDARD`, `CUSTOM`); empty for none.
        aggregates: Whether the field list has a function other than COUNT() alone.
    """

    entity: str
    fields: tuple[Path, ...] = ()
    group: str = ""
    counting: bool = False
    aggregates: bool = False
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
