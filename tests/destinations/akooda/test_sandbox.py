"""The real client against the simulator, over real sockets."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from crmsync.adapters import Context
from crmsync.destinations.akooda import PLUGIN
from crmsync.destinations.akooda.encoding import encode
from crmsync.destinations.akooda.settings import AkoodaSettings
from crmsync.engine.delivery import Delivery, Streak, deliver
from crmsync.errors import CredentialsError, FatalError
from crmsync.interfaces import Destination
from crmsync.receipts import Outcome
from crmsync.sandbox.faults import parse_plan
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import start
from crmsync.transport.clock import SystemClock

HEALTHY = SandboxOptions(companies=0, tenant_id="tenant-4711", api_key="key-0123456789")
BAD = frozenset({3, 30, 77})


@contextmanager
def account(*, api_key: str = "key-0123456789", tenant_id: str = "tenant-4711", **options: Any):
    with start(replace(HEALTHY, **options)) as sandbox:
        settings = AkoodaSettings.model_validate(
            {"tenant_id": tenant_id, "api_key": api_key, "base_url": f"{sandbox.url}/akooda"}
        )
        context = Context(name="akooda", clock=SystemClock(), retry_for=20, max_wait=20)
        destination = PLUGIN.open(settings, context)
        yield destination
        destination.close()


def batch(count: int, bad: frozenset[int] = BAD) -> list[bytes]:
    return [
        encode(
            {
                "domain": f"company-{number}.com",
                "properties.displayName": "x" * (50 if number in bad else 49),
            }
        )
        for number in range(count)
    ]


def outcomes(destination: Destination, bodies: list[bytes]) -> list[Outcome]:
    delivery = Delivery(bodies, Streak())
    deliver(delivery, lambda some: destination.push(some, method="upsert"))
    if delivery.error is not None:
        raise delivery.error
    return [verdict.outcome for verdict in delivery.verdicts]


def expected(count: int) -> list[Outcome]:
    return [Outcome.REJECTED if n in BAD else Outcome.UNVERIFIED for n in range(count)]


def test_a_whole_batch_is_taken_unverified():
    with account() as destination:
        assert outcomes(destination, batch(1000, frozenset())) == [Outcome.UNVERIFIED] * 1000
        assert destination.traffic.requests == 1


@pytest.mark.parametrize(("details", "requests"), [(True, 2), (False, 45)])
def test_a_400_for_any_fault_rejects_exactly_the_faulty(details, requests):
    with account(akooda_mode="any_fails", akooda_details=details) as destination:
        assert outcomes(destination, batch(1000)) == expected(1000)
        assert destination.traffic.requests <= requests


@pytest.mark.fault(46)
def test_b11_a_204_hides_the_faulty_and_batches_of_one_find_them():
    with account(akooda_mode="lenient") as destination:
        assert outcomes(destination, batch(100)) == [Outcome.UNVERIFIED] * 100
        alone = [outcomes(destination, [body])[0] for body in batch(100)]
        assert alone == expected(100)


def test_a_lower_byte_limit_is_found_by_halving():
    with account(akooda_max_bytes=30_000) as destination:
        assert outcomes(destination, batch(1000, frozenset())) == [Outcome.UNVERIFIED] * 1000
        assert destination.traffic.requests <= 8


@pytest.mark.parametrize("wrong", [{"api_key": "key-other-0000"}, {"tenant_id": "tenant-other"}])
def test_wrong_credentials_end_it(wrong):
    with account(**wrong) as destination, pytest.raises(CredentialsError):
        outcomes(destination, batch(2))


@pytest.mark.fault(66)
def test_an_html_page_is_no_acceptance():
    faults = parse_plan({"akooda": "html=1"})
    with account(faults=faults) as destination, pytest.raises(FatalError, match="HTML"):
        outcomes(destination, batch(2))
