"""Runs a sandbox on a real socket: in this thread, or in one of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Generator
from types import FrameType, TracebackType
from typing import Self

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from crmsync.sandbox.app import TRANSPORT, Sandbox
from crmsync.sandbox.options import SandboxOptions

_START_SECONDS = 60


class _Protocol(HttpToolsProtocol):
    """Hands the transport to the app, which resets connections with it."""

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


class _Server(uvicorn.Server):
    """Tells when it listens, ends when it is told to, and ends quietly on a signal."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)
        self._ready()

    @override
    async def main_loop(self) -> None:
        # The original looks ten times a second whether it is to end: many at once are a load.
        await self.on_tick(0)
        await self._ending.wait()

    def end(self) -> None:
        """Let it end soon; from any thread, or in a signal's handler."""
        self.should_exit = True
        with contextlib.suppress(RuntimeError):  # it has ended, and its loop is closed
            self._loop.call_soon_threadsafe(self._ending.set)

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.end()

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # The original raises the signal again at the end, which would kill the process.
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _server(options: SandboxOptions, ready: Callable[[], None]) -> _Server:
    config = uvicorn.Config(
        Sandbox(options),
        http=_Protocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return _Server(config, ready)


def _bind(options: SandboxOptions) -> tuple[socket.socket, str]:
    listener = socket.create_server((options.host, options.port), backlog=1024)
    host, port = listener.getsockname()[:2]
    return listener, f"http://{host}:{port}"


def serve(options: SandboxOptions, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then return.

    Args:
        options: What to serve.
        ready: Called with the base URL (`http://127.0.0.1:8080`) once it answers.

    Raises:
        OSError: The port is taken.
    """
    listener, url = _bind(options)
    server = _server(options, lambda: ready(url) if ready else None)
    server.run(sockets=[listener])


class RunningSandbox:
    """A sandbox in a thread of its own. Leaving the context stops it.

    Attributes:
        url: The base URL, without a slash at the end.
    """

    def __init__(self, options: SandboxOptions) -> None:
        listener, self.url = _bind(options)
        started = threading.Event()
        self._server = _server(options, started.set)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="crmsync-sandbox", daemon=True
        )
        self._thread.start()
        if not started.wait(_START_SECONDS):
            raise RuntimeError(f"the sandbox did not start in {_START_SECONDS} s")

    def stop(self) -> None:
        """Stop it and wait until its socket is closed; a second time does nothing."""
        self._server.end()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(options: SandboxOptions) -> RunningSandbox:
    """Serve in a thread; it answers when this returns.

    Raises:
        OSError: The port is taken.
    """
    return RunningSandbox(options)
