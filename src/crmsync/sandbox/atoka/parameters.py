"""Gives each parameter its type, and refuses what has another."""

from __future__ import annotations

import csv
from collections.abc import Collection

from crmsync.sandbox.atoka.forms import Given
from crmsync.sandbox.atoka.refusals import wrong


class Parameters:
    """The parameters of one call. Every method raises RefusedError for a value that is none."""

    def __init__(self, given: Given, known: Collection[str]) -> None:
        # The document does not say what becomes of parameters it does not list. They are refused
        # here, so that a misspelt one is noticed.
        for name in given:
            if name not in known:
                raise wrong(name, f"not a parameter here; there are {', '.join(sorted(known))}")
        self._given = given

    def text(self, name: str) -> str | None:
        """One value, None where it is absent."""
        values = self._given.get(name)
        if values is None:
            return None
        if len(values) > 1:
            raise wrong(name, "given more than once")
        return values[0]

    def filled(self, name: str) -> str | None:
        """One value that is not blank."""
        value = self.text(name)
        if value is not None and not value.strip():
            raise wrong(name, "must not be blank")
        return value

    def required(self, name: str) -> str:
        """One value that must be there."""
        value = self.filled(name)
        if value is None:
            raise wrong(name, "required")
        return value

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """One of the choices, in this spelling."""
        value = self.text(name)
        if value is not None and value not in choices:
            raise wrong(name, f"{value!r} is not one of {', '.join(choices)}")
        return value

    def boolean(self, name: str) -> bool:
        """`true` or `false`; false where it is absent."""
        return self.choice(name, ("true", "false")) == "true"

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from *low* to *high*."""
        value = self.text(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdecimal() and low <= int(value) <= high):
            raise wrong(name, f"{value!r} is not a whole number from {low} to {high}")
        return int(value)

    def share(self, name: str) -> float:
        """A number from 0 to 1; 0 where it is absent."""
        value = self.text(name)
        try:
            number = 0.0 if value is None else float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            raise wrong(name, f"{value!r} is not a number from 0 to 1")
        return number

    def several(self, name: str) -> list[str]:
        """Values, each once, in order; empty where it is absent.

        A parameter with several values is given once with commas between them, a value that has
        a comma in double quotes, or it is repeated: https://developers.atoka.io/v2/index.html,
        read 2026-11-21.
        """
        try:
            rows = list(csv.reader(self._given.get(name, ())))
        except csv.Error as error:
            raise wrong(name, "has a line break") from error
        values = dict.fromkeys(value.strip() for row in rows for value in row)
        if name in self._given and (not values or "" in values):
            raise wrong(name, "must not be blank")
        return list(values)
