"""A body, read whole; over sockets it is tested with the transport."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.errors import FatalError, RetryableError
from crmsync.transport.decoding import read_whole


def pieces(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(st.binary(max_size=500), st.integers(1, 60))
def test_a_body_comes_out_as_it_went_in_however_it_is_cut(data, size):
    assert read_whole(pieces(data, size), encoding="", max_bytes=500) == data
    assert read_whole(pieces(gzip.compress(data), size), encoding="gzip", max_bytes=500) == data


@given(st.binary(min_size=1, max_size=300), st.data())
@pytest.mark.fault(6)
def test_any_cut_of_a_gzip_stream_is_noticed(data, draw):
    packed = gzip.compress(data)
    end = draw.draw(st.integers(1, len(packed) - 1))

    with pytest.raises(RetryableError, match="cut off"):
        read_whole([packed[:end]], encoding="gzip", max_bytes=1000)


def test_an_empty_body_is_empty_in_any_encoding():
    assert read_whole([], encoding="gzip", max_bytes=10) == b""


@pytest.mark.fault(31)
@pytest.mark.invariant(22)
@pytest.mark.security(46)
def test_a_bomb_costs_no_memory_beyond_the_cap():
    bomb = gzip.compress(b"\0" * 20_000_000)
    tracemalloc.start()

    with pytest.raises(FatalError, match="larger than"):
        read_whole([bomb], encoding="gzip", max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 4_000_000
