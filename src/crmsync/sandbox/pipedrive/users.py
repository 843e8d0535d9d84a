"""The company, its users and currencies: what only version 1 of the API has."""

from __future__ import annotations

from typing import Final

from crmsync.sandbox.exchange import JSONObject

COMPANY_DOMAIN: Final = "acme-sandbox"
"""The first part of the company's host name."""
COMPANY_ID: Final = 7_654_321
COMPANY_NAME: Final = "Acme Sandbox"

_PEOPLE: Final = (
    ("Astrid Nyström", "astrid.nystrom"), ("Bruno Costa", "bruno.costa"), ("Clara Weber", "Clara"),
    ("Dmitri Orlov", "dmitri.orlov"), ("Emma O'Neill", "emma.oneill"), ("Farid Haddad", "farid"),
    ("Greta Kõiv", "greta.koiv"), ("Haruto Sato", "haruto.sato"), ("Ilse de Vries", "ilse"),
    ("Jonas Bakke", "jonas.bakke"), ("Kira Novak", "kira.novak"),
)  # fmt: skip
_FIRST_ID: Final = 22_000_005
_STEP: Final = 11
_ACTIVE: Final = 9
"""The first so many are active; the people after them are deactivated."""

ACTIVE_IDS: Final = tuple(_FIRST_ID + _STEP * number for number in range(_ACTIVE))
ME: Final = ACTIVE_IDS[0]
"""Whom the credentials belong to."""
INACTIVE_IDS: Final = tuple(_FIRST_ID + _STEP * number for number in range(_ACTIVE, len(_PEOPLE)))
UNKNOWN_ID: Final = 29_999_999
"""In no list: what a record points to after its owner left the company for good."""

CURRENCIES: Final = tuple(
    {"id": number, "code": code, "name": name, "decimal_points": points, "symbol": symbol,
     "active_flag": True, "is_custom_flag": False}
    for number, (code, name, points, symbol) in enumerate(
        (("EUR", "Euro", 2, "€"), ("GBP", "British Pound", 2, "£"), ("JPY", "Japanese Yen", 0, "¥"),
         ("SEK", "Swedish Krona", 2, "kr"), ("USD", "US Dollar", 2, "$")), start=2,
    )
)  # fmt: skip


def _user(number: int) -> JSONObject:
    name, address = _PEOPLE[number]
    active = number < _ACTIVE
    return {
        "id": _FIRST_ID + _STEP * number,
        "name": name,
        "default_currency": "EUR",
        "timezone_name": "Europe/Stockholm",
        "timezone_offset": "+01:00",
        "locale": "en_US",
        "email": f"{address}@crm-user.example.com",
        "phone": None,
        "created": "2021-02-03 08:00:00",
        "modified": "2024-09-17 14:21:05",
        "last_login": "2026-10-30 07:45:12" if active else "0000-00-00 00:00:00",
        "lang": 1,
        "active_flag": active,
        "is_deleted": False,
        "activated": True,
        "is_admin": int(number == 0),
        "role_id": 1,
        "icon_url": None,
        "is_you": number == 0,
        "access": [{"app": "sales", "admin": number == 0, "permission_set_id": "made-up"}],
    }


def users() -> list[JSONObject]:
    """All of them, deactivated ones too, in the order of their ids."""
    return [_user(number) for number in range(len(_PEOPLE))]


def me() -> JSONObject:
    """The user whom the credentials belong to, and the company."""
    return {
        **_user(0),
        "company_id": COMPANY_ID,
        "company_name": COMPANY_NAME,
        "company_domain": COMPANY_DOMAIN,
        "company_country": "SE",
        "company_industry": "Software",
        "language": {"language_code": "en", "country_code": "US"},
    }
