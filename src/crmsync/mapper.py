"""The seam between the engine and the mapping: a record goes in, a payload comes out."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from crmsync.payloads import Contribution, Fields
from crmsync.receipts import Outcome, Problem
from crmsync.records import Record


class Mapped(NamedTuple):
    """A record, mapped.

    Attributes:
        key: The payload's key; None unless `outcome` is None.
        fields: The payload's values; empty unless `outcome` is None.
        problems: What was mended or left out; for INVALID and SKIPPED, why.
        outcome: None where the record is to be sent, else FILTERED, SKIPPED or INVALID.
        body: The payload encoded, where the destination does so by the page; else empty.
    """

    key: str | None
    fields: Fields
    problems: tuple[Problem, ...] = ()
    outcome: Outcome | None = None
    body: bytes = b""


class TraceStep(NamedTuple):
    """How one destination field came to its value, for `explain`.

    Attributes:
        field: The destination's field.
        rule: The rule as TOML, on one line.
        raw: (path, value as the CRM gave it) of each path that the rule reached for.
        steps: (name, value after it) of each transform and of the final fitting.
        value: What goes out, None where the field is left out.
        problems: What was mended or left out on the way.
    """

    field: str
    rule: str
    raw: tuple[tuple[str, object], ...]
    steps: tuple[tuple[str, object], ...]
    value: object
    problems: tuple[Problem, ...]


class Mapper(Protocol):
    """A compiled mapping: pure, no I/O, the same record always gives the same payload."""

    @property
    @abstractmethod
    def paths(self) -> frozenset[str]:
        """Every source path that the mapping reaches for."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """Of the effective mapping; two mappings with equal digests map alike."""

    @abstractmethod
    def map_page(self, records: Sequence[Record]) -> Sequence[Mapped]:
        """Map live records, each as if it were alone. Never raises for what is in them."""

    @abstractmethod
    def map(self, record: Record) -> Mapped:
        """Map one live record: a page of one."""

    @abstractmethod
    def trace(self, record: Record) -> Sequence[TraceStep]:
        """Map one record and tell how each field came about."""

    @abstractmethod
    def merge(self, contributions: Sequence[Contribution]) -> tuple[Fields, Contribution]:
        """Merge what several records give to one key, and name the winner.

        The result does not depend on the order of *contributions* (at least one).
        """
