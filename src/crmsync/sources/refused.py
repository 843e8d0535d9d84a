"""An answer that is none, as the failure tables of the CRMs look at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson

from crmsync.interfaces import Request, Response
from crmsync.reports import JSONObject
from crmsync.transport.redaction import safe


class Refused(NamedTuple):
    """An answer that is none.

    Attributes:
        body: As far as it is a JSON object; every key is optional in practice.
        words: The CRM's own, on one line, without secrets; empty where it has none.
    """

    request: Request
    response: Response
    body: JSONObject
    words: str

    @property
    def path(self) -> str:
        """What was asked for, for people: the method and the path, without the query."""
        return f"{self.request.method} {urlsplit(self.request.url).path}"


def read_refusal(
    request: Request,
    response: Response,
    spoken: Callable[[JSONObject], str],
    body: JSONObject | None = None,
) -> Refused:
    """Look at an answer that is none. *spoken* takes the CRM's own words out of a body.

    *body* is the answer's, where it has been read before.
    """
    if body is None:
        body = _object(response)
    return Refused(request, response, body, safe(" ".join(spoken(body).split())))


def _object(response: Response) -> JSONObject:
    try:
        document = orjson.loads(response.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
