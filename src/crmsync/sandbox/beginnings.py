"""What a simulated account begins with, made once for all who begin with the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar

P = ParamSpec("P")
C = TypeVar("C", bound=tuple[list[Any], ...])
Make: TypeAlias = Callable[P, dict[str, Any]]
"""Makes a record; the same one whenever it is given the same."""

_MOST_RECORDS: Final = 25_000
_MOST_KEPT: Final = 100
"""Of accounts that are larger nothing is kept, and of more than these: it would fill the memory."""

_MOST_OF_AN_OBJECT: Final = 3_000
_MOST_OF_ALL: Final = 30_000
"""Records: what there is more of is made again whenever it is asked for."""

_MADE: Final[dict[object, dict[object, dict[str, Any]]]] = {}


def made_once(columns: Callable[..., C]) -> Callable[[Callable[P, C]], Callable[P, C]]:
    """Let a function make its columns once for the same arguments; each caller has his own lists.

    An account begins anew at every reset, and tests have many of one seed and size.
    """

    def remembering(make: Callable[P, C]) -> Callable[P, C]:
        kept: dict[object, C] = {}

        @wraps(make)
        def made(*given: P.args, **named: P.kwargs) -> C:
            what = (given, *sorted(named.items()))
            found = kept.get(what) or make(*given, **named)
            if len(found[0]) <= _MOST_RECORDS and len(kept) < _MOST_KEPT:
                kept[what] = found
            return columns(*map(list, found))

        return made

    return remembering


def kept(make: Make[P], whose: object, count: int) -> Make[P]:
    """Let a function make each of an object's *count* records once for all who begin alike.

    Each caller has a mapping of his own, but the values in it are shared: none is altered.

    Args:
        make: Makes a record; positional arguments alone decide which.
        whose: What it makes depends on besides.
        count: How many there are; of many none is kept.
    """
    if count > _MOST_OF_AN_OBJECT:
        return make
    if sum(map(len, list(_MADE.values()))) > _MOST_OF_ALL:
        _MADE.clear()
    records = _MADE.setdefault(whose, {})

    @wraps(make)
    def made(*given: P.args, **named: P.kwargs) -> dict[str, Any]:
        found = records.get(given)
        if found is None:
            found = records[given] = make(*given, **named)
        return found.copy()

    return made
