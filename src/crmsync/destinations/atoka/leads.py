"""Which of Atoka's leads a record is about: by its id, its numbers, or one certain match."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Final, NamedTuple, Protocol

from crmsync.destinations.atoka.answers import Company
from crmsync.destinations.atoka.events import LeadType
from crmsync.errors import RetryableError
from crmsync.receipts import Problem
from crmsync.values import Value

_ITALIAN: Final = re.compile(r"IT(\d{11})")
_BETWEEN: Final = re.compile(r"[\W_]+")
_SOME: Final = 3

CACHED: Final = ("vat:", "taxIds:", "regNumbers:", "match:", "id:")
"""What the names begin with that leads are remembered under."""


class Lookup(Protocol):
    """What finds companies; `AtokaApi` is one."""

    @abstractmethod
    def companies(self, parameter: str, number: str) -> Sequence[Company]:
        """The companies with a number: `vat`, `taxIds` or `regNumbers`."""

    @abstractmethod
    def match(self, name: str, *, min_confidence: float) -> Sequence[Company]:
        """The companies that a name may mean, at least that sure."""


class Clues(Value):
    """What a record tells of its lead. Empty texts tell nothing.

    Attributes:
        id: Atoka's own id, from a configured property; settles it.
        vat: VAT number, with or without a country's letters and blanks.
    """

    id: str = ""
    type: LeadType = "company"
    vat: str = ""
    tax_id: str = ""
    reg_number: str = ""
    name: str = ""


class Lead(NamedTuple):
    """A lead that is sure.

    Attributes:
        id: The one that its events are kept and ordered under.
        aliases: Other ids of the same lead.
        found_by: How it was found, for people (`vat 01234567890`).
    """

    id: str
    aliases: tuple[str, ...] = ()
    found_by: str = ""


class _GaveUpError(Exception):
    """One look-up was not answered; its text says which."""


class Leads:
    """Finds leads, each clue once.

    Args:
        lookup: Finds companies.
        cache: Leads by clue (`vat:01234567890`) and by every one of their ids (`id:…`), from
            earlier runs too. What is found is added; what is not is asked for again by the next
            run. A lead that its own id does not lead to was forgotten, and is looked up anew.
        min_confidence: How sure a match must be.
        patient: Whether a first look-up that gave up is a problem of what asked for it alone.
    """

    def __init__(
        self,
        lookup: Lookup,
        cache: MutableMapping[str, Lead],
        *,
        min_confidence: float = 0.9,
        patient: bool = True,
    ) -> None:
        self._lookup = lookup
        self._cache = cache
        self._min_confidence = min_confidence
        self._doubts: dict[str, tuple[Company, ...]] = {}
        self._gave_up: dict[str, str] = {}
        self._silent = not patient

    def find(self, clues: Clues) -> Lead | Problem:
        """The lead, or why it is not sure: the event is then parked, nothing is guessed.

        A look-up that gave up is a problem of what asked for it, while others work.

        Raises:
            CrmsyncError: What the look-up raises; of two in a row that gave up, the second.
        """
        if given := clues.id.strip():
            known = self._cache.get(f"id:{given}")
            names = (known.id, *known.aliases) if known is not None else ()
            return Lead(given, tuple(name for name in names if name != given), "its id")
        if clues.type == "person":
            return Problem("lead", "LEAD_UNKNOWN", "a person is known by Atoka's own id only")
        try:
            return self._found(clues)
        except _GaveUpError as error:
            message = f"Atoka gave no answer about {error}: `crmsync quarantine retry` asks again"
            return Problem("lead", "LOOKUP_FAILED", message)

    def _found(self, clues: Clues) -> Lead | Problem:
        doubtful: list[tuple[str, tuple[Company, ...]]] = []
        for parameter, number in _numbers(clues):
            found = self._by(parameter, number)
            if isinstance(found, Lead):
                return found
            if found:
                doubtful.append((f"{parameter} {number}", found))
        if doubtful:
            return self._narrowed(doubtful)
        return self._by_name(clues)

    def _by(self, parameter: str, number: str) -> Lead | tuple[Company, ...]:
        """The lead with a number; several companies, or none, where it is not sure."""
        key = f"{parameter}:{number}"
        if (known := self._known(key)) is not None:
            return known
        if key not in self._doubts:
            found = self._asked(key, lambda: self._lookup.companies(parameter, number))
            if len(found) == 1:
                return self._remember(key, found[0], f"{parameter} {number}")
            self._doubts[key] = found
        return self._doubts[key]

    def _narrowed(self, doubtful: Sequence[tuple[str, tuple[Company, ...]]]) -> Lead | Problem:
        """The only company that every ambiguous number has."""
        ids = [{one.ids[0] for one in found} for _, found in doubtful]
        common = set.intersection(*ids)
        told, first = " and ".join(clue for clue, _ in doubtful), doubtful[0][1]
        if len(common) == 1:
            (company,) = (one for one in first if one.ids[0] in common)
            return _lead(company, told)
        return _ambiguous(told, first)

    def _by_name(self, clues: Clues) -> Lead | Problem:
        name = " ".join(clues.name.split())
        if not name:
            numbers = ", ".join(f"{parameter} {number}" for parameter, number in _numbers(clues))
            why = f"Atoka has no company with {numbers}" if numbers else "it has no number or name"
            return Problem("lead", "LEAD_UNKNOWN", f"{why}: map its id, VAT number or name")
        key = f"match:{name.casefold()}"
        if (known := self._known(key)) is not None:
            return known
        if key not in self._doubts:
            sure = self._min_confidence
            matched = self._asked(key, lambda: self._lookup.match(name, min_confidence=sure))
            self._doubts[key] = matched
        found = self._doubts[key]
        if len(found) == 1:
            return self._remember(key, found[0], f"name {name!r}")
        if found:
            return _ambiguous(f"name {name!r}", found)
        message = f"no company is {name!r} with a confidence of {self._min_confidence:g}"
        return Problem("lead", "LEAD_UNKNOWN", f"{message}: map its id or VAT number")

    def _known(self, key: str) -> Lead | None:
        """What was found by a clue before, unless that lead was forgotten since."""
        lead = self._cache.get(key)
        return lead if lead is not None and f"id:{lead.id}" in self._cache else None

    def _asked(self, key: str, ask: Callable[[], Sequence[Company]]) -> tuple[Company, ...]:
        if key in self._gave_up:
            raise _GaveUpError(self._gave_up[key])
        try:
            found = _distinct(ask())
        except RetryableError as error:
            if self._silent or error.final or error.throttled:
                raise
            self._silent = True
            self._gave_up[key] = f"{key.replace(':', ' ', 1)} ({error.message})"
            raise _GaveUpError(self._gave_up[key]) from error
        self._silent = False
        return found

    def _remember(self, key: str, company: Company, found_by: str) -> Lead:
        lead = _lead(company, found_by)
        self._cache[key] = lead
        for name in company.ids:
            self._cache[f"id:{name}"] = lead
        return lead


def _numbers(clues: Clues) -> Iterator[tuple[str, str]]:
    """Parameters and numbers to look for, the most telling first."""
    given = {"vat": clues.vat, "taxIds": clues.tax_id, "regNumbers": clues.reg_number}
    for parameter, text in given.items():
        # Registration numbers have a hyphen (MI-1234567), the others letters and digits alone.
        number = text.strip().upper()
        if parameter != "regNumbers":
            number = _BETWEEN.sub("", number)
        if italian := _ITALIAN.fullmatch(number):
            number = italian[1]
        if number:
            yield parameter, number


def cached_under(clues: Clues) -> Iterator[str]:
    """Every name that `Leads` may have remembered a lead under because of these clues."""
    yield from (f"{parameter}:{number}" for parameter, number in _numbers(clues))
    if name := " ".join(clues.name.split()):
        yield f"match:{name.casefold()}"
    if given := clues.id.strip():
        yield f"id:{given}"


def _distinct(found: Sequence[Company]) -> tuple[Company, ...]:
    """The companies without those that share an id with an earlier one."""
    kept: list[Company] = []
    for one in found:
        if not any(set(one.ids) & set(other.ids) for other in kept):
            kept.append(one)
    return tuple(kept)


def _lead(company: Company, found_by: str) -> Lead:
    return Lead(company.ids[0], company.ids[1:], found_by)


def _ambiguous(told: str, found: Sequence[Company]) -> Problem:
    names = ", ".join(f"{one.name!r} ({one.ids[0]})" for one in found[:_SOME])
    more = "" if len(found) <= _SOME else f" and {len(found) - _SOME} more"
    message = (
        f"{told} is {len(found)} companies: {names}{more}; map the id of the one that is meant"
    )
    return Problem("lead", "LEAD_AMBIGUOUS", message)
