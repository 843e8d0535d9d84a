"""Companies as they should not be, but are: kinds, rates, and what each does to a record.

A company has at most one kind. Rates are shares of all companies, times the option `nasty`
(all together never more than 1):

| kind | rate | what is odd |
|---|---|---|
| no_domain | 1.2 % | no domain, no website, no additional domains |
| bad_domain | 0.8 % | an IP, `localhost`, a bare suffix, a typing error; no website |
| duplicate | 1.0 % | the domain of one of the 500 companies before it |
| odd_owner | 1.0 % | an archived owner, the queue, or an id in no list |
| freemail | 0.5 % | `gmail.com` as domain, the website a web mail's |
| url_domain | 0.5 % | a whole URL with path, port or capitals as domain |
| idn | 0.5 % | an international domain in Unicode |
| custom_stage | 0.5 % | a numeric (custom) lifecycle stage |
| odd_employees | 0.5 % | `1,000`, `51-200`, `10,000+`, `n/a` as a number |
| epoch_dates | 0.5 % | datetimes as epoch milliseconds, some as a float |
| empty_texts | 0.5 % | empty text where others have null |
| emoji_name | 0.3 % | a name with emoji joined by zero-width joiners |
| long_name | 0.3 % | a name of 300 characters |
| bidi_name | 0.2 % | a right-to-left override in the name |
| control_text | 0.2 % | NUL and other control characters in the description |
| huge_text | 0.02 % | a description of 65,536 characters |
"""

from __future__ import annotations

from typing import Final

from crmsync.sandbox.hubspot import owners
from crmsync.sandbox.hubspot.making import Draws, Properties
from crmsync.sandbox.hubspot.nasty import Table, nothing
from crmsync.sandbox.instants import parse

_BAD_DOMAINS: Final = (
    "192.168.0.1", "localhost", "intranet", "co.uk", "acme,com", "acme..com", "n/a", "http://[::1]/",
)  # fmt: skip
_FREEMAIL: Final = ("gmail.com", "hotmail.com", "gmx.de", "yahoo.com")
_IDN: Final = ("münchen", "straße", "пример", "bücher", "日本語", "café", "ångström", "ελλάδα")
_IDN_TOPS: Final = ("de", "com", "net", "eu")
_EMPLOYEES: Final = ("1,000", "51-200", "10,000+", "n/a", "250.0", "0", "-5", "1e3")
_STAGES: Final = ("1234567", "98765432", "201")
_ODD_OWNERS: Final = (*owners.ARCHIVED_IDS, owners.QUEUE_ID, owners.UNKNOWN_ID)
_OFTEN_EMPTY: Final = ("phone", "city", "state", "country", "industry", "numberofemployees",
                       "closedate", "twitterhandle", "about_us")  # fmt: skip
_EMOJI: Final = ("🚀", "👩‍👩‍👧‍👦", "🇸🇪", "👍🏽")


def _no_domain(made: Properties, draws: Draws) -> None:
    del draws
    made.update(domain=None, website=None, hs_additional_domains=None)


def _bad_domain(made: Properties, draws: Draws) -> None:
    domain = _BAD_DOMAINS[draws[30] % len(_BAD_DOMAINS)]
    made.update(domain=domain, website=None, hs_additional_domains=None)


def _freemail(made: Properties, draws: Draws) -> None:
    domain = _FREEMAIL[draws[30] & 3]
    made.update(domain=domain, website=f"https://{domain}", hs_additional_domains=None)


def _url_domain(made: Properties, draws: Draws) -> None:
    domain = made["domain"] or ""
    forms = (f"https://www.{domain.upper()}/about?x=1", f"http://{domain}:8443/a", f"www.{domain}.")
    made["domain"] = forms[draws[30] % 3]


def _idn(made: Properties, draws: Draws) -> None:
    label = f"{_IDN[draws[30] & 7]}{draws[29]}"
    made.update(domain=f"{label}.{_IDN_TOPS[draws[28] & 3]}", website=None)


def _odd_owner(made: Properties, draws: Draws) -> None:
    made["hubspot_owner_id"] = _ODD_OWNERS[draws[30] % len(_ODD_OWNERS)]


def _custom_stage(made: Properties, draws: Draws) -> None:
    made["lifecyclestage"] = _STAGES[draws[30] % len(_STAGES)]


def _odd_employees(made: Properties, draws: Draws) -> None:
    made["numberofemployees"] = _EMPLOYEES[draws[30] & 7]


def _epoch_dates(made: Properties, draws: Draws) -> None:
    for name in ("closedate", "hubspot_owner_assigneddate", "recent_deal_close_date"):
        if text := made[name]:
            made[name] = f"{parse(text)}.0" if draws[30] % 4 == 0 else str(parse(text))


def _empty_texts(made: Properties, draws: Draws) -> None:
    del draws
    made.update(dict.fromkeys(_OFTEN_EMPTY, ""))


def _emoji_name(made: Properties, draws: Draws) -> None:
    made["name"] = f"{_EMOJI[draws[30] & 3]} {made['name']} {_EMOJI[draws[29] & 3] * 12}"


def _long_name(made: Properties, draws: Draws) -> None:
    del draws
    made["name"] = (f"{made['name']} " * 30)[:300]


def _bidi_name(made: Properties, draws: Draws) -> None:
    del draws
    made["name"] = f"\u202e{made['name']}\u202c\u200b"


def _control_text(made: Properties, draws: Draws) -> None:
    del draws
    made["description"] = f"first\x00line\x07\r\nsecond\tline\x1b[31m {made['description']}"


def _huge_text(made: Properties, draws: Draws) -> None:
    del draws
    made["description"] = (f"{made['description']} " * 400)[:65_536]


KINDS: Final[Table] = {
    "no_domain": (0.012, _no_domain),
    "bad_domain": (0.008, _bad_domain),
    "duplicate": (0.01, nothing),
    "odd_owner": (0.01, _odd_owner),
    "freemail": (0.005, _freemail),
    "url_domain": (0.005, _url_domain),
    "idn": (0.005, _idn),
    "custom_stage": (0.005, _custom_stage),
    "odd_employees": (0.005, _odd_employees),
    "epoch_dates": (0.005, _epoch_dates),
    "empty_texts": (0.005, _empty_texts),
    "emoji_name": (0.003, _emoji_name),
    "long_name": (0.003, _long_name),
    "bidi_name": (0.002, _bidi_name),
    "control_text": (0.002, _control_text),
    "huge_text": (0.0002, _huge_text),
}
"""Kind to its rate and what it does."""
