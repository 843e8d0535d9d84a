"""The list of faulty adapters: each breaks the law that it is entered under."""

from __future__ import annotations

from typing import Any, NamedTuple

from crmsync.testing.destinations import DestinationContract
from tests.destinations import sound
from tests.destinations.sound import Reference, Sound


class Fault(NamedTuple):
    """A fault, what it is in a few words, and the suite over the adapter that has it."""

    law: str
    told: str
    suite: DestinationContract


FAULTS: list[Fault] = []


def breaks(law: str, told: str) -> Any:
    """Enter the adapter below as one that breaks a law."""

    def enter(adapter: type[Sound]) -> type[Sound]:
        FAULTS.append(Fault(law, told, Reference(sound.plugin(adapter))))
        return adapter

    return enter


def broken(law: str, told: str, **parts: Any) -> None:
    """Enter a plugin with faulty parts."""
    FAULTS.append(Fault(law, told, Reference(sound.plugin(**parts))))


class Answering(Sound):
    """One whose answer to a status is another."""

    status: tuple[int, ...] = ()

    def classify(self, request, response):
        if response.status in self.status:
            return self.instead(request, response)
        return super().classify(request, response)

    def instead(self, request, response):
        return None
