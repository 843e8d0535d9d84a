"""What a simulated account begins with, made once for all who begin with the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
C = TypeVar("C", bound=tuple[list[Any], ...])

_MOST_RECORDS: Final = 25_000
_MOST_KEPT: Final = 100
"""Of accounts that are larger nothing is kept, and of more than these: it would fill the memory."""


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
