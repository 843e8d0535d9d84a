"""How sure the platform is that a company is the one that is meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from crmsync.sandbox.atoka.leads import Lead

# How Atoka weighs is not documented: known is that confidence goes from 0 to 1 and sorts, and
# that a VAT number with a digit missing gives 0.8 at fuzziness 2, to many companies
# (https://atoka.io/en/atoka-api/atoka-api-tutorial/match-and-download/, read 2026-11-21).
_A_DIGIT: Final = 0.2
_SAME_NAME: Final = 0.97
_SAME_BUT_FORM: Final = 0.92
_ALIKE: Final = 0.85
_AGREES: Final = 0.5

_FORMS: Final = frozenset(
    (
        "srl", "srls", "spa", "sas", "snc", "scarl", "gmbh", "kg", "co", "ag", "ab", "as", "ltd",
        "plc", "inc", "corp", "llc", "sarl", "sa", "sl", "bv", "nv",
    )
)  # fmt: skip
_BETWEEN: Final = re.compile(r"[\W_]+")


def confidence(lead: Lead, name: str | None, numbers: Sequence[str], fuzziness: int) -> float:
    """From 0 to 1, in hundredths.

    Where both a name and numbers are asked for: one that agrees strengthens the other, one that
    does not takes the mean down.
    """
    scores = []
    if numbers:
        scores.append(max(_by_number(lead, numbers, fuzziness), default=0.0))
    if name is not None:
        scores.append(_by_name(lead.name, name))
    if min(scores) >= _AGREES:
        doubt = 1.0
        for score in scores:
            doubt *= 1 - score
        return round(1 - doubt, 2)
    return round(sum(scores) / len(scores), 2)


def _by_number(lead: Lead, wanted: Sequence[str], fuzziness: int) -> Iterator[float]:
    for number in lead.numbers()["regNumbers"]:
        for other in wanted:
            edits = _edits(number, other, fuzziness)
            yield 0.0 if edits > fuzziness else max(0.0, 1 - _A_DIGIT * edits)


def _edits(one: str, other: str, most: int) -> int:
    """Characters to insert, remove or replace; anything above *most* where it is more."""
    if one == other:
        return 0
    if most == 0 or abs(len(one) - len(other)) > most:
        return most + 1
    above = list(range(len(other) + 1))
    for row, character in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other):
            kept = above[column] + (character != against)
            line.append(min(kept, above[column + 1] + 1, line[column] + 1))
        if min(line) > most:
            return most + 1
        above = line
    return above[-1]


def _by_name(name: str, wanted: str) -> float:
    ours, theirs = _words(name), _words(wanted)
    if ours == theirs:
        return _SAME_NAME
    ours, theirs = _without_form(ours), _without_form(theirs)
    if ours == theirs:
        return _SAME_BUT_FORM
    if set(ours).isdisjoint(theirs):
        return 0.0
    return _ALIKE * SequenceMatcher(None, " ".join(ours), " ".join(theirs)).ratio()


@lru_cache(maxsize=65_536)
def _words(name: str) -> tuple[str, ...]:
    """In lower case and without accents; `S.r.l.` is one word."""
    plain = unicodedata.normalize("NFKD", name).casefold().replace(".", "")
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return tuple(filter(None, _BETWEEN.split(plain)))


def _without_form(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _FORMS) or words
