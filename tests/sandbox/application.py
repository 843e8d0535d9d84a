"""Speaks to the simulated Atoka of one sandbox, as an application with a token."""

from __future__ import annotations

from typing import Any

import httpx

EVENTS = "/v2/leadevents"
TOKEN = "t-0"
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Application:
    """Knows one lead, `lead`, a company, and others by control."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.http = client.http
        self.lead = "123456789abc"
        client.control("/atoka/companies", {"items": [{"id": self.lead, "name": "Acme S.r.l."}]})

    def post(self, path: str = EVENTS, **fields: Any) -> httpx.Response:
        return self.send("POST", path, **fields)

    def send(self, method: str, path: str, **fields: Any) -> httpx.Response:
        form = {"token": TOKEN, **fields}
        answer: httpx.Response = self.http.request(method, f"/atoka{path}", data=form)
        return answer

    def raw(self, body: bytes, path: str = EVENTS, **headers: str) -> httpx.Response:
        sent = {**FORM, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer: httpx.Response = self.http.post(f"/atoka{path}", content=body, headers=sent)
        return answer

    def get(self, path: str = EVENTS, **parameters: Any) -> httpx.Response:
        given = {"token": TOKEN, **parameters}
        answer: httpx.Response = self.http.get(f"/atoka{path}", params=given)
        return answer

    def event(self, **fields: Any) -> dict[str, Any]:
        """Creates an event about the lead, unless it is about another."""
        answer = self.post(**{"lead": self.lead, "type": "company", **fields})
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["item"])

    def items(self, path: str = EVENTS, **parameters: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    def listed(self, **parameters: Any) -> list[dict[str, Any]]:
        """The lead's events, as the list has them."""
        return self.items(leads=self.lead, **parameters)

    def companies(self, *items: dict[str, Any]) -> list[str]:
        added = self.client.control("/atoka/companies", {"items": list(items)})
        return list(added["ids"])

    def kept(self) -> list[dict[str, Any]]:
        """Every event there ever was, by control."""
        return list(self.client.control("/atoka/events")["events"])

    def pass_time(self, seconds: float) -> None:
        self.client.control("/atoka/clock", {"advance_s": seconds})


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    """An error's status and the parameter it names."""
    body = answer.json()
    assert body["error"] is True
    assert body["status"] == answer.status_code
    return answer.status_code, body["data"].get("parameter")
