"""Mapping rules as values: what a person wrote, checked and in one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Paths:
    """`from`: the first path whose value survives the whole rule."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class Const:
    """`const`: a JSON value that no record changes."""

    value: object


@dataclass(frozen=True)
class Join:
    """`join`: the non-empty parts as one text."""

    parts: tuple[Rule, ...]
    separator: str = " "


@dataclass(frozen=True)
class Template:
    """`template`: text with paths in braces."""

    text: str


@dataclass(frozen=True)
class Listing:
    """`list`: the non-empty parts as a list; a part that is a list is taken apart."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True)
class Pair:
    """One entry of `pairs`, there where `when` (a path, empty for always) is true."""

    key: Rule
    value: Rule
    when: str = ""


@dataclass(frozen=True)
class Pairs:
    """`pairs`: an object whose keys come from the record too."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Items:
    """`items`: an array of objects of rules."""

    items: tuple[Mapping[str, Rule], ...]


@dataclass(frozen=True)
class Hook:
    """`python`: a function of the record. `reads` are the paths that the CRM is asked for."""

    target: str
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Off:
    """`false`: a preset's field that is not wanted."""


Origin: TypeAlias = Paths | Const | Join | Template | Listing | Pairs | Items | Hook | Off

DROP, KEEP, REJECT = "drop", "keep", "reject"
"""What `otherwise` may be, besides a constant."""


@dataclass(frozen=True)
class Step:
    """One transform by name, with what a person set for it; None for nothing."""

    name: str
    options: object = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one value is made. The attributes apply in the order in which they stand.

    Attributes:
        origin: Where the raw value comes from.
        when: A path that must be true, else the value is empty; "" for always.
        steps: Transforms, first to last.
        values: Text, trimmed and in lower case, to what is sent instead; None for no table.
        otherwise: What becomes of a value that `values` lacks: DROP, KEEP, REJECT or
            the constant that is sent.
        default: Makes the value where it came out empty.
        required: Whether an empty value makes the record invalid.
    """

    origin: Origin
    when: str = ""
    steps: tuple[Step, ...] = ()
    values: Mapping[str, object] | None = None
    otherwise: object = DROP
    default: Rule | None = None
    required: bool = False


OFF = Rule(origin=Off())
