"""Payload values to the body that Data Talks takes, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from crmsync.destinations.datatalks.fields import GROUP_KEY, OWNER_EMAILS, OWNER_ROLES, OWNERS
from crmsync.payloads import Fields

DATA: Final = "data"


def encode(fields: Fields) -> bytes:
    """The exact body of one request, UTF-8, without blanks: `{"data":{…},"group_key":"…"}`.

    Canonical: keys are sorted, so equal values are equal bytes whatever the order given. The
    group key is one of the values, so a record that changes its group is sent anew. Owners
    become two lists (`listed`). A None, which only clearing gives, is null.
    """
    data = listed(fields)
    document: dict[str, object] = {DATA: data}
    if GROUP_KEY in data:
        document[GROUP_KEY] = data.pop(GROUP_KEY)
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def decode(body: bytes) -> dict[str, object]:
    """The values of an encoded body, nulls as None: `decode(encode(fields)) == fields`.

    Of the lists of owners the object is made again, None where both are empty; a list of e-mails
    alone is a person's own attribute and stays, and so do lists of which one is longer.
    """
    document: dict[str, Any] = orjson.loads(body)
    data: dict[str, object] = document.pop(DATA, {})
    emails, roles = data.get(OWNER_EMAILS), data.get(OWNER_ROLES)
    if isinstance(emails, list) and isinstance(roles, list) and len(emails) == len(roles):
        del data[OWNER_EMAILS], data[OWNER_ROLES]
        data[OWNERS] = dict(zip(emails, roles, strict=True)) or None
    return {**data, **document}


def listed(fields: Fields) -> dict[str, object]:
    """The values by the names that they go out under: owners as two lists, e-mails in order.

    Owners that are cleared give way to e-mails that another mapping gives; what is cleared is
    an empty list. E-mails that another sync gives without roles come after those with one.
    """
    data = dict(fields)
    if OWNERS not in data:
        return data
    owners = data.pop(OWNERS)
    if not isinstance(owners, Mapping):
        return {OWNER_EMAILS: [], OWNER_ROLES: [], **data}
    emails = sorted(owners)
    given = data.get(OWNER_EMAILS) or []
    more = given if isinstance(given, list) else [given]
    data[OWNER_EMAILS] = [*emails, *(email for email in more if email not in owners)]
    data[OWNER_ROLES] = [owners[email] for email in emails]
    return data
