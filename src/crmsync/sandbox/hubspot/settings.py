"""The small endpoints: owners, properties, pipelines, account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crmsync.sandbox.exchange import Answer, JSONObject, RefusedError, Request
from crmsync.sandbox.hubspot import refusals
from crmsync.sandbox.hubspot.owners import owners
from crmsync.sandbox.hubspot.pipelines import PIPELINES, describe
from crmsync.sandbox.hubspot.schema import Property
from crmsync.sandbox.hubspot.search_request import json_object
from crmsync.sandbox.options import SandboxOptions

# "limit: default 100, maximum 500": HubSpot's owners API reference, read 2026-11-21.
MAX_OWNERS: Final = 500

SCOPES: Final = ("crm.objects.companies.read", "crm.objects.deals.read", "crm.objects.owners.read")
"""Those of a private app that only reads."""


def list_owners(request: Request) -> Answer:
    """A page of owners, active or archived; `after` is the id of the last one seen."""
    given = {name: values[-1] for name, values in request.parameters().items()}
    limit, after = given.get("limit", "100"), given.get("after", "0")
    if not limit.isdecimal() or not 1 <= int(limit) <= MAX_OWNERS:
        raise refusals.invalid(f"The limit {limit} is not between 1 and {MAX_OWNERS}")
    if not after.isdecimal():
        raise refusals.invalid(f"The after value {after!r} is not valid")
    archived = given.get("archived", "false").lower() == "true"
    email = given.get("email")
    found = [
        owner
        for owner in owners()
        if owner["archived"] is archived
        and int(owner["id"]) > int(after)
        and (not email or (owner["email"] or "").lower() == email.lower())
    ]
    page: JSONObject = {"results": found[: int(limit)]}
    if len(found) > int(limit):
        page["paging"] = {"next": {"after": page["results"][-1]["id"]}}
    return Answer.json(200, page)


def get_owner(request: Request, owner_id: str) -> Answer:
    """One owner by id or user id."""
    given = {name: values[-1] for name, values in request.parameters().items()}
    archived = given.get("archived", "false").lower() == "true"
    key = "userIdIncludingInactive" if given.get("idProperty") == "userId" else "id"
    for owner in owners():
        if str(owner[key]) == owner_id and owner["archived"] is archived:
            return Answer.json(200, owner)
    raise refusals.not_found()


def list_properties(request: Request, properties: Mapping[str, Property]) -> Answer:
    """All properties at once; none is archived."""
    archived = request.parameters().get("archived", ["false"])[-1].lower() == "true"
    described = [] if archived else [prop.describe() for prop in properties.values()]
    return Answer.json(200, {"results": described})


def get_property(name: str, properties: Mapping[str, Property]) -> Answer:
    """One property."""
    if name not in properties:
        raise refusals.not_found()
    return Answer.json(200, properties[name].describe())


def list_pipelines(object_type: str) -> Answer:
    """All pipelines at once; companies have none here."""
    deals = object_type in ("deals", "deal", "0-3")
    found = [describe(one, order) for order, one in enumerate(PIPELINES.values())] if deals else []
    return Answer.json(200, {"results": found})


def account_details(portal_id: int) -> Answer:
    """The account."""
    details = {
        "portalId": portal_id,
        "accountType": "STANDARD",
        "timeZone": "Europe/Stockholm",
        "companyCurrency": "EUR",
        "additionalCurrencies": ["USD"],
        "utcOffset": "+01:00",
        "utcOffsetMilliseconds": 3_600_000,
        "uiDomain": "app-eu1.hubspot.com",
        "dataHostingLocation": "eu1",
    }
    return Answer.json(200, details)


def token_info(request: Request, options: SandboxOptions) -> Answer:
    """What a private app's token may do.

    As issues of public projects quote HubSpot's page on private apps (2026-11-22); the page itself
    was not read. How a token that is none is answered is a guess.
    """
    token = json_object(request.body).get("tokenKey")
    if not isinstance(token, str) or options.access_token not in (None, token):
        raise RefusedError(Answer.json(400, refusals.body("tokenKey is no token of a private app")))
    scopes = [one for one in SCOPES if one not in options.missing_scopes]
    scopes += [one for one in options.extra_scopes.split(",") if one]
    told = {"userId": 1, "hubId": options.portal_id, "appId": 2, "scopes": scopes}
    return Answer.json(200, told)


def daily_usage(limit: int, used: int) -> Answer:
    """Requests of all private apps today."""
    usage = {"name": "private-apps-api-calls-daily", "usageLimit": limit, "currentUsage": used,
             "fetchStatus": "SUCCESS"}  # fmt: skip
    return Answer.json(200, {"results": [usage]})
