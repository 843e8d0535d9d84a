"""An account over a scripted transport and a fake clock, and what it is asked and answered."""

from __future__ import annotations

from crmsync.adapters import Context
from crmsync.errors import RetryableError
from crmsync.interfaces import Request, Response
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport
from crmsync.transport.account import Account
from crmsync.transport.failures import classify

ASK = Request("POST", "/x", {}, b"12345")
OK = Response(200, {}, b"{}")
BROKEN = RetryableError("cut", maybe_delivered=True)
REFUSED = RetryableError("refused", maybe_delivered=False)


def answer(status, **headers):
    return Response(status, {k.replace("_", "-"): v for k, v in headers.items()}, b"")


class Door:
    """An account with everything that a test looks at."""

    def __init__(
        self,
        *script,
        lanes=None,
        retry_for=300.0,
        max_wait=900.0,
        beside=None,
        transport=None,
        **options,
    ):
        self.clock = beside.clock if beside else FakeClock()
        self.paces = beside.paces if beside else {}
        self.transport = transport or ScriptedTransport(
            script[0] if callable(script[0]) else script
        )
        patience = {"retry_for": retry_for, "max_wait": max_wait}
        self.account = Account(
            Context(name="hubspot", clock=self.clock, paces=self.paces, **patience),
            transport=self.transport,
            lanes=lanes or {},
            **{"classify": classify, "rng": lambda: 0.5, **options},
        )
        self.call = self.account.call
