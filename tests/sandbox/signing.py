"""Signs requests to Data Talks as the tests' client; knows nothing of the simulator's verifier."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx

from tests.sandbox.conftest import Client


class Signer(NamedTuple):
    """What a client believes that it must sign with."""

    key: str = "AKIDTESTS"
    secret: str = "sandbox"
    region: str = "eu-west-1"
    service: str = "execute-api"
    terminator: str = "aws4_request"
    day: str = ""

    def headers(
        self,
        host: str,
        path: str,
        body: bytes,
        moment: datetime | None = None,
        type_: str = "application/json",
    ) -> dict[str, str]:
        """The headers of a POST whose path needs no encoding."""
        stamp = (moment or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
        day = self.day or stamp[:8]
        headers = {"content-type": type_, "host": host, "x-amz-date": stamp}
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        digest = hashlib.sha256(body).hexdigest()
        canonical = f"POST\n{path}\n\n{lines}\n{names}\n{digest}"
        scope = f"{day}/{self.region}/{self.service}/{self.terminator}"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        key = ("AWS4" + self.secret).encode()
        for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"):
            key = hmac.new(key, part.encode(), "sha256").digest()
        credential = f"Credential={self.key}/{scope}"
        signed = f"{credential}, SignedHeaders={names}, Signature={key.hex()}"
        return {**headers, "authorization": f"AWS4-HMAC-SHA256 {signed}"}


def send(
    client: Client,
    body: object,
    kind: str = "contacts",
    signer: Signer | None = None,
    changed: dict[str, str] | None = None,
    moment: datetime | None = None,
) -> httpx.Response:
    """POST a body, given as bytes or as what JSON is made of, signed."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    path = f"/datatalks/v1/{kind}"
    host = client.url.removeprefix("http://")
    headers = (signer or Signer()).headers(host, path, content, moment)
    return client.http.post(path, content=content, headers={**headers, **(changed or {})})


def record(group_key: str = "abc123", /, **data: Any) -> dict[str, Any]:
    """A body as the document has it."""
    return {"data": {"email": "jo@acme.com", **data}, "group_key": group_key}
