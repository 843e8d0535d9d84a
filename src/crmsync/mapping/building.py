"""What compiling a rule needs to hand around, and the shape of what comes out."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

from crmsync.mapping.paths import Getter, compile_path
from crmsync.mapping.values import Transform
from crmsync.payloads import Field
from crmsync.receipts import Problem
from crmsync.records import Alike, Record
from crmsync.values import Value

Report: TypeAlias = list[Problem]
"""What was mended, left out or refused in one record so far; appended to."""

Extract: TypeAlias = Callable[[Record, Report], object]
"""Makes one value of a record, None where there is nothing to send. May raise whatever a
person's own function raises."""


class Told(NamedTuple):
    """In a column: a value, and what the whole rule reports with it."""

    value: object
    problems: tuple[Problem, ...]


OPEN: Final = Told(None, ())
"""In a column: this record takes the whole rule."""


class Page(list[Record]):
    """Records of which columns are made, with what each of these would look for again.

    Attributes:
        fields: Each record's own.
        heads: The names under which something is joined to any of them.
        raws: By name, all records' own values, where most fields will be asked for (*many*) and
            the records have the same ones in the same order; else nothing.
    """

    def __init__(self, records: Iterable[Record], *, many: bool = False) -> None:
        super().__init__(records)
        self.fields = [record.fields for record in self]
        self.heads = {*chain.from_iterable([record.joins for record in self])}
        self.raws = _by_name(self.fields, alike=isinstance(records, Alike)) if many else {}


def _by_name(
    fields: Sequence[Mapping[str, object]], *, alike: bool
) -> Mapping[str, Sequence[object]]:
    names = list(fields[0]) if fields else []
    if not (alike or all(map(names.__eq__, map(list, fields)))):
        return {}
    return dict(zip(names, zip(*[one.values() for one in fields], strict=True), strict=True))


Column: TypeAlias = Callable[[Page], list[object]]
"""A rule's values for a page's records, as far as they come without more ado, one a record:
what the whole rule gives where it has nothing to report (None is nothing to send), else OPEN.
The column of a field's rule, but of no part of one, may have Told too."""


class Recipe(NamedTuple):
    """A compiled rule.

    Attributes:
        whole: The rule, for one record.
        column: The same, quicker, for the records of a page that need no more than a value.
    """

    whole: Extract
    column: Column


Combine: TypeAlias = Callable[[Sequence[object]], object]
"""Makes one value of a record's values for the parts of a rule; OPEN where it cannot."""


Together: TypeAlias = Callable[[Sequence[list[object]]], list[object]]
"""Makes of the columns of a rule's parts what Combine makes of each record's values."""


class Composed(NamedTuple):
    """An origin made of parts, compiled.

    Attributes:
        whole: The origin, for one record.
        parts: The columns of its parts.
        combine: Makes of the parts' values what `whole` gives.
        together: The same for a page, where that is quicker.
    """

    whole: Extract
    parts: Sequence[Column]
    combine: Combine
    together: Together | None = None


PLACE_HOLDER = "someone@example.com"
"""Stands for a key that only a record knows, while a constant beside it is checked."""


class Probe:
    """Sees every raw value and every step; this one looks away.

    Attributes:
        folds: Whether constants may be worked out once, ahead of any record.
    """

    folds = True

    def getter(self, path: str, get: Getter) -> Getter:
        """The getter to use for *path*."""
        del path
        return get

    def step(self, name: str, apply: Transform) -> Transform:
        """The transform to use for the step called *name*."""
        del name
        return apply


def _as_it_is(value: object) -> object:
    return value


class Building(Value):
    """The surroundings of a rule that is being compiled.

    Attributes:
        field: The destination's field that the value is for.
        fit: Fits a finished value into `field`.
        object_name: The sync's object.
        precedence: Of two values for one key of an object: strongest first.
        probe: Sees values pass, for `explain`.
        faults: Every fault of the mapping so far; appended to.
        paths: Every source path so far; added to.
        sample: What the field would hold if a constant stood at this place of the rule;
            None where that cannot be told.
    """

    field: Field
    fit: Transform
    object_name: str
    precedence: tuple[str, ...] = ()
    probe: Probe = dataclasses.field(default_factory=Probe)
    faults: list[Problem] = dataclasses.field(default_factory=list)
    paths: set[str] = dataclasses.field(default_factory=set)
    sample: Callable[[object], object] | None = _as_it_is

    def fault(self, where: str, code: str, message: str) -> None:
        """Note a fault of the mapping at *where*, a path in the file."""
        self.faults.append(Problem(where, code, message))

    def getter(self, path: str) -> Getter:
        """The compiled *path*, which the CRM will be asked for."""
        self.paths.add(path)
        return self.probe.getter(path, compile_path(path, object_name=self.object_name))
