from __future__ import annotations

from queue import Empty, SimpleQueue

import pytest

from crmsync.engine.reading import PageRead, ReadEnded, Reader
from crmsync.errors import RetryableError
from crmsync.records import Query
from crmsync.testing.fakes import ListSource
from tests.engine.conftest import company


class Told(ListSource):
    """Tells of each page that it reads."""

    def __init__(self, records):
        super().__init__(records=records)
        self.read_pages: SimpleQueue[None] = SimpleQueue()

    def read(self, query):
        for page in super().read(query):
            self.read_pages.put(None)
            yield page


def reading(source: ListSource):
    inbox: SimpleQueue[PageRead | ReadEnded] = SimpleQueue()
    reader = Reader(source, Query(object="companies"), inbox.put)
    reader.start()
    return reader, inbox


def test_pages_come_in_order_and_the_end_is_told():
    reader, inbox = reading(ListSource(records=[company(n) for n in range(1, 6)]))
    ids = []
    while isinstance(event := inbox.get(timeout=60), PageRead):
        ids += [record.id for record in event.page.records]
        reader.done()

    assert ids == ["1", "2", "3", "4", "5"]
    assert event == ReadEnded(None)


def test_no_page_is_read_before_the_one_before_it_is_worked_on():
    source = Told(records=[company(n) for n in range(1, 31)])
    reader, inbox = reading(source)

    assert isinstance(inbox.get(timeout=60), PageRead)
    source.read_pages.get(timeout=60)
    with pytest.raises(Empty):
        source.read_pages.get(timeout=0.1)

    reader.done()

    source.read_pages.get(timeout=60)
    assert isinstance(inbox.get(timeout=60), PageRead)


@pytest.mark.fault(105)
def test_failure_comes_after_the_pages_before_it():
    error = RetryableError("down")
    source = ListSource(records=[company(n) for n in range(1, 6)], fail_after=1, error=error)
    reader, inbox = reading(source)

    assert isinstance(inbox.get(timeout=60), PageRead)
    reader.done()
    assert inbox.get(timeout=60) == ReadEnded(error)


def test_stopped_reader_ends_without_another_page():
    reader, inbox = reading(ListSource(records=[company(n) for n in range(1, 31)]))
    inbox.get(timeout=60)
    reader.stop()

    assert inbox.get(timeout=60) == ReadEnded(None)


def test_stopping_a_reader_that_has_room_is_harmless():
    reader, inbox = reading(ListSource(records=[company(1)]))
    reader.done()
    inbox.get(timeout=60)
    inbox.get(timeout=60)

    assert reader.stop() is None
