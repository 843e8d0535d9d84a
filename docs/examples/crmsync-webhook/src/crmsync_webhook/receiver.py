"""A receiver for trying it out: believes what is signed, and writes what arrives."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, TextIO

import orjson

from crmsync_webhook.fields import KEY
from crmsync_webhook.signing import ID, SIGNATURE, TIMESTAMP, signature

# "Make sure to verify the webhook-timestamp header has a timestamp that is within some allowable
# tolerance": Standard Webhooks, as in `signing`. How much is our own.
TOLERANCE: Final = 300
MOST: Final = 1_000_000


class Receiver(ThreadingHTTPServer):
    """Takes webhooks on loopback and writes each record as a line of JSON. Port 0: any free one."""

    daemon_threads = True

    def __init__(self, port: int, key: bytes, out: TextIO) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.key = key
        self.out = out

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def take(self, headers: Mapping[str, str], body: bytes) -> tuple[HTTPStatus, dict[str, Any]]:
        """The answer to a delivery; header names are lower case."""
        if not self._believed(headers, body):
            return HTTPStatus.UNAUTHORIZED, {"error": "the signature is wrong, or too old"}
        try:
            records = orjson.loads(body)
        except orjson.JSONDecodeError:
            records = None
        if not isinstance(records, list):
            return HTTPStatus.BAD_REQUEST, {"error": "a JSON array of records is wanted"}
        refused = [
            {"index": index, "reason": f"it has no {KEY}"}
            for index, one in enumerate(records)
            if not isinstance(one, dict) or not one.get(KEY)
        ]
        if refused:
            return HTTPStatus.UNPROCESSABLE_ENTITY, {"refused": refused}
        self.out.write("".join(f"{orjson.dumps(one).decode()}\n" for one in records))
        self.out.flush()
        return HTTPStatus.OK, {"accepted": len(records)}

    def _believed(self, headers: Mapping[str, str], body: bytes) -> bool:
        stamp = headers.get(TIMESTAMP, "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > TOLERANCE:
            return False
        wanted = signature(self.key, headers.get(ID, ""), stamp, body)
        given = headers.get(SIGNATURE, "").split()
        return any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take a delivery."""
        length = int(self.headers.get("content-length", 0))
        if length > MOST:
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "too large"})
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(*self.server.take(headers, self.rfile.read(length)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own
        """Write nothing: the records are the log."""

    def _answer(self, status: HTTPStatus, document: dict[str, Any]) -> None:
        body = orjson.dumps(document)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
