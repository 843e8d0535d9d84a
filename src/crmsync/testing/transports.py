"""A transport that answers from a script."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeAlias

from typing_extensions import override

from crmsync.interfaces import Request, Response, Transport

Step: TypeAlias = Response | Exception
"""What a request comes to: an answer, or an error that is raised."""


class ScriptedTransport(Transport):
    """Answers from a list, in order, or from a function of the request. Threads may share it.

    Attributes:
        requests: Every request, in the order they were sent.
        closed: Whether it was closed.
    """

    def __init__(self, script: Iterable[Step] | Callable[[Request], Step]) -> None:
        self.requests: list[Request] = []
        self.closed = False
        self._lock = threading.Lock()
        if callable(script):
            self._answer = script
        else:
            steps = deque(script)
            self._answer = lambda request: _next(steps, request)

    @override
    def send(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request)
            step = self._answer(request)
        if isinstance(step, Exception):
            raise step
        return step

    @override
    def close(self) -> None:
        self.closed = True


def _next(steps: deque[Step], request: Request) -> Step:
    if not steps:
        raise AssertionError(f"the script has no answer left for {request.method} {request.url}")
    return steps.popleft()
