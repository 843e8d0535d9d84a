"""Transforms of lists: making, picking and joining them."""

from __future__ import annotations

from crmsync.mapping.transforms.definitions import Option, Takes, transform
from crmsync.mapping.transforms.options import text
from crmsync.mapping.values import Remark, to_text


@transform(
    "split",
    Option(
        name="separator",
        parse=text,
        about='what stands between the parts; ";" by default, as in HubSpot\'s multi-selects',
    ),
    takes=Takes.ANYTHING,
)
def split(value: object, *, separator: str = ";") -> object:
    """The parts of a text, trimmed, as a list.

    Input: text, or a list of texts, whose parts make one list. Empty parts are left out.

    Examples:
        "A;B;;C" -> ["A", "B", "C"]
        {"separator": ","}: "A, B" -> ["A", "B"]
        ["A;B", "C"] -> ["A", "B", "C"]
        ";" -> null
    """
    texts = [found for found in map(to_text, _items(value)) if isinstance(found, str)]
    parts = (part.strip() for found in texts for part in found.split(separator or ";"))
    return [part for part in parts if part] or None


@transform(
    "join",
    Option(name="separator", parse=text, about='what is put between; ", " by default'),
    takes=Takes.ANYTHING,
)
def join(value: object, *, separator: str = ", ") -> object:
    """The elements of a list as one text. Empty elements are left out.

    Examples:
        ["Cambridge", "", "United States"] -> "Cambridge, United States"
        {"separator": " / "}: ["A", 7] -> "A / 7"
    """
    texts = (found.strip() for found in map(to_text, _items(value)) if isinstance(found, str))
    return separator.join(found for found in texts if found) or None


@transform("first", takes=Takes.ANYTHING)
def first(value: object) -> object:
    """The first element of a list that is not empty. What is no list stays as it is.

    Examples:
        [null, "", "a", "b"] -> "a"
        "a" -> "a"
    """
    return next((item for item in _items(value) if not _empty(item)), None)


@transform("last", takes=Takes.ANYTHING)
def last(value: object) -> object:
    """The last element of a list that is not empty. What is no list stays as it is.

    Examples:
        ["a", "b", null] -> "b"
    """
    return next((item for item in reversed(_items(value)) if not _empty(item)), None)


@transform("unique", takes=Takes.ANYTHING)
def unique(value: object) -> object:
    """The elements of a list, each once, the first spelling of each. Case does not count.

    Examples:
        ["Tech", "tech ", "Retail"] -> ["Tech", "Retail"]
    """
    found: dict[str, object] = {}
    for item in _items(value):
        text = to_text(item)
        key = str(item) if isinstance(text, Remark) else (text or "").strip().casefold()
        if key:
            found.setdefault(key, item)
    return list(found.values()) or None


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _empty(item: object) -> bool:
    return item is None or (isinstance(item, str) and not item.strip())
