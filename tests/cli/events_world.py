"""An Atoka behind a real socket, and a configuration that names it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlsplit

from crmsync.testing.servers import FaultServer, Play, Received, reply
from tests.destinations.atoka.accounts import TOKEN

CONFIG = """
[limits]
retry_for = "{retry_for}"
[sources.hubspot]
access_token = "${{OTHER}}"
base_url = "{url}/hubspot"
[destinations.akooda]
tenant_id = "${{OTHER}}"
api_key = "${{OTHER}}"
base_url = "{url}/akooda"
[destinations.atoka]
token = "${{ATOKA_TOKEN}}"
base_url = "{url}/atoka"
{keys}
[syncs.main]
source = "hubspot"
object = "companies"
destination = "akooda"
"""
SECRETS = (TOKEN, quote_plus(TOKEN))


def configure(folder: Path, url: str, keys: str = "", *, retry_for: str = "0.1s") -> None:
    """Write a configuration; *keys* are more lines of the Atoka's table, or tables after it."""
    text = CONFIG.format(url=url, keys=keys, retry_for=retry_for)
    (folder / "config.toml").write_text(text, encoding="utf-8")


def event(number: int, lead: str = "l1", **attributes: object) -> dict[str, Any]:
    """An event as Atoka tells it, of the second that its number is."""
    at = f"2026-01-{1 + number // 86_400:02d}T{number // 3_600 % 24:02d}"
    at += f":{number // 60 % 60:02d}:{number % 60:02d}Z"
    plain = {"id": number, "lead": lead, "type": "company", "date": at, "updateTime": at}
    return {**plain, "created": at, **attributes}


class Lists:
    """A light Atoka that lists, and takes no offset beyond its windows."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events = events
        self.offsets: list[int] = []
        self.server = FaultServer(self._answer)

    def _answer(self, request: Received) -> Play:
        parts = urlsplit(request.target)
        given = dict(parse_qsl(parts.query))
        offset, limit = int(given["offset"]), int(given["limit"])
        self.offsets.append(offset)
        if offset + limit > 10_000:
            return reply(400, b'{"message": "beyond the window"}')
        found = self._found(parts.path, given)
        page = {"items": found[offset : offset + limit], "meta": {"count": len(found)}}
        return reply(200, json.dumps(page).encode())

    def _found(self, path: str, given: Mapping[str, str]) -> list[dict[str, Any]]:
        if path.endswith("/sync"):
            return [one for one in self.events if one["updateTime"] >= given["fromUpdateTime"]]
        leads = set(given["leads"].split(","))
        found = [one for one in self.events if one["lead"] in leads]
        return found[::-1] if given["ordering"] == "newest" else found
