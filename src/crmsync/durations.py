"""Durations as people write them: `30s`, `5m`, `2h`, `7d`."""

from __future__ import annotations

import re
from typing import Final

_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_LONGEST: Final = 36_500 * _SECONDS["d"]
"""A hundred years: more leads out of the calendar."""
_FORM: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([smhd])", re.ASCII)


def parse_duration(text: str) -> float:
    """Seconds of a duration such as `5m`.

    Raises:
        ValueError: It is none. The message says what would be right, and holds no input.
    """
    match = _FORM.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError('must be a number and s, m, h or d, such as "30s", "5m", "2h" or "7d"')
    seconds = float(match[1]) * _SECONDS[match[2]]
    if seconds > _LONGEST:
        raise ValueError('must be "36500d" at most')
    return seconds
