"""Payload values to the body that Data Talks takes, and back."""

from __future__ import annotations

from typing import Any, Final

import orjson

from crmsync.destinations.datatalks.fields import GROUP_KEY, OWNER_EMAILS, OWNER_ROLES, OWNERS
from crmsync.payloads import Fields

DATA: Final = "data"


def encode(fields: Fields) -> bytes:
    """The exact body of one request, UTF-8, without blanks: `{"data":{…},"group_key":"…"}`.

    Canonical: keys are sorted, so equal values are equal bytes whatever the order given. The
    group key is one of the values, so a record that changes its group is sent anew. Owners
    become two lists in the order of their e-mails. A None, which only clearing gives, is null.
    """
    data = dict(fields)
    document: dict[str, object] = {DATA: data}
    if GROUP_KEY in data:
        document[GROUP_KEY] = data.pop(GROUP_KEY)
    if OWNERS in data:
        data[OWNER_EMAILS], data[OWNER_ROLES] = _lists(data.pop(OWNERS))
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def decode(body: bytes) -> dict[str, object]:
    """The values of an encoded body, nulls as None: `decode(encode(fields)) == fields`.

    Of the lists of owners the object is made again; a list of e-mails alone is a person's own
    attribute and stays.
    """
    document: dict[str, Any] = orjson.loads(body)
    data: dict[str, object] = document.pop(DATA, {})
    if OWNER_ROLES in data and OWNER_EMAILS in data:
        data[OWNERS] = _owners(data.pop(OWNER_EMAILS), data.pop(OWNER_ROLES))
    return {**data, **document}


def _lists(owners: object) -> tuple[object, object]:
    if not isinstance(owners, dict):
        return owners, owners
    emails = sorted(owners)
    return emails, [owners[email] for email in emails]


def _owners(emails: object, roles: object) -> object:
    if not isinstance(emails, list) or not isinstance(roles, list):
        return None
    return dict(zip(emails, roles, strict=False))
