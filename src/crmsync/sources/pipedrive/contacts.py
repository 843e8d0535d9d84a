"""The e-mail addresses of an organization's persons, by the fewest tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from crmsync.errors import FatalError
from crmsync.reports import JSONObject
from crmsync.sources.paging import Tokens
from crmsync.sources.pipedrive import endpoints
from crmsync.sources.pipedrive.api import PipedriveApi
from crmsync.sources.pipedrive.endpoints import Parameter
from crmsync.sources.pipedrive.values import text_id

FEW: Final = 10
"""Organizations of a page that are asked for one by one: a request each. For more of them, all
persons of the company are read once, 500 a request."""


class Contacts:
    """Finds persons by their organization. One serves one read, in one thread.

    After a walk through all persons their addresses are remembered: about 100 bytes a person.
    """

    def __init__(self, api: PipedriveApi) -> None:
        self._api = api
        self._walked: Mapping[str, Mapping[str, object]] | None = None

    def of(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
        """By organization: `emails`, the primary ones first, each once."""
        if self._walked is None and len(ids) > FEW:
            self._walked = _by_organization(self._persons())
        if self._walked is not None:
            walked = self._walked
            return {one: walked[one] for one in ids if one in walked}
        return _by_organization(row for one in ids for row in self._persons(one))

    def _persons(self, organization: str = "") -> Iterator[JSONObject]:
        asked = {
            Parameter.LIMIT: str(endpoints.PAGE),
            Parameter.SORT_BY: "id",
            Parameter.SORT_DIRECTION: "asc",
        }
        if organization:
            asked[Parameter.ORG_ID] = organization
        tokens = Tokens(self._api.name)
        while True:
            page = self._api.list(endpoints.PERSONS, asked)
            for row in page.rows:
                if organization and text_id(row.get("org_id")) != organization:
                    raise _ignored(self._api.name, organization)
                yield row
            if not page.cursor:
                return
            asked[Parameter.CURSOR] = tokens.add(page.cursor)


def _ignored(account: str, organization: str) -> FatalError:
    return FatalError(
        f"{account}: Pipedrive was asked for the persons of organization {organization} and gave "
        "others: it ignores org_id",
        hint="leave persons.emails out of the mapping, and report this to crmsync",
    )


def _by_organization(rows: Iterable[JSONObject]) -> Mapping[str, Mapping[str, object]]:
    first: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for row in rows:
        organization = text_id(row.get("org_id"))
        if organization:
            for email, primary in _emails(row.get("emails")):
                (first if primary else others).setdefault(organization, []).append(email)
    return {
        one: {"emails": _distinct([*first.get(one, ()), *others.get(one, ())])}
        for one in first.keys() | others.keys()
    }


def _emails(value: object) -> Iterator[tuple[str, bool]]:
    for entry in value if isinstance(value, list) else []:
        email = entry.get("value") if isinstance(entry, dict) else None
        if isinstance(email, str) and email.strip():
            yield email, entry.get("primary") is True


def _distinct(emails: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for email in emails:
        found.setdefault(email.strip().lower(), email)
    return tuple(found.values())
