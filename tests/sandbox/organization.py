"""Speaks to the simulated Salesforce organization of one sandbox."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx

DATA = "/services/data/v68.0"
FORM = {"grant_type": "client_credentials", "client_id": "key", "client_secret": "secret"}


class Http:
    """The sandbox's own client below /salesforce, with an authorization of its own."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.headers = {"authorization": ""}

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers, **(more.pop("headers", None) or {})}
        return self._http.request(method, f"/salesforce{path}", headers=headers, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)


class Organization:
    """A client with a session."""

    def __init__(self, client: Any, *, login: bool = True) -> None:
        self.control = client.control
        self.base = f"{client.url}/salesforce"
        self.raw = client.http
        self.http = Http(client.http)
        if login:
            self.log_in()

    def token(self, **form: Any) -> httpx.Response:
        headers = form.pop("headers", None)
        return self.http.post("/services/oauth2/token", data=form, headers=headers)

    def log_in(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.token(**FORM).json()
        self.http.headers["authorization"] = f"Bearer {answer['access_token']}"
        return answer

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.http.get(f"{DATA}{path}", params=parameters or None)

    def query(self, soql: str, path: str = "/query") -> list[dict[str, Any]]:
        """All records of a query, page by page."""
        page = self.answered(soql, path)
        records = page["records"]
        while not page["done"]:
            page = self.http.get(page["nextRecordsUrl"]).json()
            records += page["records"]
        return list(records)

    def answered(self, soql: str, path: str = "/query") -> dict[str, Any]:
        answer = self.get(path, q=soql)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def count(self, rest: str, path: str = "/query") -> int:
        return int(self.answered(f"SELECT COUNT() FROM {rest}", path)["totalSize"])

    def refusal(self, soql: str) -> tuple[int, str, str]:
        answer = self.get("/query", q=soql)
        (error,) = answer.json()
        return answer.status_code, error["errorCode"], error["message"]

    def job(self, soql: str, operation: str = "query", data: str = DATA) -> str:
        answer = self.http.post(f"{data}/jobs/query", json={"operation": operation, "query": soql})
        assert answer.status_code == 200, answer.text
        return f"{data}/jobs/query/{answer.json()['id']}"

    def finished(self, job: str) -> dict[str, Any]:
        while True:
            facts: dict[str, Any] = self.http.get(job).json()
            if facts["state"] not in ("UploadComplete", "InProgress"):
                return facts

    def rows(self, soql: str, operation: str = "query") -> list[dict[str, str]]:
        """All rows of a Bulk API query."""
        job = self.job(soql, operation)
        assert self.finished(job)["state"] == "JobComplete"
        found, locator = [], ""
        while locator != "null":
            part = self.http.get(f"{job}/results", params={"locator": locator} if locator else None)
            found += parsed(part)
            locator = part.headers["sforce-locator"]
        return found

    def act(self, action: str, **body: Any) -> Any:
        return self.control(f"/salesforce/{action}", body)


def parsed(part: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(part.content.decode(), newline="")))
