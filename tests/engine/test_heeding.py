from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import pytest

from crmsync.engine.heeding import Heeding, awaited
from crmsync.engine.plans import RunOptions
from crmsync.engine.run import run_syncs
from crmsync.errors import RetryableError, StoppedError
from crmsync.records import Page, Query
from crmsync.testing.fakes import ListSource
from crmsync.transport.clock import SystemClock
from tests.engine.conftest import company


class HangingSource(ListSource):
    """A CRM that gives its first page, and then no answer until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.told = Event(), Event()

    def read(self, query: Query) -> Iterator[Page]:
        pages = super().read(query)
        yield next(pages)
        self.asked.set()
        self.told.wait(100)
        yield from pages


@pytest.fixture
def hanging():
    source = HangingSource()
    source.records = [company(1), company(2)]
    source.page_size = 1
    yield source
    source.told.set()


def test_a_run_is_stopped_while_the_crm_does_not_answer(bench, hanging):
    bench.source = hanging
    clock, reports = SystemClock(), []
    run = Thread(
        target=lambda: reports.append(run_syncs([bench.plan()], bench.ledger, clock, RunOptions()))
    )
    run.start()
    assert hanging.asked.wait(60)
    clock.stop()
    run.join(60)
    assert [report.exit_code for report in reports] == [5]


def test_what_is_read_comes_as_it_is(bench, hanging):
    hanging.told.set()
    pages = list(Heeding(hanging, bench.clock).read(bench.plan().query()))
    assert [record.id for page in pages for record in page.records] == ["1", "2"]


def test_an_error_goes_on_to_who_waits(bench):
    def fail() -> None:
        raise RetryableError("no answer")

    with pytest.raises(RetryableError, match="no answer"):
        awaited(fail, bench.clock)


def test_who_waits_when_a_stop_comes_is_told_so():
    clock, told = SystemClock(), Event()
    clock.stop()
    with pytest.raises(StoppedError):
        awaited(lambda: told.wait(100), clock)
    told.set()
