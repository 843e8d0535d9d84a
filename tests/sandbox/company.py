"""Speaks to the simulated Pipedrive as a program with an API token does."""

from __future__ import annotations

from typing import Any

import httpx

from tests.sandbox.conftest import Client

TOKEN = {"x-api-token": "made-up", "authorization": ""}


class Company:
    """One running sandbox's Pipedrive."""

    def __init__(self, client: Client) -> None:
        self.url = f"{client.url}/pipedrive"
        self.http = client.http
        self._client = client

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Ask version 2."""
        return self.ask(f"/api/v2{path}", TOKEN, **parameters)

    def legacy(self, path: str, **parameters: Any) -> httpx.Response:
        """Ask version 1."""
        return self.ask(f"/api/v1{path}", TOKEN, **parameters)

    def ask(self, path: str, headers: dict[str, str], **parameters: Any) -> httpx.Response:
        """Ask with these headers alone for who is asking."""
        headers = {"authorization": "", **headers}
        return self.http.get(f"/pipedrive{path}", params=parameters or None, headers=headers)

    def every(self, path: str, **parameters: Any) -> list[Any]:
        """All records of a list, page by page."""
        found: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **{"limit": 500, **parameters, **cursor}).json()
            found += page["data"]
            if page["additional_data"]["next_cursor"] is None:
                return found
            cursor = {"cursor": page["additional_data"]["next_cursor"]}

    def by_id(self, path: str, **parameters: Any) -> dict[int, Any]:
        """All records of a list by their id."""
        return {record["id"]: record for record in self.every(path, **parameters)}

    def ids(self, path: str, **parameters: Any) -> list[int]:
        """The ids of a list, in its order."""
        return [record["id"] for record in self.every(path, **parameters)]

    def control(self, path: str, body: object = None) -> Any:
        """Ask the control interface of this system."""
        return self._client.control(f"/pipedrive{path}", body)

    def grant(self, token: str = "r-1") -> httpx.Response:  # noqa: S107 - made up
        """Ask for an access token."""
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self._client.http.post(f"{self.url}/oauth/token", data=form, auth=("id", "s"))
