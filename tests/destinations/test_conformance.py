"""The conformance suite finds what it looks for: every law is broken by an adapter, and tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, product
from typing import Any

import pytest

from crmsync.errors import CrmsyncError
from crmsync.testing.destinations import DestinationContract
from tests.destinations import sound
from tests.destinations.faults import batches_and_answers, losses_and_patience, secrets_and_values
from tests.destinations.faults.entering import FAULTS
from tests.destinations.sound import OPENED, Reference

LAWS = sorted(name for name in dir(DestinationContract) if name.startswith("test_"))
ENTERED = (batches_and_answers, losses_and_patience, secrets_and_values)
"""Modules of faulty adapters, which enter themselves in FAULTS."""
TOLD = (AssertionError, pytest.fail.Exception, CrmsyncError, TimeoutError)
"""How a law says that it is broken."""


def runs(law: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """The arguments of each run of a law, as pytest makes them of its tables."""
    tables = [mark.args for mark in getattr(law, "pytestmark", []) if mark.name == "parametrize"]
    for values in product(*(values for _, values in tables)):
        yield dict(chain.from_iterable(map(named, tables, values)))


def named(table: tuple[Any, ...], value: Any) -> Iterator[tuple[str, Any]]:
    """A row of a table by its names, of which there may be one or several."""
    names, _ = table
    return iter([(names, value)]) if isinstance(names, str) else zip(names, value, strict=True)


def finds(suite: DestinationContract, law: str) -> bool:
    check = getattr(suite, law)
    for arguments in runs(check):
        try:
            check(**arguments)
        except TOLD:
            return True
    return False


@pytest.fixture(autouse=True)
def nothing_stays_open():
    yield
    while OPENED:
        OPENED.pop().close()


def test_every_law_is_broken_by_an_adapter():
    assert sorted({f"test_{fault.law}" for fault in FAULTS}) == LAWS


@pytest.mark.parametrize("fault", [pytest.param(f, id=f"{f.law}: {f.told}") for f in FAULTS])
def test_a_fault_is_found_by_its_law(fault):
    fault.suite.patience = 0.5  # nobody comes
    assert finds(fault.suite, f"test_{fault.law}")


@pytest.mark.security(43)
def test_a_key_that_is_quoted_in_the_address_keeps_its_law():
    suite = Reference(sound.plugin(batches_and_answers.Addressed))
    assert not finds(suite, f"test_{batches_and_answers.SEGMENT}")


@pytest.mark.parametrize("law", LAWS)
def test_a_sound_adapter_keeps_the_law(law):
    assert not finds(Reference(), law)
