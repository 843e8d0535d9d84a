"""Regular expressions that not every process uses (docs/performance.md)."""

from __future__ import annotations

import re
from typing import Any, cast


class _Later:
    def __init__(self, pattern: str, flags: int) -> None:
        self._written = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        method = getattr(re.compile(*self._written), name)
        setattr(self, name, method)
        return method


def later(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern that is compiled when it is first used, which takes up to 6 million instructions.

    Each use takes a hundred more: what is asked for every record is compiled at once.
    """
    return cast("re.Pattern[str]", _Later(pattern, flags))
