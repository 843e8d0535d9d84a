"""What Atoka's answers mean: its own rows, before the general table of failures.

The document names no status codes (Lead Events, read 2026-11-21): these are what they mean by
RFC 9110, read so that an event is never created twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from crmsync.destinations.atoka.events import LeadEvent
from crmsync.destinations.atoka.reconcile import Ending, Result
from crmsync.destinations.atoka.refusals import RefusedError, read_refusal
from crmsync.destinations.atoka.statuses import Status
from crmsync.errors import (
    ConfigError,
    CredentialsError,
    CrmsyncError,
    FatalError,
    RetryableError,
    StoppedError,
)
from crmsync.interfaces import Request, Response
from crmsync.transport import failures
from crmsync.transport.strict import MalformedError, loads

_CREDENTIALS: Final = {
    401: (
        "Atoka does not take the token (401)",
        "check that token holds what Atoka's API pages show, and was not replaced",
    ),
    402: (
        "Atoka asks for payment: the account's plan or credits do not cover this call (402)",
        "look at the account's plan and credits at Atoka",
    ),
    403: (
        "Atoka does not allow this call with the token and app_user_id (403)",
        "check that app_user_id is a user of the token's application, and what it may do",
    ),
}
_SYNC: Final = (
    "Atoka does not allow the synchronization of lead events with this token (403)",
    (
        "ask Atoka for the feature useLeadEventsSync; until then go by leads: set "
        "lead_events_sync = false, and see one's events with `crmsync events list --lead ID`"
    ),
)
_OURS: Final = frozenset({405, 406, 414, 415})
# A request that came too late to be read whole, or whose sender had gone: what stands between
# says so at times of one that the platform did read.
_UNSURE: Final = frozenset({408, 499})
_CLIENT_ERRORS: Final = range(400, 500)
_SERVER_ERRORS: Final = 500


class MisdirectedError(FatalError):
    """The request went to what is no such API, and surely had no effect there."""


class Page(NamedTuple):
    """One page of events.

    Attributes:
        total: How many there are in all; None where it is not said.
    """

    items: tuple[LeadEvent, ...]
    total: int | None


class Company(NamedTuple):
    """A company that a look-up found.

    Attributes:
        ids: Every id that names it; the first is the one that answers have.
        confidence: How sure a match is, 0 to 1; None where the look-up was no match.
    """

    ids: tuple[str, ...]
    name: str
    confidence: float | None


def classify(request: Request, response: Response) -> CrmsyncError | None:
    """What an answer means; None where it may be one.

    A 4xx surely had no effect. Any 5xx may have had, whatever it says.
    """
    status = response.status
    if status in _CREDENTIALS and not failures.is_html(response):
        sync = status == HTTPStatus.FORBIDDEN and _path(request).endswith("/sync")
        message, hint = _SYNC if sync else _CREDENTIALS[status]
        return CredentialsError(message, hint=hint)
    if status in _OURS or (status == HTTPStatus.NOT_FOUND and failures.is_html(response)):
        return MisdirectedError(
            failures.told(request, response),
            hint="check base_url, and what stands between (a proxy)",
        )
    if status in _UNSURE:
        return RetryableError(failures.told(request, response), maybe_delivered=True)
    error = failures.classify(request, response)
    if status in _CLIENT_ERRORS and not isinstance(error, RetryableError | CredentialsError):
        return _refused(request, response)
    if status >= _SERVER_ERRORS and isinstance(error, RetryableError):
        error.maybe_delivered = True
    return error


def _without_effect(error: CrmsyncError) -> bool:
    if isinstance(error, RetryableError | StoppedError):
        return not error.maybe_delivered
    return isinstance(error, CredentialsError | MisdirectedError | ConfigError)


def result_of(error: CrmsyncError) -> Result:
    """What a request to create an event came to that ended with an error."""
    ending = Ending.UNKNOWN
    if isinstance(error, RefusedError):
        ending = Ending.DATE_REFUSED if error.about_date else Ending.REFUSED
    elif _without_effect(error):
        ending = Ending.NOT_SENT
    return Result(ending, reason=str(error))


def document_of(response: Response) -> Mapping[str, Any]:
    """The answer as a JSON object.

    Raises:
        MalformedError: It is none, whatever its status says.
    """
    document = loads(response.body)
    if not isinstance(document, dict):
        raise MalformedError("JSON that is no object")
    return document


def item_of(document: Mapping[str, Any]) -> LeadEvent:
    """The event that an answer has.

    Raises:
        FatalError: It has none.
    """
    return _event(document.get("item"))


def page_of(document: Mapping[str, Any]) -> Page:
    """The events that an answer has.

    Raises:
        FatalError: It is no list.
    """
    meta = document.get("meta")
    count = meta.get("count") if isinstance(meta, dict) else None
    items = tuple(map(_event, _items(document)))
    return Page(items, count if type(count) is int and count >= 0 else None)


def statuses_of(document: Mapping[str, Any]) -> tuple[Status, ...]:
    """The statuses that an answer has; what has no label is none."""
    return tuple(
        Status(
            label=item["label"],
            previous=_text(item, "previous"),
            sink=item.get("sink") is True,
            hidden=item.get("hidden") is True,
        )
        for item in _items(document)
        if isinstance(item, dict) and isinstance(item.get("label"), str)
    )


def companies_of(document: Mapping[str, Any]) -> tuple[Company, ...]:
    """The companies that an answer has, in its order.

    Raises:
        FatalError: It is no list of them.
    """
    return tuple(map(_company, _items(document)))


def _company(item: object) -> Company:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
        raise _unexpected("a company without an id")
    ids = item.get("ids")
    others = [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []
    sure = item.get("confidence")
    return Company(
        ids=tuple(dict.fromkeys((item["id"], *others))),
        name=_text(item, "name") or "",
        confidence=float(sure) if isinstance(sure, int | float) else None,
    )


def _event(item: object) -> LeadEvent:
    number = item.get("id") if isinstance(item, dict) else None
    if not isinstance(item, dict) or type(number) is not int or number < 1:
        raise _unexpected("no lead event with a number for its id")
    owner = item.get("owner")
    owner = owner if isinstance(owner, dict) else {}
    return LeadEvent(
        id=number,
        lead=_text(item, "lead") or "",
        type=_text(item, "type") or "",
        status=_text(item, "status"),
        note=_text(item, "note"),
        date=_text(item, "date"),
        created=_text(item, "created"),
        update_time=_text(item, "updateTime"),
        assignee=_text(item, "leadAssignee"),
        owner=_text(owner, "id"),
        application=_text(owner, "application"),
        owner_name=_text(owner, "name"),
        note_visibility=_text(item, "noteVisibility"),
        status_collection=_text(item, "statusCollectionId"),
    )


def _items(document: Mapping[str, Any]) -> list[object]:
    items = document.get("items")
    if not isinstance(items, list):
        raise _unexpected("no list of items")
    return items


def _text(item: Mapping[str, Any], name: str) -> str | None:
    value = item.get(name)
    return value if isinstance(value, str) else None


def _unexpected(found: str) -> FatalError:
    return FatalError(
        f"Atoka's answer has {found}",
        hint="check base_url, and whether Atoka's API has changed",
    )


def _path(request: Request) -> str:
    return request.url.partition("?")[0]


def _refused(request: Request, response: Response) -> RefusedError:
    refusal = read_refusal(response.body)
    what = _WHAT.get(request.method, _asked)(_path(request))
    return RefusedError(
        f"Atoka refused {what} ({response.status}): {refusal.reason}",
        status=response.status,
        refusal=refusal,
        hint="check base_url and what stands between (a proxy); ask Atoka where it stays so",
    )


def _asked(path: str) -> str:
    return f"what was asked of {path}"


_WHAT: Final[Mapping[str, Callable[[str], str]]] = {
    "POST": lambda _: "to create the event",
    "PUT": lambda path: f"to change event {path.rpartition('/')[2]}",
    "DELETE": lambda path: f"to delete event {path.rpartition('/')[2]}",
}
