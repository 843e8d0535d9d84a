"""Serves the status page from threads of its own, so that nothing it is asked can hold up a sync.

HTTP/1.1 as h11 reads it, with bounds on everything: one request a connection, so many
connections, so much of a request, so long for it. What answers runs in a thread of its own,
a few at a time; the loop that reads and writes never waits for it longer than PATIENCE.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Final

import h11

from crmsync.web.exchange import TEXT, Request, Response
from crmsync.web.turnstile import Turnstile

CONNECTIONS: Final = 32
"""At once; one more is closed unheard."""
WORKERS: Final = 4
"""Answers under way at once; one more is told to come again."""
PATIENCE: Final = 40.0
"""Seconds for an answer: explaining a record asks the CRM."""
BURST: Final = 30
"""Requests that are answered as they come."""
RATE: Final = 10
"""Requests a second that are answered where there are more: one takes 10 ms of a processor that
syncs need, too."""
READING: Final = 10.0
"""Seconds for a request to arrive whole, and for its answer to be taken."""
LINGER: Final = 2.0
LARGEST_HEAD: Final = 16 * 1024
LARGEST_BODY: Final = 64 * 1024
_VERSIONS: Final = (b"1.0", b"1.1")
_CHUNK: Final = 16 * 1024
_AGAIN: Final = 0.1
"""Seconds until one who was cut off just as its answer came is cut off again."""

_LOGGER: Final = logging.getLogger(__name__)
_ONCE: Final = frozenset(
    {"host", "origin", "authorization", "cookie", "content-type", "sec-fetch-site"}
)
"""Headers that something is decided by: two of one would be two opinions."""

Answering = Callable[[Request], Response]


class BadRequestError(Exception):
    """A request that is not one, or more than one may be.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Server:
    """The page, served until `stop`.

    Args:
        listener: A socket that listens; closed at the end.
        answer: Called in a thread for each request. What it raises is answered with 500.
        at_once: Asked first, without a thread, so that no wait holds it up: it must not wait.
            None leaves the request to *answer*.
        headers: What every answer carries, whatever it is.
    """

    def __init__(
        self,
        listener: socket.socket,
        answer: Answering,
        *,
        at_once: Callable[[Request], Response | None] = lambda _: None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._at_once = at_once
        self._headers = tuple(headers)
        self._listener = listener
        self._answer = answer
        self._open: dict[asyncio.StreamWriter, asyncio.Future[None]] = {}
        self._working = 0
        self._pace = Turnstile(free=BURST, step=1 / RATE)
        self._ready = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()
        self._thread = Thread(target=self._work, name="status page", daemon=True)

    def start(self) -> None:
        """Begin to answer; returns when it does."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Answer no more. Whoever is being answered is cut off."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()

    def _work(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(
            self._connected, sock=self._listener, limit=LARGEST_HEAD
        )
        self._ready.set()
        await self._end.wait()
        # Closed before they are, it would lose those whose connection was taken just now.
        self._loop.remove_reader(self._listener)
        await self._hang_up()
        server.close()

    async def _hang_up(self) -> None:
        """Cut off whoever is there."""
        here = asyncio.current_task()
        while others := asyncio.all_tasks() - {here}:
            for writer, conversation in self._open.items():
                writer.transport.abort()  # One that has not begun yet would never do so itself.
                conversation.cancel()
            await asyncio.wait(others, timeout=_AGAIN)
        await asyncio.sleep(0)  # What was aborted last is closed in the loop's next turn.

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= CONNECTIONS or self._end.is_set():
            writer.transport.abort()
            return
        conversation = asyncio.ensure_future(self._conversation(reader, writer))
        self._open[writer] = conversation

    async def _conversation(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await asyncio.sleep(self._pace.turn("", asyncio.get_running_loop().time()))
            await self._exchange(reader, writer)
        except (OSError, TimeoutError, h11.LocalProtocolError):
            pass  # who asked has gone, or takes too long
        finally:
            del self._open[writer]
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        method = b""
        try:
            async with asyncio.timeout(READING):
                request = await _read(connection, reader, _peer(writer))
            method = request.method.encode()
            response = await self._answered(request)
        except BadRequestError as error:
            response = Response(error.status, f"{error}\n", TEXT)
        except h11.RemoteProtocolError as error:
            response = Response(error.error_status_hint, "no HTTP that is understood here\n", TEXT)
        await asyncio.sleep(response.hold)
        response = response._replace(headers=(*self._headers, *response.headers))
        async with asyncio.timeout(READING):
            await _write(connection, writer, response, silent=method == b"HEAD")
        await _linger(reader)

    async def _answered(self, request: Request) -> Response:
        if (response := self._at_once(request)) is not None:
            return response
        if self._working >= WORKERS:
            return _busy("the page is busy: ask again in a moment")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Response] = loop.create_future()
        self._working += 1

        def told(response: Response) -> None:
            self._working -= 1
            if not future.done():
                future.set_result(response)

        def work() -> None:
            response = self._safely(request)
            with suppress(RuntimeError):  # the loop is closed: the server has been stopped
                loop.call_soon_threadsafe(told, response)

        Thread(target=work, name="status page: answer", daemon=True).start()
        try:
            return await asyncio.wait_for(future, PATIENCE)
        except TimeoutError:
            return _busy(f"no answer within {PATIENCE:.0f} seconds: ask again later")

    def _safely(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except Exception as error:
            # The rim of the thread: the page goes on, and shows nothing of it.
            _LOGGER.debug("unexpected", exc_info=error)
            _LOGGER.error("the status page failed: %s", type(error).__name__)  # noqa: TRY400 - no trace
            return Response(500, "a fault of crmsync's: its log says more\n", TEXT)


def _busy(message: str) -> Response:
    return Response(503, f"{message}\n", TEXT, (("Retry-After", "5"),))


def _peer(writer: asyncio.StreamWriter) -> str:
    name = writer.get_extra_info("peername")
    return str(name[0]) if isinstance(name, tuple) and name else ""


async def _read(connection: h11.Connection, reader: asyncio.StreamReader, peer: str) -> Request:
    """One request, whole."""
    head = await _next(connection, reader)
    if not isinstance(head, h11.Request):
        raise ConnectionAbortedError
    if head.http_version not in _VERSIONS:
        raise BadRequestError(505, "speak HTTP/1.1")
    headers = _headers(head.headers.raw_items())
    body = bytearray()
    while isinstance(event := await _next(connection, reader), h11.Data):
        body += event.data
        if len(body) > LARGEST_BODY:
            raise BadRequestError(413, "the request is too large")
    return Request(
        method=head.method.decode("ascii"),
        target=head.target.decode("ascii"),
        headers=headers,
        body=bytes(body),
        peer=peer,
    )


def _headers(items: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their names in lower case.

    Raises:
        BadRequestError: One that counts comes twice, or the body's length is told in the way
            that proxies and servers have been made to disagree about.
    """
    found: dict[str, str] = {}
    for raw, value in items:
        name = raw.decode("ascii").lower()
        if name in _ONCE and name in found:
            raise BadRequestError(400, f"the header {name} comes twice")
        found[name] = value.decode("latin-1")
    if "transfer-encoding" in found:
        raise BadRequestError(411, "say the body's length by Content-Length")
    if int(found.get("content-length", "0")) > LARGEST_BODY:
        raise BadRequestError(413, "the request is too large")
    return found


async def _next(connection: h11.Connection, reader: asyncio.StreamReader) -> object:
    while (event := connection.next_event()) is h11.NEED_DATA:
        if connection.they_are_waiting_for_100_continue:
            raise BadRequestError(417, "send the body with the request")
        connection.receive_data(await reader.read(_CHUNK))
    return event


async def _write(
    connection: h11.Connection, writer: asyncio.StreamWriter, response: Response, *, silent: bool
) -> None:
    """Give the answer, the last of its connection."""
    body = response.body.encode("utf-8", "backslashreplace")
    headers = [
        ("Content-Type", response.kind),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        *response.headers,
    ]
    answer = h11.Response(status_code=response.status, headers=headers)
    told = connection.send(answer) or b""
    if not silent:
        told += connection.send(h11.Data(data=body)) or b""
    told += connection.send(h11.EndOfMessage()) or b""
    writer.transport.set_write_buffer_limits(0)  # so that "drained" means all of it
    writer.write(told)
    await writer.drain()
    writer.write_eof()


async def _linger(reader: asyncio.StreamReader) -> None:
    """Let who asked finish talking: to hang up at once could take the answer from them."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            for _ in range(LARGEST_BODY // _CHUNK):
                if not await reader.read(_CHUNK):
                    return
