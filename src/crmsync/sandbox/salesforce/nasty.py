"""Accounts and opportunities as they should not be, but are: kinds, rates, and what each does.

A record has at most one kind. Rates are shares of all records of the object, times the option
`nasty` (all together never more than 1):

| account | rate | what is odd |
|---|---|---|
| no_website | 2.0 % | no Website; about half of them have a contact with an address |
| person | 1.0 % | a person account, where these are switched on; else nothing |
| duplicate | 1.0 % | the Website of one of the 500 accounts before it |
| queue_owner | 0.6 % | owned by a queue, that is by no user |
| gone_owner | 0.8 % | owned by an inactive user |
| freemail | 0.5 % | a web mail's Website |
| url_website | 0.5 % | a Website with path, port or capitals |
| idn | 0.5 % | an international domain in Unicode |
| odd_employees | 0.8 % | NumberOfEmployees 0, negative, null, or with a fraction (`250.0`) |
| other_type | 0.5 % | Type "Other", empty, or one that is in no list |
| multi_line | 0.8 % | a BillingStreet of several lines, with quotes and commas |
| far_date | 0.3 % | dates in the years 1 and 4000 |
| emoji_name | 0.3 % | a name with emoji joined by zero-width joiners |
| long_name | 0.2 % | a name of 255 characters |
| bidi_name | 0.2 % | a right-to-left override in the name |
| control_text | 0.3 % | NUL and other control characters in the description |
| huge_text | 0.02 % | a description of more than 128 KiB |

| opportunity | rate | what is odd |
|---|---|---|
| no_account | 2.0 % | no account |
| gone_owner | 1.0 % | owned by an inactive user |
| odd_amount | 1.0 % | no Amount, 0, negative, or more than 10 ** 12 |
| odd_stage | 0.6 % | a retired stage, or one that was deleted from the list |
| far_date | 0.3 % | a CloseDate in the years 1 and 4000 |
| control_text | 0.3 % | NUL and other control characters in the description |
| empty_name | 0.2 % | a name of punctuation alone |
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Final, TypeAlias

from crmsync.sandbox.salesforce import stages
from crmsync.sandbox.salesforce.schema import Values

Draws: TypeAlias = tuple[int, ...]
"""32 numbers from 0 to 65,535 that belong to one record."""

_FREEMAIL: Final = ("gmail.com", "www.hotmail.com", "http://gmx.de", "https://yahoo.com")
_IDN: Final = ("münchen", "straße", "пример", "bücher", "日本語", "café", "ångström", "ελλάδα")
_EMPLOYEES: Final = (0, None, -5, 250.0, 1.5, 0.0, 99_999_999, None)
_TYPES: Final = ("Other", None, "Vendor (old)", "Other")
_STREETS: Final = (
    '12 High Street\r\nFloor 3, "Annexe"', "c/o Ek\nStorgatan 1\n\nBox 12", "1,\n2,\n3",
    'The "Old" Mill\nLane End, B',
)  # fmt: skip
_FAR: Final = ("4000-12-31", "0001-01-01", "1700-01-01", "3999-06-30")
_EMOJI: Final = ("🚀", "👩‍👩‍👧‍👦", "🇸🇪", "👍🏽")
_PERSONS: Final = (("Astrid", "Nyman"), ("Omar", "Bah"), ("Zoë", "de Vries"), ("李", "娜"))
_AMOUNTS: Final = (None, 0.0, -1500.0, 5.0e12)
_HUGE: Final = 132_000


def _no_website(made: Values, draws: Draws) -> None:
    del draws
    made["Website"] = None


def _person(made: Values, draws: Draws) -> None:
    if "IsPersonAccount" not in made:
        return
    first, last = _PERSONS[draws[30] & 3]
    made.update(
        IsPersonAccount=True, FirstName=first, LastName=last, Name=f"{first} {last}",
        PersonEmail=f"person{draws[29]}@gmail.com", Website=None, NumberOfEmployees=None,
    )  # fmt: skip


def _freemail(made: Values, draws: Draws) -> None:
    made["Website"] = _FREEMAIL[draws[30] & 3]


def _url_website(made: Values, draws: Draws) -> None:
    domain = str(made["Website"]).removeprefix("https://www.")
    forms = (f"HTTPS://WWW.{domain.upper()}/About?x=1", f"http://{domain}:8443/a", f"www.{domain}.")
    made["Website"] = forms[draws[30] % 3]


def _idn(made: Values, draws: Draws) -> None:
    made["Website"] = f"https://{_IDN[draws[30] & 7]}{draws[29]}.com"


def _odd_employees(made: Values, draws: Draws) -> None:
    made["NumberOfEmployees"] = _EMPLOYEES[draws[30] & 7]


def _other_type(made: Values, draws: Draws) -> None:
    made["Type"] = _TYPES[draws[30] & 3]


def _multi_line(made: Values, draws: Draws) -> None:
    made["BillingStreet"] = _STREETS[draws[30] & 3]


def _far_date(made: Values, draws: Draws) -> None:
    field = "Renewal_Date__c" if "Renewal_Date__c" in made else "CloseDate"
    made[field] = _FAR[draws[30] & 3]


def _emoji_name(made: Values, draws: Draws) -> None:
    made["Name"] = f"{_EMOJI[draws[30] & 3]} {made['Name']} {_EMOJI[draws[29] & 3] * 12}"


def _long_name(made: Values, draws: Draws) -> None:
    del draws
    made["Name"] = (f"{made['Name']} " * 30)[:254] + "."


def _bidi_name(made: Values, draws: Draws) -> None:
    del draws
    made["Name"] = f"\u202e{made['Name']}\u202c\u200b"


def _control_text(made: Values, draws: Draws) -> None:
    del draws
    made["Description"] = f'first\x00line\x07\r\n"second",\tline\x1b[31m {made["Description"]}'


def _huge_text(made: Values, draws: Draws) -> None:
    del draws
    made["Description"] = (f"{made['Description']}\n" * 900)[:_HUGE]


def _no_account(made: Values, draws: Draws) -> None:
    del draws
    made["AccountId"] = None


def _odd_amount(made: Values, draws: Draws) -> None:
    made["Amount"] = _AMOUNTS[draws[30] & 3]


def _odd_stage(made: Values, draws: Draws) -> None:
    made["StageName"] = "Pilot" if draws[30] & 1 else stages.UNKNOWN


def _empty_name(made: Values, draws: Draws) -> None:
    made["Name"] = (".", "-", "???", "\u200b")[draws[30] & 3]


_Apply: TypeAlias = Callable[[Values, Draws], None]


def _elsewhere(made: Values, draws: Draws) -> None:
    """For kinds that need to know other records: the maker does them."""


ACCOUNTS: Final[Mapping[str, tuple[float, _Apply]]] = {
    "no_website": (0.02, _no_website),
    "person": (0.01, _person),
    "duplicate": (0.01, _elsewhere),
    "queue_owner": (0.006, _elsewhere),
    "gone_owner": (0.008, _elsewhere),
    "freemail": (0.005, _freemail),
    "url_website": (0.005, _url_website),
    "idn": (0.005, _idn),
    "odd_employees": (0.008, _odd_employees),
    "other_type": (0.005, _other_type),
    "multi_line": (0.008, _multi_line),
    "far_date": (0.003, _far_date),
    "emoji_name": (0.003, _emoji_name),
    "long_name": (0.002, _long_name),
    "bidi_name": (0.002, _bidi_name),
    "control_text": (0.003, _control_text),
    "huge_text": (0.0002, _huge_text),
}
"""An account's kind to its rate and what it does."""

DEALS: Final[Mapping[str, tuple[float, _Apply]]] = {
    "no_account": (0.02, _no_account),
    "gone_owner": (0.01, _elsewhere),
    "odd_amount": (0.01, _odd_amount),
    "odd_stage": (0.006, _odd_stage),
    "far_date": (0.003, _far_date),
    "control_text": (0.003, _control_text),
    "empty_name": (0.002, _empty_name),
}
"""An opportunity's kind to its rate and what it does."""


class Nasty:
    """Chooses and makes nasty records of one object."""

    def __init__(self, kinds: Mapping[str, tuple[float, _Apply]], factor: float) -> None:
        scale = 65536 * min(factor, 1 / sum(rate for rate, _ in kinds.values()))
        self._kinds = kinds
        self._names = tuple(kinds)
        self._bounds = list(accumulate(rate * scale for rate, _ in kinds.values()))

    def kind(self, draws: Draws) -> str | None:
        """The record's kind, None for a sound one."""
        chosen = bisect_right(self._bounds, draws[31])
        return self._names[chosen] if chosen < len(self._names) else None

    def apply(self, kind: str, made: Values, draws: Draws) -> None:
        """Make a sound record of that kind, in place."""
        self._kinds[kind][1](made, draws)
