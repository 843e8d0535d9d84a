"""Mapping rules as values: what a person wrote, checked and in one form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from crmsync.values import Value


class Paths(Value, kw_only=False):
    """`from`: the first path whose value survives the whole rule."""

    paths: tuple[str, ...]


class Const(Value, kw_only=False):
    """`const`: a JSON value that no record changes."""

    value: object


class Join(Value, kw_only=False):
    """`join`: the non-empty parts as one text."""

    parts: tuple[Rule, ...]
    separator: str = " "


class Template(Value, kw_only=False):
    """`template`: text with paths in braces."""

    text: str


class Listing(Value, kw_only=False):
    """`list`: the non-empty parts as a list; a part that is a list is taken apart."""

    parts: tuple[Rule, ...]


class Pair(Value, kw_only=False):
    """One entry of `pairs`, there where `when` (a path, empty for always) is true."""

    key: Rule
    value: Rule
    when: str = ""


class Pairs(Value, kw_only=False):
    """`pairs`: an object whose keys come from the record too."""

    pairs: tuple[Pair, ...]


class Items(Value, kw_only=False):
    """`items`: an array of objects of rules."""

    items: tuple[Mapping[str, Rule], ...]


class Hook(Value, kw_only=False):
    """`python`: a function of the record. `reads` are the paths that the CRM is asked for."""

    target: str
    reads: tuple[str, ...] = ()


class Off(Value, kw_only=False):
    """`false`: a preset's field that is not wanted."""


Origin: TypeAlias = Paths | Const | Join | Template | Listing | Pairs | Items | Hook | Off

DROP, KEEP, REJECT = "drop", "keep", "reject"
"""What `otherwise` may be, besides a constant."""


class Step(Value, kw_only=False):
    """One transform by name, with what a person set for it; None for nothing."""

    name: str
    options: object = None


class Rule(Value):
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
