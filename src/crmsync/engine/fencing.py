"""A destination that sends nothing once the run's locks are somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from typing_extensions import override

from crmsync.interfaces import Answer, CheckResult, Destination, Traffic


class Fenced(Destination):
    """Asks before each push.

    Between the question and the request a process can still freeze: that one request is the
    most that leaves late.
    """

    def __init__(self, destination: Destination, still_ours: Callable[[], None]) -> None:
        self._destination = destination
        self._still_ours = still_ours

    @property
    @override
    def traffic(self) -> Traffic:
        return self._destination.traffic

    @override
    def check(self) -> Iterator[CheckResult]:
        return self._destination.check()

    @override
    def push(self, bodies: Sequence[bytes], *, method: str) -> Answer:
        self._still_ours()
        return self._destination.push(bodies, method=method)

    @override
    def close(self) -> None:
        self._destination.close()
