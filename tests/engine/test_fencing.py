from __future__ import annotations

import pytest

from crmsync.engine.fencing import Fenced
from crmsync.errors import LockedError
from crmsync.testing.fakes import KeepingDestination


def lost():
    raise LockedError("sync a: this process was frozen")


def test_nothing_is_sent_once_a_lock_is_lost():
    sink = KeepingDestination()
    with pytest.raises(LockedError):
        Fenced(sink, lost).push([b'{"domain":"a.com"}'], method="upsert")
    assert sink.kept == {}


def test_what_is_sent_while_the_lock_holds_arrives():
    sink = KeepingDestination()
    fenced = Fenced(sink, lambda: None)
    fenced.push([b'{"domain":"a.com"}'], method="upsert")
    assert list(sink.kept) == ["a.com"]
    assert fenced.traffic == sink.traffic
    fenced.close()
