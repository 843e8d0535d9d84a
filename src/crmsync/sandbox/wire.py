"""Puts answers on the wire, whole or broken on purpose."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from crmsync.sandbox.exchange import Answer

Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_DRIBBLES: Final = 10
_WORTH_COMPRESSING: Final = 1024
# Linger for zero seconds: closing sends RST instead of FIN.
_NO_LINGER: Final = struct.pack("ii", 1, 0)


def http_date(seconds: float) -> bytes:
    """A moment, in seconds since 1970, as HTTP writes it."""
    return _http_date(int(seconds))


@lru_cache(maxsize=16)
def _http_date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode()


class Wire:
    """One request's connection."""

    def __init__(self, receive: Receive, send: Send, transport: asyncio.Transport) -> None:
        self._receive = receive
        self._send = send
        self._transport = transport

    async def read_body(self) -> bytes | None:
        """All of the request's body; None where the client went away."""
        chunks: list[bytes] = []
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                return None
            chunks.append(message.get("body", b""))
            if not message.get("more_body"):
                return b"".join(chunks)

    async def send(self, answer: Answer) -> None:
        """Send all of it."""
        await self._start(answer)
        await self._send({"type": "http.response.body", "body": answer.body})

    async def dribble(self, answer: Answer, seconds: float) -> None:
        """Send it in pieces, spread over so many seconds."""
        await self._start(answer)
        size = max(1, -(-len(answer.body) // _DRIBBLES))
        for offset in range(0, len(answer.body), size):
            await asyncio.sleep(seconds / _DRIBBLES)
            piece = answer.body[offset : offset + size]
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body"})

    async def send_half(self, answer: Answer, *, reset: bool) -> None:
        """Declare the whole length, send half, then reset or close the connection."""
        await self._start(answer)
        half = answer.body[: len(answer.body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})
        # What was written must leave before a reset throws it away.
        await asyncio.sleep(0.02)
        if reset:
            await self.reset()
        else:
            self._transport.close()
            await self._gone()

    async def reset(self, after: float = 0.0) -> None:
        """Reset the connection, after so many seconds of silence or when the client leaves."""
        if after:
            try:
                await asyncio.wait_for(self._gone(), after)
            except TimeoutError:
                pass
            else:
                return
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._transport.abort()
        await self._gone()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _start(self, answer: Answer) -> None:
        headers = list(answer.headers)
        if all(name != b"date" for name, _ in headers):
            headers.append((b"date", http_date(time.time())))
        if answer.status != HTTPStatus.NO_CONTENT:
            headers.append((b"content-type", answer.content_type))
            headers.append((b"content-length", b"%d" % len(answer.body)))
        await self._send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )


def compressed(answer: Answer, accepted: bytes) -> Answer:
    """The answer in gzip where the client takes it and it is worth it."""
    if b"gzip" not in accepted or len(answer.body) < _WORTH_COMPRESSING:
        return answer
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)  # 31: a gzip header and the largest window
    body = packer.compress(answer.body) + packer.flush()
    headers = (*answer.headers, (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding"))
    return answer._replace(body=body, headers=headers)
